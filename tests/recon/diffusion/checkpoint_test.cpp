#include "recon/diffusion/checkpoint.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

#include "recon/diffusion/checkpoint_view.h"
#include "recon/diffusion/picture_edit.h"
#include "render/error.h"
#include "tests/recon/diffusion/checkpoint_folder.h"

namespace maquette::recon::diffusion {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string error_of(const std::filesystem::path& folder) {
    try {
        const Checkpoint checkpoint(folder);
    } catch (const InputError& error) {
        return error.what();
    }
    return "none";
}

bool same(const Parameters& a, const Parameters& b) {
    return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](const auto& entry) {
               return b.contains(entry.first) && at::equal(entry.second, b.at(entry.first));
           });
}

/// A grey photo with a dark square in it.
render::Image photo() {
    render::Image image(60, 48, 3);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const bool object = x >= 20 && x < 44 && y >= 10 && y < 40;
            for (int c = 0; c < 3; ++c) image.at(x, y, c) = static_cast<std::uint8_t>(object ? 20 + 60 * c : 250);
        }
    }
    return image;
}

TEST(Checkpoint, DrawsAViewOfAPhoto) {
    const Checkpoint checkpoint(checkpoint_data() / "tiny_zero123");
    EXPECT_EQ(checkpoint.latent_size(), 32);
    EXPECT_EQ(checkpoint.picture_size(), 256);
    CheckpointViewOptions options;
    options.steps = 2;
    std::vector<double> shares;
    const auto view = draw_checkpoint_view(checkpoint, photo(), {.azimuth = 60}, options,
                                           [&](double share, const std::string& /*activity*/) {
                                               shares.push_back(share);
                                               return true;
                                           });
    ASSERT_EQ(view.sizes().vec(), (std::vector<std::int64_t>{3, 256, 256}));
    EXPECT_TRUE(view.isfinite().all().item<bool>());
    EXPECT_GT(view.std().item<float>(), 0.01F);
    EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
    EXPECT_EQ(shares.back(), 1);
    const auto drawn = [&](const RelativePose& pose) {
        return draw_checkpoint_view(checkpoint, photo(), pose, options);
    };
    EXPECT_TRUE(at::equal(drawn({.azimuth = 60}), view));
    EXPECT_FALSE(at::equal(drawn({.azimuth = 90}), view));
    EXPECT_FALSE(at::equal(drawn({.azimuth = 60, .elevation = 20}), view));
    options.guidance = 1;
    EXPECT_FALSE(at::equal(drawn({.azimuth = 60}), view));
    const auto interrupted = [](double share, const std::string& /*activity*/) { return share < 0.5; };
    EXPECT_THROW(draw_checkpoint_view(checkpoint, photo(), {}, options, interrupted), Interrupted);
}

TEST(Checkpoint, EverySamplerRunsWithIt) {
    const Checkpoint checkpoint(checkpoint_data() / "tiny_zero123");
    CheckpointViewOptions options;
    options.steps = 2;
    for (const auto kind : {SamplerKind::ddpm, SamplerKind::edict, SamplerKind::bdia, SamplerKind::o_belm}) {
        options.sampler.kind = kind;
        EXPECT_TRUE(draw_checkpoint_view(checkpoint, photo(), {}, options).isfinite().all().item<bool>());
    }
}

