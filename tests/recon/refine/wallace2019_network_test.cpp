#include "recon/refine/wallace2019_network.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace maquette::recon {
namespace {

Parameters parameters() {
    return initial_parameters(wallace2019::parameter_shapes(), 7);
}

torch::Tensor test_tensor(std::vector<std::int64_t> shape, double frequency) {
    std::int64_t count = 1;
    for (const auto s : shape) count *= s;
    return at::sin(at::arange(count, torch::kFloat32) * frequency).abs().reshape(shape);
}

TEST(Wallace2019Network, HasThePublishedNumberOfParameters) {
    long long image = 0;
    long long prior = 0;
    long long generator = 0;
    for (const auto& [name, tensor] : parameters()) {
        if (name.starts_with("image.")) image += tensor.numel();
        if (name.starts_with("prior.")) prior += tensor.numel();
        if (name.starts_with("generator.")) generator += tensor.numel();
    }
    // 7x7x3x96 + 3x3x(96x128 + 128x256 + 2x256x256) + 256x128, and the biases.
    EXPECT_EQ(image, 14208 + 110720 + 295168 + 2 * 590080 + 32896);
    EXPECT_EQ(prior, 4032 + 256064 + 1024128 + 4194816 + 65664);
    EXPECT_EQ(generator, 1056768 + 2048128 + 1024064 + 8001);
    EXPECT_NEAR(static_cast<double>(image + prior + generator) / 1e6, 11.31, 0.01);
}

TEST(Wallace2019Network, EncodesToCodesAndGeneratesAGrid) {
    const auto p = parameters();
    const auto image_codes = wallace2019::encode_images(p, test_tensor({2, 3, 127, 127}, 0.01));
    const auto voxels = test_tensor({2, 1, 32, 32, 32}, 0.02);
    EXPECT_EQ(image_codes.sizes(), (std::vector<std::int64_t>{2, 128}));
    EXPECT_GE(image_codes.min().item<float>(), 0.0F);
    const auto logits = wallace2019::refine_logits(p, image_codes, voxels);
    EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 1, 32, 32, 32}));
}

TEST(Wallace2019Network, AddsThePriorToTheGeneratorsOutput) {
    const auto p = parameters();
    const auto codes = test_tensor({1, 128}, 0.3);
    const auto prior = test_tensor({1, 1, 32, 32, 32}, 0.05);
    const auto with_prior = wallace2019::generate(p, codes, prior);
    const auto without = wallace2019::generate(p, codes, at::zeros({1, 1, 32, 32, 32}));
    EXPECT_LT((with_prior - without - 4 * prior).abs().max().item<float>(), 1e-4F);
}

TEST(Wallace2019Network, GeneratorThatSaysNothingKeepsTheSolid) {
    auto p = parameters();
    p.at("generator.deconv3.weight").zero_();
    const auto prior = test_tensor({1, 1, 32, 32, 32}, 0.05);
    const auto occupancy = at::sigmoid(wallace2019::generate(p, test_tensor({1, 128}, 0.3), prior));
    EXPECT_TRUE(at::equal(occupancy > 0.5, prior > 0.5));
}

TEST(Wallace2019Network, DeconvolutionIsTheAdjointOfTheSamePaddedConvolution) {
    // <conv(x), y> = <x, deconv(y)> for one channel and shared weights fixes which cells "SAME" cuts.
    const auto weight = test_tensor({1, 1, 5, 5, 5}, 0.7);
    const auto x = test_tensor({1, 1, 8, 8, 8}, 0.11);
    const auto y = test_tensor({1, 1, 4, 4, 4}, 0.23);
    const auto forward = at::conv3d(at::constant_pad_nd(x, {1, 2, 1, 2, 1, 2}), weight, {}, 2);
    const auto backward = at::conv_transpose3d(y, weight, {}, 2, 1).narrow(2, 0, 8).narrow(3, 0, 8).narrow(4, 0, 8);
    EXPECT_NEAR((forward * y).sum().item<double>(), (x * backward).sum().item<double>(), 1e-3);
}

TEST(Wallace2019Network, GradientMatchesFiniteDifferences) {
    auto p = parameters();
    for (auto& [name, tensor] : p) tensor = tensor.to(torch::kFloat64).requires_grad_(true);
    const auto image = test_tensor({1, 3, 127, 127}, 0.013).to(torch::kFloat64);
    const auto prior = test_tensor({1, 1, 32, 32, 32}, 0.021).to(torch::kFloat64);
    const auto target = (test_tensor({1, 1, 32, 32, 32}, 0.017) > 0.7).to(torch::kFloat64);
    const auto loss = [&] {
        const auto logits = wallace2019::refine_logits(p, wallace2019::encode_images(p, image), prior);
        return at::binary_cross_entropy_with_logits(logits, target);
    };
    loss().backward();
    // Small, so that few of the millions of units change sides of their kink.
    const double step = 1e-6;
    for (const char* name : {"image.conv1.weight", "prior.conv2.weight", "generator.deconv1.weight",
                             "prior.dense2.bias", "generator.deconv3.bias"}) {
        auto flat = p.at(name).detach().view({-1});
        const auto gradient = p.at(name).grad().view({-1});
        const std::int64_t index = gradient.abs().argmax().item<std::int64_t>();
        const double value = flat[index].item<double>();
        flat[index] = value + step;
        const double above = loss().item<double>();
        flat[index] = value - step;
        const double below = loss().item<double>();
        flat[index] = value;
        const double expected = (above - below) / (2 * step);
        EXPECT_NEAR(gradient[index].item<double>(), expected, 1e-3 * std::abs(expected)) << name;
    }
}

}  // namespace
}  // namespace maquette::recon
