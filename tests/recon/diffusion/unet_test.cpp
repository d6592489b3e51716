#include "recon/diffusion/unet.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "recon/diffusion/denoiser.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

using Shape = std::vector<std::int64_t>;

UNetConfig tiny_config() {
    UNetConfig config;
    config.in_channels = 3;
    config.out_channels = 2;
    config.block_out_channels = {4, 8};
    config.down_block_types = {"CrossAttnDownBlock2D", "DownBlock2D"};
    config.up_block_types = {"UpBlock2D", "CrossAttnUpBlock2D"};
    config.layers_per_block = 1;
    config.cross_attention_dim = 6;
    config.attention_head_dim = {2, 2};
    config.norm_num_groups = 2;
    config.projection_class_embeddings_input_dim = 5;
    return config;
}

/// float64, nothing zero: the branches that begin as nothing would hide mistakes.
Parameters awake_parameters(const UNet2DConditionModel& model) {
    Parameters parameters = initial_parameters(model.parameter_shapes(), 3);
    std::uint64_t seed = 100;
    for (auto& [name, tensor] : parameters) {
        tensor = tensor.to(torch::kFloat64) + 0.2 * gaussian_noise(tensor.sizes().vec(), seed++, 0, torch::kFloat64);
    }
    return parameters;
}

struct Inputs {
    torch::Tensor sample = gaussian_noise({2, 3, 4, 6}, 1, 0, torch::kFloat64);
    torch::Tensor timesteps = at::tensor({3.0, 700.0}, torch::kFloat64);
    torch::Tensor context = gaussian_noise({2, 3, 6}, 2, 0, torch::kFloat64);
    torch::Tensor vector = gaussian_noise({2, 5}, 3, 0, torch::kFloat64);
};

torch::Tensor run(const UNet2DConditionModel& model, const Parameters& parameters, const Inputs& in) {
    return model.forward(parameters, in.sample, in.timesteps, in.context, in.vector);
}

std::map<std::string, Shape> manifest(const UNetConfig& config) {
    std::map<std::string, Shape> shapes;
    for (const auto& parameter : UNet2DConditionModel(config).parameter_shapes()) {
        EXPECT_TRUE(shapes.emplace(parameter.name, parameter.shape).second) << parameter.name << " twice";
    }
    return shapes;
}

std::int64_t elements(const std::map<std::string, Shape>& shapes) {
    std::int64_t sum = 0;
    for (const auto& [name, shape] : shapes) {
        std::int64_t count = 1;
        for (const auto side : shape) count *= side;
        sum += count;
    }
    return sum;
}

TEST(UNet, StableDiffusion1HasThePublishedTensors) {
    auto shapes = manifest(stable_diffusion_1_config());
    EXPECT_EQ(shapes.size(), 686U);
    EXPECT_EQ(elements(shapes), 859'520'964);
    EXPECT_EQ(shapes["conv_in.weight"], (Shape{320, 4, 3, 3}));
    EXPECT_EQ(shapes["time_embedding.linear_1.weight"], (Shape{1280, 320}));
    EXPECT_EQ(shapes["down_blocks.0.resnets.0.time_emb_proj.weight"], (Shape{320, 1280}));
    EXPECT_EQ(shapes["down_blocks.0.attentions.0.proj_in.weight"], (Shape{320, 320, 1, 1}));
    EXPECT_EQ(shapes["down_blocks.0.attentions.0.transformer_blocks.0.ff.net.0.proj.weight"], (Shape{2560, 320}));
    EXPECT_EQ(shapes["down_blocks.0.attentions.0.transformer_blocks.0.ff.net.2.weight"], (Shape{320, 1280}));
    EXPECT_EQ(shapes["down_blocks.1.attentions.1.transformer_blocks.0.attn2.to_k.weight"], (Shape{640, 768}));
    EXPECT_EQ(shapes["down_blocks.1.attentions.1.transformer_blocks.0.attn1.to_out.0.bias"], (Shape{640}));
    EXPECT_EQ(shapes["down_blocks.1.resnets.0.conv_shortcut.weight"], (Shape{640, 320, 1, 1}));
    EXPECT_EQ(shapes["down_blocks.2.downsamplers.0.conv.weight"], (Shape{1280, 1280, 3, 3}));
    EXPECT_EQ(shapes["mid_block.attentions.0.transformer_blocks.0.norm3.bias"], (Shape{1280}));
    EXPECT_EQ(shapes["up_blocks.1.resnets.2.conv1.weight"], (Shape{1280, 1920, 3, 3}));
    EXPECT_EQ(shapes["up_blocks.2.resnets.0.norm1.weight"], (Shape{1920}));
    EXPECT_EQ(shapes["up_blocks.2.resnets.2.conv_shortcut.weight"], (Shape{640, 960, 1, 1}));
    EXPECT_EQ(shapes["up_blocks.3.resnets.0.conv1.weight"], (Shape{320, 960, 3, 3}));
    EXPECT_EQ(shapes["up_blocks.3.attentions.2.proj_out.bias"], (Shape{320}));
    EXPECT_EQ(shapes["conv_norm_out.weight"], (Shape{320}));
    EXPECT_EQ(shapes["conv_out.weight"], (Shape{4, 320, 3, 3}));
    for (const char* absent : {"down_blocks.3.downsamplers.0.conv.weight", "down_blocks.3.attentions.0.norm.weight",
                               "up_blocks.3.upsamplers.0.conv.weight", "up_blocks.0.attentions.0.norm.weight",
                               "mid_block.resnets.0.conv_shortcut.weight", "class_embedding.linear_1.weight",
                               "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.bias"}) {
        EXPECT_EQ(shapes.count(absent), 0U) << absent;
    }
}

