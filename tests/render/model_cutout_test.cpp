#include "render/model_cutout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace maquette::render {
namespace {

const int foreground_picture_size = ForegroundModel().picture_size;

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

struct Rectangle {
    int x;
    int y;
    int width;
    int height;
};

/// Stripes that no border's colour is, with red rectangles before them.
Image picture_of(int width, int height, const std::vector<Rectangle>& rectangles) {
    Image image(width, height, 3, 30);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            image.at(x, y, 1) = static_cast<std::uint8_t>((x / 8) % 2 == 0 ? 40 : 200);
            image.at(x, y, 2) = static_cast<std::uint8_t>((y / 8) % 2 == 0 ? 60 : 220);
        }
    }
    for (const Rectangle& r : rectangles) {
        for (int y = r.y; y < r.y + r.height; ++y) {
            for (int x = r.x; x < r.x + r.width; ++x) {
                image.at(x, y, 0) = 230;
                image.at(x, y, 1) = 20;
                image.at(x, y, 2) = 20;
            }
        }
    }
    return image;
}

/// What the model was shown.
struct Looks {
    std::vector<Image> pictures;
    std::vector<std::optional<PixelBox>> boxes;

    /// Takes what is red for the object.
    ForegroundModel model(int size = foreground_picture_size) {
        const auto see = [this](const Image& picture, const std::optional<PixelBox>& box) {
            pictures.push_back(picture);
            boxes.push_back(box);
            FloatImage probability(picture.width, picture.height, 1);
            for (int y = 0; y < picture.height; ++y) {
                for (int x = 0; x < picture.width; ++x) {
                    const int most = std::max(picture.at(x, y, 1), picture.at(x, y, 2));
                    probability.at(x, y) =
                        std::clamp(static_cast<float>(picture.at(x, y, 0) - most) / 200.0F, 0.0F, 1.0F);
                }
            }
            return probability;
        };
        return {.probability = see, .picture_size = size};
    }
};

double overlap(const FloatImage& mask, const Rectangle& r) {
    double both = 0;
    double either = 0;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            const bool inside = x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height;
            const bool found = mask.at(x, y) >= 0.5F;
            both += inside && found;
            either += inside || found;
        }
    }
    return both / either;
}

TEST(ModelCutOut, LetterboxesWholePhotosAndComesBackToTheirPixels) {
    for (const auto& [width, height] : {std::pair{400, 220}, {220, 400}, {128, 128}, {90, 60}, {901, 333}}) {
        const Rectangle object{width / 5, height / 4, width / 2, height / 2};
        Looks looks;
        const auto cutout = found_by(looks.model(), picture_of(width, height, {object}), {});
        ASSERT_TRUE(cutout);
        EXPECT_EQ(cutout->source, "found");
        EXPECT_EQ(cutout->mask.width, width);
        EXPECT_EQ(cutout->mask.height, height);
        EXPECT_GT(overlap(cutout->mask, object), 0.96) << width << "x" << height;
        const Image& whole = looks.pictures.front();
        ASSERT_EQ(whole.width, foreground_picture_size);
        ASSERT_EQ(whole.height, foreground_picture_size);
        EXPECT_FALSE(looks.boxes.front());
        if (width > height) {
            EXPECT_EQ(whole.at(64, 1, 0), foreground_padding);
        }
        if (width < height) {
            EXPECT_EQ(whole.at(1, 64, 2), foreground_padding);
        }
    }
}

TEST(ModelCutOut, LooksAgainAtSmallObjects) {
    const Rectangle object{300, 150, 61, 37};
    Looks looks;
    const auto cutout = found_by(looks.model(), picture_of(800, 500, {object}), {});
    ASSERT_TRUE(cutout);
    ASSERT_EQ(looks.pictures.size(), 2U);
    ASSERT_TRUE(looks.boxes[1]);
    // The object fills three quarters of the second picture, and the box about it somewhat more.
    EXPECT_NEAR(looks.boxes[1]->width, 0.75 * 1.16 * foreground_picture_size, 10);
    EXPECT_GT(overlap(cutout->mask, object), 0.97);
    Looks large;
    found_by(large.model(), picture_of(200, 200, {{10, 10, 180, 180}}), {});
    EXPECT_EQ(large.pictures.size(), 1U);
}

TEST(ModelCutOut, ABoxNamesTheObject) {
    const Rectangle object{40, 50, 60, 80};
    const Rectangle other{250, 60, 120, 120};
    Looks looks;
    const PixelBox box{36, 45, 68, 90};
    const Cutout cutout = cut_out(picture_of(400, 300, {object, other}), box, looks.model());
    EXPECT_EQ(cutout.source, "box");
    ASSERT_EQ(looks.boxes.size(), 1U);
    ASSERT_TRUE(looks.boxes[0]);
    EXPECT_NEAR(looks.boxes[0]->height, 0.8 * foreground_picture_size, 2);
    EXPECT_GT(overlap(cutout.mask, object), 0.97);
    for (int y = 0; y < 300; ++y) ASSERT_EQ(cutout.mask.at(35, y), 0);
}

TEST(ModelCutOut, TakesTheCentralOneOfSeveralAndSaysSo) {
    const Rectangle central{150, 100, 90, 90};
    const Rectangle aside{10, 10, 70, 70};
    Looks looks;
    const Cutout cutout = cut_out(picture_of(400, 300, {central, aside}), {}, looks.model());
    EXPECT_GT(overlap(cutout.mask, central), 0.97);
    EXPECT_THAT(cutout.warnings, Contains(HasSubstr("--box")));
}

TEST(ModelCutOut, IsAskedForNeitherPlainNorTransparentPictures) {
    Looks looks;
    Image plain(64, 64, 3, 255);
    for (int y = 20; y < 44; ++y) {
        for (int x = 10; x < 50; ++x) plain.at(x, y, 1) = 0;
    }
    EXPECT_EQ(cut_out(plain, {}, looks.model()).source, "plain background");
    Image clear(32, 32, 4, 255);
    for (int y = 0; y < 32; ++y) {
        for (int x = 0; x < 16; ++x) clear.at(x, y, 3) = 0;
    }
    EXPECT_EQ(cut_out(clear, {}, looks.model()).source, "alpha");
    EXPECT_THAT(looks.pictures, IsEmpty());
}

TEST(ModelCutOut, LeavesToSaliencyWhatTheModelDoesNotSee) {
    const Rectangle object{60, 40, 60, 60};
    const Image image = picture_of(200, 160, {object});
    const ForegroundModel blind{.probability = [](const Image& picture, const std::optional<PixelBox>& /*box*/) {
        return FloatImage(picture.width, picture.height, 1);
    }};
    EXPECT_FALSE(found_by(blind, image, {}));
    EXPECT_EQ(cut_out(image, {}, blind).mask.pixels, cut_out(image).mask.pixels);
}

}  // namespace
}  // namespace maquette::render
