#include "recon/diffusion/novel_view_model.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/pose_code.h"
#include "recon/diffusion/view_generation.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon::diffusion {
namespace {

/// Parameters under which nothing is zero.
Parameters awake_parameters(const NovelViewModel& model) {
    Parameters parameters = initial_parameters(model.parameter_shapes(), 3);
    std::uint64_t seed = 100;
    for (auto& [name, tensor] : parameters) tensor += 0.02 * gaussian_noise(tensor.sizes().vec(), seed++);
    return parameters;
}

NovelViewConditions some_conditions(std::int64_t n) {
    return {gaussian_noise({n, picture_channels, 64, 64}, 5).clamp(-1, 1),
            gaussian_noise({n, geometry_channels, 64, 64}, 6).clamp(-1, 1), gaussian_noise({n, pose_code_width}, 7)};
}

class NovelView : public ::testing::Test {
protected:
    NovelView()
        : file_(std::filesystem::temp_directory_path() / ("maquette_novel_view_" + std::to_string(::getpid()))) {}
    ~NovelView() override {
        std::error_code ignored;
        std::filesystem::remove(file_, ignored);
    }

    std::filesystem::path file_;
    NovelViewModel model_{novel_view_config(32)};
    Parameters parameters_ = awake_parameters(model_);
    at::NoGradGuard no_gradient_;
};

TEST_F(NovelView, HasTheShippedSize) {
    const NovelViewModel model(novel_view_config(64));
    std::int64_t count = 0;
    for (const auto& parameter : model.parameter_shapes()) {
        std::int64_t elements = 1;
        for (const auto side : parameter.shape) elements *= side;
        count += elements;
    }
    EXPECT_EQ(count, 7'367'536);
}

TEST_F(NovelView, ConfigGoesThroughJson) {
    const auto text = novel_view_config_json(model_.config());
    EXPECT_EQ(novel_view_config_json(parse_novel_view_config(text, "test")), text);
    EXPECT_THROW(parse_novel_view_config("{}", "test"), InputError);
    auto config = model_.config();
    config.unet.in_channels += 1;
    EXPECT_THROW(NovelViewModel{config}, InputError);
    config = model_.config();
    config.image_size = 60;
    EXPECT_THROW(NovelViewModel{config}, InputError);
}

TEST_F(NovelView, EveryConditionCounts) {
    const auto conditions = some_conditions(2);
    const auto x = gaussian_noise({2, picture_channels, 64, 64}, 8);
    const auto timesteps = at::full({2}, 300.0F);
    const auto out = [&](const NovelViewConditions& given) {
        return model_.velocity(parameters_, x, timesteps, given, model_.encode_photo(parameters_, given.photo));
    };
    const auto base = out(conditions);
    EXPECT_EQ(base.sizes().vec(), x.sizes().vec());
    const auto no_photo = out(shown(conditions, {.photo = false, .geometry = true}));
    const auto no_geometry = out(shown(conditions, {.photo = true, .geometry = false}));
    EXPECT_FALSE(at::allclose(base, no_photo));
    EXPECT_FALSE(at::allclose(base, no_geometry));
    auto other = conditions;
    other.pose = conditions.pose + 0.3;
    EXPECT_FALSE(at::allclose(base, out(other)));
    // The photo also counts by its tokens alone.
    EXPECT_FALSE(at::allclose(base, model_.velocity(parameters_, x, timesteps, conditions,
                                                    model_.encode_photo(parameters_, conditions.photo.flip({3})))));
}

TEST_F(NovelView, SuggestsTheOutlineInThePhotosColours) {
    NovelViewConditions conditions{torch::full({3, picture_channels, 4, 4}, 0.3F),
                                   torch::zeros({3, geometry_channels, 4, 4}, torch::kFloat32),
                                   torch::zeros({3, pose_code_width}, torch::kFloat32)};
    // Row 0: no geometry. Row 1: nothing covered. Row 2: covered, two places seen.
    auto& geometry = conditions.geometry;
    geometry[1][geometry_channel::coverage].fill_(-1);
    geometry[2][geometry_channel::coverage].fill_(1);
    for (const int x : {0, 1}) {
        geometry[2][geometry_channel::seen][0][x] = 1;
        geometry[2][geometry_channel::colour][0][x] = x == 0 ? -0.8F : 0.4F;
    }
    const auto views = suggested_view(conditions);
    EXPECT_TRUE(at::equal(views[0], conditions.photo[0]));
    EXPECT_TRUE(at::equal(views[1].narrow(0, 0, 3), torch::ones({3, 4, 4})));
    EXPECT_TRUE(at::equal(views[1][3], -torch::ones({4, 4})));
    EXPECT_TRUE(at::equal(views[2][3], torch::ones({4, 4})));
    EXPECT_FLOAT_EQ(views[2][0][0][0].item<float>(), -0.8F);
    EXPECT_FLOAT_EQ(views[2][0][0][1].item<float>(), 0.4F);
    EXPECT_FLOAT_EQ(views[2][0][3][3].item<float>(), -0.2F);
}

// A network that says nothing leaves the suggestion, whatever the noise.
TEST_F(NovelView, SaysHowTheViewDiffersFromTheSuggestion) {
    auto parameters = parameters_;
    parameters["conv_out.weight"] = at::zeros_like(parameters["conv_out.weight"]);
    parameters["conv_out.bias"] = at::zeros_like(parameters["conv_out.bias"]);
    const auto conditions = some_conditions(3);
    const auto suggested = suggested_view(conditions);
    const auto schedule = NoiseSchedule::cosine();
    for (const double time : {0.02, 0.5, 0.97}) {
        const auto level = schedule.at(time);
        const auto x = gaussian_noise(suggested.sizes().vec(), 8);
        const auto velocity = model_.velocity(parameters, x, at::full({3}, static_cast<float>(schedule.timestep(time))),
                                              conditions, model_.encode_photo(parameters, conditions.photo));
        EXPECT_TRUE(at::allclose(level.alpha * x - level.sigma * velocity, suggested, 1e-3, 1e-3)) << time;
    }
}

TEST_F(NovelView, ColoursOfThePhotoGoWithThePhoto) {
    const auto conditions = some_conditions(2);
    const auto without = shown(conditions, {.photo = false, .geometry = true}).geometry;
    const int colour = geometry_channel::colour;
    EXPECT_EQ(without.narrow(1, colour, geometry_channels - colour).abs().max().item<float>(), 0);
    EXPECT_TRUE(at::equal(without.narrow(1, 0, colour), conditions.geometry.narrow(1, 0, colour)));
}

TEST_F(NovelView, WithheldPhotosHaveNoTokens) {
    auto photo = some_conditions(2).photo;
    photo[1].zero_();
    const auto tokens = model_.encode_photo(parameters_, photo);
    EXPECT_EQ(tokens.sizes().vec(), (std::vector<std::int64_t>{2, 64, 128}));
    EXPECT_GT(tokens[0].abs().max().item<float>(), 0);
    EXPECT_EQ(tokens[1].abs().max().item<float>(), 0);
}

TEST_F(NovelView, DenoiserWithholdsAsTrainingDoes) {
    const auto conditions = some_conditions(1);
    const NovelViewDenoiser denoiser(model_, parameters_, conditions);
    const auto level = NoiseSchedule::cosine().at(0.6);
    const auto x = gaussian_noise({3, picture_channels, 64, 64}, 8);
    for (const ShownConditions which : {ShownConditions{true, true}, {false, true}, {true, false}, {false, false}}) {
        const auto given = shown(conditions, which);
        const auto alone = model_.velocity(parameters_, x.narrow(0, 2, 1), at::full({1}, 600.0F), given,
                                           model_.encode_photo(parameters_, given.photo));
        EXPECT_TRUE(at::allclose(denoiser.predict(x, level, which)[2], alone[0], 1e-4, 1e-4));
    }
}

TEST_F(NovelView, WeightsLoadStrictly) {
    using ::testing::HasSubstr;
    save_random_novel_view(file_, 4);
    const auto weights = load_novel_view(file_);
    EXPECT_EQ(weights->parameters.size(), model_.parameter_shapes().size());
    EXPECT_TRUE(weights->knows_geometry);

    const auto message_of = [&](const render::SafetensorsFile& file) {
        render::write_safetensors(file_, file);
        try {
            load_novel_view(file_);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("loaded");
    };
    const auto good = render::read_safetensors(file_);
    auto bad = good;
    bad.metadata["architecture"] = "flagship";
    EXPECT_THAT(message_of(bad), HasSubstr("weights of flagship, not of novel-view"));
    bad = good;
    bad.metadata.erase("config");
    EXPECT_THAT(message_of(bad), HasSubstr("no 'config'"));
    bad = good;
    bad.tensors.erase("mid_block.resnets.0.conv1.weight");
    bad.tensors["stray"] = good.tensors.at("conv_in.bias");
    EXPECT_THAT(message_of(bad),
                ::testing::AllOf(HasSubstr("missing mid_block.resnets.0.conv1.weight"), HasSubstr("unexpected stray")));
}

TEST_F(NovelView, PicturesGoThroughTensors) {
    View view;
    view.rgb = render::Image(128, 128, 3, 255);
    view.mask = render::FloatImage(128, 128, 1, 0);
    for (int y = 32; y < 96; ++y) {
        for (int x = 32; x < 96; ++x) {
            view.mask.at(x, y) = 1;
            view.rgb.at(x, y, 0) = 200;
            view.rgb.at(x, y, 1) = 100;
            view.rgb.at(x, y, 2) = 0;
        }
    }
    const auto tensor = picture_tensor(view, 64);
    EXPECT_NEAR(tensor[0][32][32].item<float>(), 200 / 127.5 - 1, 1e-5);
    EXPECT_EQ(tensor[2][32][32].item<float>(), -1);
    EXPECT_EQ(tensor[3][32][32].item<float>(), 1);
    EXPECT_EQ(tensor[3][2][2].item<float>(), -1);
    const auto image = image_of(tensor);
    EXPECT_EQ(image.at(32, 32, 0), 200);
    EXPECT_EQ(image.at(32, 32, 3), 255);
    EXPECT_EQ(image.at(2, 2, 3), 0);
    // Half covered: the white behind is taken out.
    auto soft = tensor.clone();
    soft[0][5][5] = 1 - 0.5;
    soft[3][5][5] = 0;
    EXPECT_NEAR(image_of(soft).at(5, 5, 0), 128, 1);
    const auto camera = render::orbit_camera({.distance = 3}, 64, 64);
    const View back = view_from_picture(tensor, camera, 0.5F);
    EXPECT_EQ(back.rgb.width, view_size);
    EXPECT_EQ(back.camera->width, view_size);
    EXPECT_NEAR(back.camera->fx, 2 * camera.fx, 1e-9);
    EXPECT_EQ(back.rgb.at(64, 64, 1), 100);
    EXPECT_EQ(back.mask.at(64, 64), 1);
    EXPECT_EQ(back.weight, 0.5F);
}

TEST_F(NovelView, WhatIsDrawnFaintlyIsLeftOutOfFirmViews) {
    // Pictures are over white, -1..1: a plain red, half there, nearly there and there.
    auto picture = torch::ones({4, 64, 64});
    const auto fill = [&](int left, float alpha) {
        const auto part = picture.slice(2, left, left + 16);
        part[0].fill_(1);
        part[1].fill_(1 - 2 * alpha);
        part[2].fill_(1 - 2 * alpha);
        part[3].fill_(2 * alpha - 1);
    };
    fill(0, 0.5F);
    fill(16, 0.825F);
    fill(32, 1);
    fill(48, 0);
    const auto camera = render::orbit_camera({.distance = 3}, 64, 64);
    const View view = firm_view_from_picture(picture, camera, 0.5F);
    EXPECT_EQ(view.weight, 0.5F);
    EXPECT_EQ(view.mask.at(16, 64), 0);
    EXPECT_EQ(view.rgb.at(16, 64, 1), 255) << "white where nothing is left";
    EXPECT_NEAR(view.mask.at(48, 64), 0.5F, 0.02F);
    EXPECT_NEAR(view.rgb.at(48, 64, 1), 128, 4) << "of a plain red";
    EXPECT_EQ(view.mask.at(80, 64), 1);
    EXPECT_EQ(view.rgb.at(80, 64, 1), 0);
    EXPECT_EQ(view.mask.at(112, 64), 0);
}

TEST_F(NovelView, GeneratedViewsFollowSeedsNotTheBatch) {
    const NovelViewWeights weights{model_, parameters_, {}, true};
    View photo;
    photo.rgb = render::Image(128, 128, 3, 90);
    photo.mask = render::FloatImage(128, 128, 1, 1);
    photo.name = "photo.png";
    render::VoxelGrid coarse(32);
    for (int z = 8; z < 24; ++z) {
        for (int y = 4; y < 28; ++y) {
            for (int x = 8; x < 24; ++x) coarse.at(x, y, z) = 1;
        }
    }
    ViewGenerationOptions options;
    options.grid.steps = 3;
    const std::array targets = {target_camera(0, 10, coarse), target_camera(90, 10, coarse)};
    EXPECT_THROW(generate_views(weights, photo, &coarse, targets, options), UsageError);
    photo.camera = camera_of(CropCamera{.azimuth = 30}, 128);
    EXPECT_THROW(generate_views(weights, photo, &coarse, {}, options), UsageError);

    const auto both = generate_views(weights, photo, &coarse, targets, options);
    EXPECT_EQ(both.sizes().vec(), (std::vector<std::int64_t>{2, 4, 64, 64}));
    options.seed = 2;
    const auto second = generate_views(weights, photo, &coarse, std::span(targets).subspan(1), options);
    EXPECT_TRUE(at::allclose(both[1], second[0], 1e-3, 1e-3));
    const auto blind = generate_views(weights, photo, nullptr, std::span(targets).subspan(1), options);
    EXPECT_FALSE(at::allclose(blind, second, 1e-3, 1e-3));
    options.seed = 3;
    EXPECT_FALSE(at::allclose(generate_views(weights, photo, &coarse, std::span(targets).subspan(1), options), second,
                              1e-3, 1e-3));
}

}  // namespace
}  // namespace maquette::recon::diffusion