// In double precision, because the inverse amplifies rounding.
TEST(Checkpoint, EdictReturnsTheLatentThatItInverted) {
    const at::NoGradGuard no_gradient;
    const Checkpoint checkpoint(checkpoint_data() / "tiny_zero123");
    const auto autoencoder = checkpoint.autoencoder_weights().read();
    const auto pictures = at::tanh(gaussian_noise({1, 3, 64, 64}, 4));
    auto conditions = photo_conditions(checkpoint, autoencoder, pictures, {.azimuth = 30});
    for (auto* tensor : {&conditions.tokens, &conditions.latent}) *tensor = tensor->to(torch::kFloat64);
    auto unet = checkpoint.unet_weights().read();
    for (auto& [name, tensor] : unet) tensor = tensor.to(torch::kFloat64);
    const CheckpointDenoiser shown(checkpoint.unet(), unet, checkpoint.schedule(),
                                   checkpoint.scheduler_config().prediction, conditions);
    const GuidedDenoiser denoiser(shown, {.photo = 3, .geometry = 1});
    const auto latent = conditions.latent * checkpoint.autoencoder().config().scaling_factor;
    const auto levels = checkpoint_levels(checkpoint, 10);
    const auto returned = [&](SamplerKind kind) {
        const auto there = invert_pictures(denoiser, latent, levels, {.sampler = {.kind = kind}, .strength = 1});
        EXPECT_GT((there.latent.x - latent).abs().max().item<double>(), 0.5);
        const auto back = generate(*there.sampler, denoiser, there.latent, there.levels).x;
        return (back - latent).abs().max().item<double>();
    };
    EXPECT_LT(returned(SamplerKind::edict), 1e-8);
    EXPECT_GT(returned(SamplerKind::ddim), 1e-3);
}

TEST(Checkpoint, LevelsAreThoseItWasTrainedOn) {
    const Checkpoint checkpoint(checkpoint_data() / "tiny_zero123");
    const auto levels = checkpoint_levels(checkpoint, 20);
    ASSERT_EQ(levels.size(), 21U);
    EXPECT_NEAR(checkpoint.schedule().timestep(levels.front().time), 999, 1e-6);
    EXPECT_NEAR(checkpoint.schedule().timestep(levels[19].time), 0, 1e-6);
    EXPECT_EQ(levels.back().sigma, 0);
}

TEST(Checkpoint, PoseIsPolarAngleAzimuthAndDistance) {
    const auto pose = pose_numbers({.azimuth = 90, .elevation = 30, .distance = 0.25});
    EXPECT_NEAR(pose[0][0].item<double>(), -0.5235988, 1e-6);
    EXPECT_NEAR(pose[0][1].item<double>(), 1, 1e-6);
    EXPECT_NEAR(pose[0][2].item<double>(), 0, 1e-6);
    EXPECT_EQ(pose[0][3].item<double>(), 0.25);
}

TEST(Checkpoint, ReadsFloatsOfEveryWidth) {
    const CheckpointFolder folder;
    const auto stored = folder.weights("unet");
    const auto half = Checkpoint(folder.path()).unet_weights().read();
    EXPECT_EQ(half.at("conv_in.weight").scalar_type(), torch::kFloat32);
    render::SafetensorsFile wide;
    add_parameters(wide, half, render::TensorType::f32);
    folder.set_weights("unet", wide);
    EXPECT_TRUE(same(Checkpoint(folder.path()).unet_weights().read(), half));

    folder.write("unet/diffusion_pytorch_model.safetensors", as_bfloat16(stored));
    const auto brain = Checkpoint(folder.path()).unet_weights().read();
    for (const auto& [name, tensor] : half) {
        EXPECT_TRUE(at::allclose(brain.at(name), tensor, 1.0 / 128, 0)) << name;
    }
    EXPECT_FALSE(same(brain, half));
}