TEST(UNet, OtherPublishedSizes) {
    UNetConfig zero123 = stable_diffusion_1_config();
    zero123.in_channels = 8;
    EXPECT_EQ(elements(manifest(zero123)), 859'520'964 + 320 * 4 * 9);
    UNetConfig second = stable_diffusion_1_config();
    second.cross_attention_dim = 1024;
    second.use_linear_projection = true;
    second.attention_head_dim = {5, 10, 20, 20};
    EXPECT_EQ(elements(manifest(second)), 865'910'724);
    EXPECT_EQ(manifest(second)["mid_block.attentions.0.proj_in.weight"], (Shape{1280, 1280}));
}

TEST(UNet, BeginsByReturningNothing) {
    const UNet2DConditionModel model(tiny_config());
    const auto parameters = initial_parameters(model.parameter_shapes(), 3);
    EXPECT_EQ(parameters.at("conv_norm_out.weight").min().item<float>(), 1);
    EXPECT_EQ(parameters.at("conv_norm_out.bias").abs().max().item<float>(), 0);
    EXPECT_GT(parameters.at("conv_in.weight").abs().max().item<float>(), 0.1F);
    EXPECT_LE(parameters.at("conv_in.weight").abs().max().item<float>(), 1 / std::sqrt(27.0F));
    const Inputs in;
    const auto out = model.forward(parameters, in.sample.to(torch::kFloat32), in.timesteps.to(torch::kFloat32),
                                   in.context.to(torch::kFloat32), in.vector.to(torch::kFloat32));
    EXPECT_EQ(out.sizes().vec(), (Shape{2, 2, 4, 6}));
    EXPECT_EQ(out.abs().max().item<float>(), 0);
}

TEST(UNet, EveryParameterAndInputCounts) {
    const UNet2DConditionModel model(tiny_config());
    auto parameters = awake_parameters(model);
    Inputs in;
    for (auto* tensor : {&in.sample, &in.context, &in.vector}) tensor->requires_grad_(true);
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    run(model, parameters, in).pow(2).sum().backward();
    for (const auto& [name, tensor] : parameters) {
        ASSERT_TRUE(tensor.grad().defined()) << name;
        EXPECT_GT(tensor.grad().abs().max().item<double>(), 1e-7) << name;
    }
    for (const auto* tensor : {&in.sample, &in.context, &in.vector}) {
        EXPECT_GT(tensor->grad().abs().min().item<double>(), 0);
    }
    const auto before = run(model, parameters, in);
    in.timesteps = in.timesteps + 30;
    EXPECT_FALSE(at::allclose(run(model, parameters, in), before));
}

