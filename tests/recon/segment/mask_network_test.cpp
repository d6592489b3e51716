#include "recon/segment/mask_network.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/refine/image_trunk.h"
#include "recon/refine/network_layers.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace maquette::recon::segment {
namespace {

using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

render::SafetensorsFile random_weights() {
    render::SafetensorsFile file;
    add_parameters(file, initial_parameters(mask_network_shapes(), 3), render::TensorType::f16);
    file.metadata = {{"architecture", mask_architecture}};
    return file;
}

TEST(MaskNetwork, SaysOneLogitAPixel) {
    const auto parameters = initial_parameters(mask_network_shapes(), 1);
    for (const std::int64_t size : {64, 128}) {
        const auto logits = mask_logits(parameters, at::rand({2, 4, size, size}));
        EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 1, size, size}));
    }
}

TEST(MaskNetwork, BeginsWithTheSharedTrunk) {
    LayerShapes trunk;
    add_image_trunk(trunk);
    const auto shapes = mask_network_shapes();
    for (const auto& shape : trunk.shapes) {
        const auto found =
            std::find_if(shapes.begin(), shapes.end(), [&](const auto& s) { return s.name == shape.name; });
        ASSERT_NE(found, shapes.end()) << shape.name;
        EXPECT_EQ(found->shape, shape.shape) << shape.name;
    }
}

TEST(MaskNetwork, ShipsInThreeMegabytes) {
    std::int64_t count = 0;
    for (const auto& [name, tensor] : random_weights().tensors) count += tensor.element_count();
    EXPECT_LT(2 * count, 3'000'000);
}

TEST(MaskNetwork, TensorsHoldColoursAndTheBox) {
    render::Image picture(64, 64, 3, 51);
    picture.at(3, 2, 1) = 255;
    const auto tensor = picture_tensor(picture, render::PixelBox{10, 20, 5, 4});
    EXPECT_EQ(tensor.sizes(), (std::vector<std::int64_t>{4, 64, 64}));
    EXPECT_FLOAT_EQ(tensor[0][2][3].item<float>(), 0.2F);
    EXPECT_FLOAT_EQ(tensor[1][2][3].item<float>(), 1);
    EXPECT_FLOAT_EQ(tensor[3].sum().item<float>(), 20);
    EXPECT_FLOAT_EQ(tensor[3][23][14].item<float>(), 1);
    EXPECT_FLOAT_EQ(tensor[3][24][14].item<float>(), 0);
    EXPECT_FLOAT_EQ(picture_tensor(picture, {})[3].sum().item<float>(), 0);
    // What lies beyond the picture is left out.
    EXPECT_FLOAT_EQ(picture_tensor(picture, render::PixelBox{-5, 60, 10, 10})[3].sum().item<float>(), 20);
    EXPECT_THROW(picture_tensor(render::Image(60, 60, 3), {}), UsageError);
    EXPECT_THROW(picture_tensor(render::Image(64, 32, 3), {}), UsageError);
    EXPECT_THROW(picture_tensor(render::Image(64, 64, 4), {}), UsageError);
}

TEST(MaskNetwork, AMirroredPictureHasTheMirroredMask) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "mask.safetensors";
    render::write_safetensors(path, random_weights());
    const MaskNetwork network = load_mask_network(path);
    render::Image picture(64, 64, 3);
    render::Image mirrored(64, 64, 3);
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
            for (int c = 0; c < 3; ++c) {
                picture.at(x, y, c) = static_cast<std::uint8_t>((3 * x + (5 + c) * y + x * y / 9) % 256);
                mirrored.at(63 - x, y, c) = picture.at(x, y, c);
            }
        }
    }
    const auto here = network.foreground(picture, render::PixelBox{10, 20, 15, 30});
    const auto there = network.foreground(mirrored, render::PixelBox{39, 20, 15, 30});
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) ASSERT_NEAR(here.at(x, y), there.at(63 - x, y), 1e-5);
    }
}

TEST(MaskNetwork, LoadsWhatFitsAndNothingElse) {
    const test::TemporaryFolder folder;
    const auto path = folder.path() / "mask.safetensors";
    render::write_safetensors(path, random_weights());
    const MaskNetwork network = load_mask_network(path);
    const render::Image picture(128, 128, 3, 90);
    const auto probability = network.foreground(picture, {});
    ASSERT_EQ(probability.pixels.size(), 128U * 128U);
    for (const float value : probability.pixels) {
        ASSERT_GE(value, 0);
        ASSERT_LE(value, 1);
    }
    EXPECT_EQ(network.foreground(picture, {}).pixels, probability.pixels);
    EXPECT_EQ(foreground_model(path).probability(picture, {}).pixels, probability.pixels);
    EXPECT_NE(network.foreground(picture, render::PixelBox{30, 30, 40, 40}).pixels, probability.pixels);

    auto broken = random_weights();
    broken.tensors.erase("head.bias");
    broken.tensors["poem.weight"] = broken.tensors.at("head.weight");
    render::write_safetensors(path, broken);
    EXPECT_THAT([&] { load_mask_network(path); },
                Throws<InputError>(Property(&InputError::what, HasSubstr("head.bias"))));
    EXPECT_THAT([&] { load_mask_network(path); },
                Throws<InputError>(Property(&InputError::what, HasSubstr("poem.weight"))));
    auto other = random_weights();
    other.metadata["architecture"] = "camera";
    render::write_safetensors(path, other);
    EXPECT_THAT([&] { load_mask_network(path); },
                Throws<InputError>(Property(&InputError::what, HasSubstr("maquette train mask"))));
}

}  // namespace
}  // namespace maquette::recon::segment