TEST(Checkpoint, ReadsFilesNamedAfterTheirTypeAndFilesInParts) {
    const CheckpointFolder folder;
    const auto whole = Checkpoint(folder.path()).unet_weights().read();
    std::filesystem::rename(folder.weights_path("vae"), folder.path() / "vae/diffusion_pytorch_model.fp16.safetensors");
    std::filesystem::rename(folder.weights_path("image_encoder"),
                            folder.path() / "image_encoder/model.fp16.safetensors");
    std::filesystem::rename(folder.path() / "cc_projection", folder.path() / "clip_camera_projection");
    auto projection = render::read_safetensors(folder.weights_path("clip_camera_projection"));
    for (const char* name : {"weight", "bias"}) {
        auto node = projection.tensors.extract(std::string("projection.") + name);
        node.key() = std::string("proj.") + name;
        projection.tensors.insert(std::move(node));
    }
    folder.set_weights("clip_camera_projection", projection);

    render::SafetensorsFile shards[2];
    nlohmann::json index = {{"metadata", {{"total_size", 1}}}, {"weight_map", nlohmann::json::object()}};
    std::size_t count = 0;
    for (const auto& [name, tensor] : folder.weights("unet").tensors) {
        const std::size_t shard = count++ % 2;
        shards[shard].tensors[name] = tensor;
        index["weight_map"][name] = shard == 0 ? "part-1.safetensors" : "part-2.safetensors";
    }
    std::filesystem::remove(folder.weights_path("unet"));
    render::write_safetensors(folder.path() / "unet/part-1.safetensors", shards[0]);
    render::write_safetensors(folder.path() / "unet/part-2.safetensors", shards[1]);
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("unet"), HasSubstr("2 safetensors files")));
    const std::string name = "diffusion_pytorch_model.safetensors.index.json";
    folder.set_config("unet", index, name);
    EXPECT_TRUE(same(Checkpoint(folder.path()).unet_weights().read(), whole));

    std::swap(index["weight_map"]["conv_in.weight"], index["weight_map"]["conv_in.bias"]);
    folder.set_config("unet", index, name);
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("no tensor 'conv_in."), HasSubstr("index.json says")));
    index["weight_map"]["conv_in.bias"] = "../vae/diffusion_pytorch_model.fp16.safetensors";
    folder.set_config("unet", index, name);
    EXPECT_THAT(error_of(folder.path()), HasSubstr("no name of a file beside the index"));
    folder.write("unet/" + name, "[]");
    EXPECT_THAT(error_of(folder.path()), HasSubstr("no object 'weight_map'"));
}

TEST(Checkpoint, UnderstandsOldNamesOfTheAutoencoder) {
    const CheckpointFolder folder;
    const auto expected = Checkpoint(folder.path()).autoencoder_weights().read();
    const std::map<std::string, std::string> old_names = {
        {"to_q", "query"}, {"to_k", "key"}, {"to_v", "value"}, {"to_out.0", "proj_attn"}};
    auto file = folder.weights("vae");
    int renamed = 0;
    for (const char* side : {"encoder", "decoder"}) {
        for (const auto& [name, old_name] : old_names) {
            for (const char* kind : {".weight", ".bias"}) {
                const std::string block = std::string(side) + ".mid_block.attentions.0.";
                auto node = file.tensors.extract(block + name + kind);
                node.key() = block + old_name + kind;
                if (node.mapped().shape.size() == 2) node.mapped().shape.insert(node.mapped().shape.end(), {1, 1});
                file.tensors.insert(std::move(node));
                ++renamed;
            }
        }
    }
    EXPECT_EQ(renamed, 16);
    folder.set_weights("vae", file);
    EXPECT_TRUE(same(Checkpoint(folder.path()).autoencoder_weights().read(), expected));
}

TEST(Checkpoint, PassesOverPositionNumbers) {
    const CheckpointFolder folder;
    auto file = folder.weights("image_encoder");
    file.tensors["vision_model.embeddings.position_ids"] = {
        .type = render::TensorType::i64, .shape = {1, 1}, .bytes = std::vector<std::uint8_t>(8)};
    folder.set_weights("image_encoder", file);
    EXPECT_EQ(error_of(folder.path()), "none");
}

