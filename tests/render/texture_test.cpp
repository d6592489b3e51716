#include "render/texture.h"

#include <gtest/gtest.h>

#include <limits>
#include <memory>

#include "render/error.h"

namespace maquette::render {
namespace {

using Eigen::Vector2f;
using Eigen::Vector3f;

std::shared_ptr<Image> black_image(int width, int height, int channels) {
    return std::make_shared<Image>(width, height, channels);
}

TEST(TextureTest, origin_is_bottom_left) {
    const auto image = black_image(2, 2, 3);
    image->at(0, 0, 0) = 255;
    image->at(1, 1, 1) = 255;
    const Texture texture(image);
    EXPECT_EQ(texture.colour({0.25F, 0.75F}, 0), Vector3f(1, 0, 0)) << "top left";
    EXPECT_EQ(texture.colour({0.75F, 0.25F}, 0), Vector3f(0, 1, 0)) << "bottom right";
    EXPECT_EQ(texture.colour({0.25F, 0.25F}, 0), Vector3f(0, 0, 0));
}

TEST(TextureTest, interpolates_in_linear_light_and_repeats) {
    const auto image = black_image(2, 1, 3);
    image->at(1, 0, 0) = 255;
    const Texture texture(image);
    EXPECT_NEAR(texture.colour({0.5F, 0.5F}, 0).x(), 0.5F, 1e-6);
    EXPECT_NEAR(texture.colour({0.375F, 0.5F}, 0).x(), 0.25F, 1e-6);
    EXPECT_NEAR(texture.colour({0.0F, 0.5F}, 0).x(), 0.5F, 1e-6) << "between the last and the first texel";
    EXPECT_NEAR(texture.colour({-3.625F, 17.5F}, 0).x(), 0.25F, 1e-5);
}

TEST(TextureTest, wide_footprints_see_the_mean) {
    const auto image = black_image(64, 64, 3);
    for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
            image->at(x, y, 2) = (x + y) % 2 == 0 ? 255 : 0;
        }
    }
    const Texture texture(image);
    EXPECT_NEAR(texture.colour({0.3F, 0.3F}, 2).z(), 0.5F, 0.01F);
    EXPECT_NEAR(texture.colour({0.3F, 0.3F}, 1000).z(), 0.5F, 0.01F);
    EXPECT_NEAR(texture.colour({0.5F / 64, 0.5F / 64}, 1).z(), 0, 1e-6) << "the bottom left texel itself";
}

TEST(TextureTest, transparent_texels_do_not_bleed) {
    const auto image = black_image(4, 4, 4);
    for (int y = 0; y < 4; ++y) {
        image->at(1, y, 0) = 255;
        image->at(1, y, 3) = 255;
    }
    const Texture texture(image);
    EXPECT_TRUE(texture.has_holes());
    EXPECT_NEAR(texture.colour({0.5F, 0.5F}, 0).x(), 1, 1e-6);
    EXPECT_NEAR(texture.alpha({0.5F, 0.5F}), 0.5F, 1e-6);
    EXPECT_NEAR(texture.colour({0.5F, 0.5F}, 4).x(), 1, 1e-6);
    EXPECT_EQ(Texture(black_image(4, 4, 3)).alpha({0, 0}), 1);
}

TEST(TextureTest, odd_sizes_and_wild_coordinates_stay_inside) {
    const Texture texture(std::make_shared<Image>(7, 3, 4, std::uint8_t{255}));
    EXPECT_FALSE(texture.has_holes());
    for (const float wild : {0.0F, 1.0F, -1e-9F, 1e30F, -1e30F, std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN()}) {
        for (const float texels : {0.0F, 1.5F, 3.0F, 1e30F}) {
            EXPECT_NEAR(texture.colour(Vector2f(wild, wild), texels).y(), 1, 1e-6);
            EXPECT_NEAR(texture.alpha(Vector2f(wild, wild)), 1, 1e-6);
        }
    }
}

TEST(TextureTest, refuses_what_is_no_picture) {
    EXPECT_THROW(Texture(nullptr), InputError);
    EXPECT_THROW(Texture(black_image(2, 2, 1)), InputError);
    EXPECT_THROW(Texture(black_image(0, 2, 3)), InputError);
    const auto short_image = black_image(2, 2, 3);
    short_image->pixels.pop_back();
    EXPECT_THROW(Texture{short_image}, InputError);
}

}  // namespace
}  // namespace maquette::render
