#include "render/io/exif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "render/error.h"
#include "render/io/image_header.h"
#include "tests/render/io/exif_block.h"

namespace maquette::render {
namespace {

using namespace std::string_literals;
using ::testing::DoubleNear;
using testing::exif_block_of;
using testing::ExifField;
using testing::jpeg_with_exif_block;
using ::testing::Optional;

constexpr unsigned film_tag = 0xA405;

double angle(double side, double focal) {
    return 2 * std::atan(side / 2 / focal) * 180 / std::numbers::pi;
}

/// Headers alone, as large as asked for.
std::string jpeg_header_of(int width, int height) {
    const auto two = [](int value) { return ""s + static_cast<char>(value >> 8) + static_cast<char>(value & 0xFF); };
    return "\xFF\xD8\xFF\xC0"s + two(11) + "\x08" + two(height) + two(width) + "\x01\x01\x11\x00"s + "\xFF\xD9";
}

std::string png_header_of(std::uint32_t width, std::uint32_t height, const std::string& exif) {
    const auto four = [](std::uint32_t value) {
        std::string text;
        for (const unsigned shift : {24U, 16U, 8U, 0U}) text += static_cast<char>(value >> shift);
        return text;
    };
    const auto chunk = [&](const std::string& type, const std::string& data) {
        return four(static_cast<std::uint32_t>(data.size())) + type + data + "sums";
    };
    return "\x89PNG\r\n\x1a\n"s + chunk("IHDR", four(width) + four(height) + "\x08\x02\0\0\0"s) + chunk("eXIf", exif) +
           chunk("IEND", "");
}

std::string webp_header_of(std::uint32_t width, std::uint32_t height, const std::string& exif) {
    const auto little = [](std::uint32_t value, unsigned bytes) {
        std::string text;
        for (unsigned i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8U * i));
        return text;
    };
    const std::string body = "WEBPVP8X"s + little(10, 4) + little(8, 4) + little(width - 1, 3) + little(height - 1, 3) +
                             "EXIF" + little(static_cast<std::uint32_t>(exif.size()), 4) + exif;
    return "RIFF" + little(static_cast<std::uint32_t>(body.size()), 4) + body;
}

TEST(Exif, FilmEquivalentTellsTheAngleAcrossTheLongerSide) {
    for (const bool big : {false, true}) {
        const std::string block = exif_block_of(1, {{film_tag, 50}}, big);
        // Film's own proportions: 36 mm across.
        EXPECT_THAT(exif_field_of_view(block, 3000, 2000), Optional(DoubleNear(angle(36, 50), 0.01)));
        EXPECT_THAT(exif_field_of_view(block, 2000, 3000), Optional(DoubleNear(angle(36, 50), 0.01)));
        // The same diagonal, 4:3: four fifths of it across.
        EXPECT_THAT(exif_field_of_view(block, 4000, 3000), Optional(DoubleNear(angle(0.8 * 43.2666, 50), 0.01)));
    }
}

TEST(Exif, FocalLengthAndSensorTellItElsewhere) {
    // 6000 pixels on 24 mm.
    for (const bool big : {false, true}) {
        EXPECT_THAT(
            exif_field_of_view(exif_block_of(0, {{0x920A, 350, 10}, {0xA20E, 250, 1}, {0xA210, 4}}, big), 6000, 4000),
            Optional(DoubleNear(angle(24, 35), 1e-6)));
        EXPECT_THAT(
            exif_field_of_view(exif_block_of(0, {{0x920A, 35, 1}, {0xA20E, 2500, 1}, {0xA210, 3}}, big), 4000, 6000),
            Optional(DoubleNear(angle(24, 35), 1e-6)));
        // Inches where no unit is said.
        EXPECT_THAT(exif_field_of_view(exif_block_of(0, {{0x920A, 35, 1}, {0xA20E, 6350, 1}}, big), 6000, 4000),
                    Optional(DoubleNear(angle(24, 35), 1e-6)));
    }
    // Scaled down since: the resolution is that of the picture as it was taken.
    const std::vector<ExifField> fields = {
        {0x920A, 35, 1}, {0xA002, 6000}, {0xA003, 4000}, {0xA20E, 2500, 1}, {0xA210, 3}};
    EXPECT_THAT(exif_field_of_view(exif_block_of(6, fields), 1500, 1000), Optional(DoubleNear(angle(24, 35), 1e-6)));
    // Unknown where the equivalent is 0.
    const std::vector<ExifField> zero = {{film_tag, 0}, {0x920A, 35, 1}, {0xA20E, 2500, 1}, {0xA210, 3}};
    EXPECT_THAT(exif_field_of_view(exif_block_of(6, zero), 6000, 4000), Optional(DoubleNear(angle(24, 35), 1e-6)));
}

TEST(Exif, WhatIsMissingOrImpossibleIsUnknown) {
    const auto fov = [](const std::vector<ExifField>& fields) {
        return exif_field_of_view(exif_block_of(1, fields), 3000, 2000);
    };
    EXPECT_EQ(fov({}), std::nullopt);
    EXPECT_EQ(fov({{film_tag, 0}}), std::nullopt);
    EXPECT_EQ(fov({{film_tag, 3}}), std::nullopt);
    EXPECT_EQ(fov({{film_tag, 4000}}), std::nullopt);
    EXPECT_EQ(fov({{0x920A, 35, 1}}), std::nullopt);
    EXPECT_EQ(fov({{0x920A, 0, 1}, {0xA20E, 2500, 1}}), std::nullopt);
    EXPECT_EQ(fov({{0x920A, 35, 1}, {0xA20E, 0, 1}}), std::nullopt);
    EXPECT_EQ(fov({{0x920A, 35, 1}, {0xA20E, 2500, 1}, {0xA210, 9}}), std::nullopt);
    EXPECT_EQ(exif_field_of_view("", 3000, 2000), std::nullopt);
    EXPECT_EQ(exif_field_of_view(exif_block_of(1, {{film_tag, 50}}), 0, 0), std::nullopt);
}

TEST(Exif, APictureThatWasCutHasNoKnownAngle) {
    const std::string block = exif_block_of(1, {{film_tag, 26}, {0xA002, 4000}, {0xA003, 3000}});
    EXPECT_TRUE(exif_field_of_view(block, 4000, 3000).has_value());
    EXPECT_TRUE(exif_field_of_view(block, 1001, 750).has_value());
    EXPECT_TRUE(exif_field_of_view(block, 3000, 4000).has_value());
    EXPECT_EQ(exif_field_of_view(block, 3000, 3000), std::nullopt);
}

TEST(Exif, HeadersOfAllFormatsTellIt) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        for (const bool big : {false, true}) {
            const std::string block = exif_block_of(orientation, {{film_tag, 50}}, big);
            for (const std::string& file : {jpeg_with_exif_block(jpeg_header_of(300, 200), block),
                                            png_header_of(300, 200, block), webp_header_of(300, 200, block)}) {
                const ImageHeader header = read_image_header(file, "photo");
                EXPECT_EQ(header.width, 300);
                EXPECT_EQ(header.height, 200);
                EXPECT_EQ(header.orientation, orientation);
                EXPECT_TRUE(header.complete);
                EXPECT_THAT(header.field_of_view, Optional(DoubleNear(angle(36, 50), 0.01)));
            }
        }
    }
    EXPECT_EQ(read_image_header(jpeg_header_of(300, 200), "photo").field_of_view, std::nullopt);
}