TEST(Checkpoint, NamesTensorsThatDoNotFit) {
    const CheckpointFolder folder;
    auto file = folder.weights("unet");
    file.tensors.erase("mid_block.resnets.0.conv1.bias");
    file.tensors["conv_in.weight"].shape = {4, 16, 3, 3};
    file.tensors["more"] = {.type = render::TensorType::u8, .shape = {1}, .bytes = {1}};
    file.tensors["conv_out.bias"] = {
        .type = render::TensorType::i32, .shape = {4}, .bytes = std::vector<std::uint8_t>(16)};
    folder.set_weights("unet", file);
    EXPECT_THAT(
        error_of(folder.path()),
        AllOf(HasSubstr("unet: weights do not fit config.json"), HasSubstr("missing mid_block.resnets.0.conv1.bias"),
              HasSubstr("conv_in.weight is [4, 16, 3, 3] but [8, 8, 3, 3] is expected"),
              HasSubstr("conv_out.bias is not of type"), HasSubstr("unexpected more"),
              HasSubstr("use weights and config.json of one checkpoint"), Not(HasSubstr("and 1 more"))));
    folder.set_weights("unet", {});
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("missing conv_in.weight"), HasSubstr("and 678 more")));
}

TEST(Checkpoint, NamesFilesThatAreMissingOrMalformed) {
    for (const char* part : {"unet", "vae", "image_encoder", "cc_projection", "scheduler"}) {
        const CheckpointFolder folder;
        std::filesystem::remove_all(folder.path() / part);
        EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr(part), HasSubstr("diffusers' layout"))) << part;
    }
    for (const char* part : {"unet", "vae", "image_encoder"}) {
        const CheckpointFolder folder;
        std::filesystem::remove(folder.path() / part / "config.json");
        EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr(part), HasSubstr("config.json: missing"))) << part;
    }
    for (const char* part : {"unet", "vae", "image_encoder", "cc_projection"}) {
        const CheckpointFolder folder;
        const std::string bytes = render::read_file(folder.weights_path(part));
        std::filesystem::resize_file(folder.weights_path(part), bytes.size() - 3);
        EXPECT_THAT(error_of(folder.path()),
                    AllOf(HasSubstr(folder.weights_path(part).string()), HasSubstr("cut off")));
        std::filesystem::resize_file(folder.weights_path(part), 5);
        EXPECT_THAT(error_of(folder.path()), HasSubstr("5 bytes"));
        std::filesystem::remove(folder.weights_path(part));
        EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr(part), HasSubstr("0 safetensors files")));
    }
    EXPECT_THAT(error_of("/nowhere/at/all"), HasSubstr("does not exist"));
    const CheckpointFolder folder;
    EXPECT_THAT(error_of(folder.weights_path("vae")), HasSubstr("one file and no folder"));
}

TEST(Checkpoint, SaysHowToConvertPickles) {
    const CheckpointFolder folder;
    folder.write("105000.ckpt", "PK");
    const auto converts = AllOf(HasSubstr("convert_zero123_to_diffusers.py"), HasSubstr("safe_serialization=True"));
    EXPECT_EQ(error_of(folder.path()), "none");
    EXPECT_THAT(error_of(folder.path() / "105000.ckpt"), AllOf(HasSubstr("105000.ckpt"), converts));
    std::filesystem::remove(folder.weights_path("unet"));
    folder.write("unet/diffusion_pytorch_model.bin", "PK");
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("unet/diffusion_pytorch_model.bin"), converts));
    std::filesystem::remove_all(folder.path() / "unet");
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("105000.ckpt"), converts));
}

TEST(Checkpoint, SaysWhatItIsNotMadeFor) {
    const CheckpointFolder folder;
    auto config = folder.config("unet");
    config["in_channels"] = 4;
    folder.set_config("unet", config);
    EXPECT_THAT(error_of(folder.path()), HasSubstr("conv_in.weight"));
    auto file = folder.weights("unet");
    auto& first = file.tensors.at("conv_in.weight");
    first.shape = {8, 4, 3, 3};
    first.bytes.resize(first.bytes.size() / 2);
    folder.set_weights("unet", file);
    EXPECT_THAT(error_of(folder.path()), AllOf(HasSubstr("4 input"), HasSubstr("not a text-to-image one")));
    config["sample_size"] = 30;
    config["in_channels"] = 8;
    const CheckpointFolder other;
    other.set_config("unet", config);
    EXPECT_THAT(error_of(other.path()), HasSubstr("sample_size 30 is no multiple of 8"));
}

}  // namespace
}  // namespace maquette::recon::diffusion
