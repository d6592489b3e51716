#include "render/colour_space.h"

#include <gtest/gtest.h>

#include <cmath>

namespace maquette::render {
namespace {

TEST(ColourSpaceTest, has_the_standard_curve) {
    EXPECT_NEAR(linear_from_srgb(0.5F), 0.214041F, 1e-5);
    EXPECT_NEAR(linear_from_srgb(0.02F), 0.02F / 12.92F, 1e-7);
    EXPECT_NEAR(srgb_from_linear(0.5F), 0.735357F, 1e-5);
    EXPECT_EQ(srgb_from_linear(7.0F), srgb_from_linear(1.0F));
    EXPECT_EQ(srgb_from_linear(-1.0F), 0.0F);
}

TEST(ColourSpaceTest, bytes_come_back) {
    for (int byte = 0; byte < 256; ++byte) {
        const float linear = linear_from_srgb_byte(static_cast<std::uint8_t>(byte));
        EXPECT_EQ(std::lround(255 * srgb_from_linear(linear)), byte);
    }
}

}  // namespace
}  // namespace maquette::render