TEST(UNet, GradientsAreThoseOfFiniteDifferences) {
    const UNet2DConditionModel model(tiny_config());
    auto parameters = awake_parameters(model);
    Inputs in;
    const auto weights = gaussian_noise({2, 2, 4, 6}, 9, 0, torch::kFloat64);
    const auto value = [&] { return (run(model, parameters, in) * weights).sum(); };
    std::map<std::string, torch::Tensor> varied = {
        {"sample", in.sample}, {"context", in.context}, {"vector", in.vector}};
    for (const auto& [name, tensor] : parameters) varied[name] = tensor;
    for (auto& [name, tensor] : varied) tensor.requires_grad_(true);
    value().backward();
    const at::NoGradGuard no_gradient;
    constexpr double h = 1e-5;
    std::uint64_t seed = 500;
    for (auto& [name, tensor] : varied) {
        const auto direction = gaussian_noise(tensor.sizes().vec(), seed++, 0, torch::kFloat64);
        const double expected = (tensor.grad() * direction).sum().item<double>();
        tensor.add_(direction, h);
        const double above = value().item<double>();
        tensor.add_(direction, -2 * h);
        const double below = value().item<double>();
        tensor.add_(direction, h);
        EXPECT_NEAR((above - below) / (2 * h), expected, 1e-5 * std::max(1.0, std::abs(expected))) << name;
    }
}

TEST(UNet, RowsAreIndependentAndContextHasNoOrder) {
    const UNet2DConditionModel model(tiny_config());
    const auto parameters = awake_parameters(model);
    const Inputs in;
    const auto both = run(model, parameters, in);
    for (std::int64_t row = 0; row < 2; ++row) {
        const auto alone = model.forward(parameters, in.sample.narrow(0, row, 1), in.timesteps.narrow(0, row, 1),
                                         in.context.narrow(0, row, 1), in.vector.narrow(0, row, 1));
        EXPECT_TRUE(at::allclose(alone[0], both[row], 1e-9, 1e-9));
    }
    const auto turned =
        model.forward(parameters, in.sample, in.timesteps, in.context.flip({1}).contiguous(), in.vector);
    EXPECT_TRUE(at::allclose(turned, both, 1e-9, 1e-9));
}

TEST(UNet, RefusesOtherShapes) {
    const UNet2DConditionModel model(tiny_config());
    const auto parameters = awake_parameters(model);
    const auto refuses = [&](const Inputs& in) { EXPECT_THROW(run(model, parameters, in), UsageError); };
    Inputs in;
    in.sample = in.sample.narrow(1, 0, 2);
    refuses(in);
    in = {};
    in.sample = in.sample.narrow(2, 0, 3);
    refuses(in);
    in = {};
    in.timesteps = in.timesteps.narrow(0, 0, 1);
    refuses(in);
    in = {};
    in.context = in.context.narrow(2, 0, 5);
    refuses(in);
    in = {};
    in.vector = torch::Tensor();
    refuses(in);
    UNetConfig odd = tiny_config();
    odd.attention_head_dim = {3, 2};
    EXPECT_THROW(UNet2DConditionModel{odd}, InputError);
}

TEST(UNetLayers, AttentionIsAWeightedMeanByHeads) {
    const auto q = gaussian_noise({1, 2, 4}, 1, 0, torch::kFloat64);
    const auto k = gaussian_noise({1, 3, 4}, 2, 0, torch::kFloat64);
    const auto v = gaussian_noise({1, 3, 4}, 3, 0, torch::kFloat64);
    const auto got = attention(q, k, v, 2);
    for (int t = 0; t < 2; ++t) {
        for (int head = 0; head < 2; ++head) {
            double weights[3];
            double sum = 0;
            for (int s = 0; s < 3; ++s) {
                double score = 0;
                for (int c = 2 * head; c < 2 * head + 2; ++c) score += (q[0][t][c] * k[0][s][c]).item<double>();
                weights[s] = std::exp(score / std::sqrt(2.0));
                sum += weights[s];
            }
            for (int c = 2 * head; c < 2 * head + 2; ++c) {
                double expected = 0;
                for (int s = 0; s < 3; ++s) expected += weights[s] / sum * v[0][s][c].item<double>();
                EXPECT_NEAR(got[0][t][c].item<double>(), expected, 1e-12);
            }
        }
    }
}

TEST(UNetLayers, TimestepsBecomeCosinesThenSines) {
    const auto got = timestep_embedding(at::tensor({0.0, 250.0}, torch::kFloat64), 8);
    ASSERT_EQ(got.sizes().vec(), (Shape{2, 8}));
    for (int i = 0; i < 4; ++i) {
        const double angle = 250 * std::pow(10000.0, -i / 4.0);
        EXPECT_NEAR(got[0][i].item<double>(), 1, 1e-12);
        EXPECT_NEAR(got[0][4 + i].item<double>(), 0, 1e-12);
        EXPECT_NEAR(got[1][i].item<double>(), std::cos(angle), 1e-9);
        EXPECT_NEAR(got[1][4 + i].item<double>(), std::sin(angle), 1e-9);
    }
}

}  // namespace
}  // namespace maquette::recon::diffusion