TEST(Exif, DirectoriesCutOffAnywhereAreHarmless) {
    for (const bool big : {false, true}) {
        const std::string block =
            exif_block_of(6, {{0x920A, 35, 1}, {0xA20E, 2500, 1}, {0xA210, 3}, {0xA002, 30}, {0xA003, 20}}, big);
        for (std::size_t length = 0; length < block.size(); ++length) {
            const std::string cut = block.substr(0, length);
            const int orientation = exif_orientation(cut);
            EXPECT_TRUE(orientation == 1 || orientation == 6) << length;
            (void)exif_field_of_view(cut, 30, 20);
            EXPECT_NO_THROW(read_image_header(jpeg_with_exif_block(jpeg_header_of(30, 20), cut), "photo"));
        }
    }
}

TEST(Exif, DamagedDirectoriesAreHarmless) {
    const std::string block = exif_block_of(6, {{film_tag, 0}, {0x920A, 35, 1}, {0xA20E, 2500, 1}, {0xA210, 3}});
    std::mt19937 random(3);
    for (int round = 0; round < 20000; ++round) {
        std::string damaged = block;
        for (int i = 0; i < 1 + round % 4; ++i) {
            // The first bytes say that it is EXIF.
            damaged[4 + random() % (damaged.size() - 4)] = static_cast<char>(random() % 4 == 0 ? 0xFF : random());
        }
        const int orientation = exif_orientation(damaged);
        ASSERT_TRUE(orientation >= 1 && orientation <= 8);
        if (const auto degrees = exif_field_of_view(damaged, 30, 20)) {
            ASSERT_TRUE(*degrees > 1 && *degrees < 150) << *degrees;
        }
    }
    // A directory that names itself as the next.
    std::string looped = exif_block_of(0, {{film_tag, 50}});
    looped.replace(18, 4, "\x08\0\0\0"s);
    EXPECT_EQ(exif_field_of_view(looped, 30, 20), std::nullopt);
}

}  // namespace
}  // namespace maquette::render
