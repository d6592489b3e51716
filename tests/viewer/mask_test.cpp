#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "recon/refine/crop_camera.h"
#include "render/image_operations.h"
#include "render/io/image_io.h"
#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

double solid_share(const render::FloatImage& mask) {
    double sum = 0;
    for (const float value : mask.pixels) sum += value >= 0.5F ? 1 : 0;
    return sum / static_cast<double>(mask.pixels.size());
}

/// A red and a yellow disc over grey stripes, the red one in the middle.
class Masks : public testing::AppTest {
protected:
    Masks() {
        render::Image image(240, 160, 3, 90);
        for (int y = 0; y < image.height; ++y) {
            for (int x = 0; x < image.width; ++x) {
                for (int c = 0; c < 3; ++c)
                    image.at(x, y, c) = static_cast<std::uint8_t>((x / 7 + y / 5) % 2 * 30 + 70);
                if (std::hypot(x - 110, y - 80) < 34) paint(image, x, y, 210, 40, 40);
                if (std::hypot(x - 195, y - 80) < 30) paint(image, x, y, 220, 200, 40);
            }
        }
        render::write_image(discs(), image);
    }
    [[nodiscard]] std::filesystem::path discs() const { return path("discs.png"); }

    void open() {
        ViewOptions options;
        options.photos = {discs().string()};
        options.prior = {"column"};
        start(options);
        settle();
        ASSERT_EQ(studio().inputs().photos.size(), 1U);
    }
    [[nodiscard]] const PhotoInput& input() { return studio().inputs().photos[0]; }
    MaskEditor& editor() { return studio().masks(); }

    /// A place of the photo in the window.
    std::pair<float, float> at(double x, double y) {
        const ImVec2 middle = app().marks().centre("photo to mask");
        const double scale = shown_scale();
        return {static_cast<float>(middle.x + scale * (x - 120)), static_cast<float>(middle.y + scale * (y - 80))};
    }
    void drag(double x0, double y0, double x1, double y1, const char* button) {
        const auto from = at(x0, y0);
        const auto to = at(x1, y1);
        play({{{"do", "drag"}, {"from", from}, {"to", to}, {"button", button}}});
    }

private:
    static void paint(render::Image& image, int x, int y, int red, int green, int blue) {
        image.at(x, y, 0) = static_cast<std::uint8_t>(red);
        image.at(x, y, 1) = static_cast<std::uint8_t>(green);
        image.at(x, y, 2) = static_cast<std::uint8_t>(blue);
    }
    /// By two dots: the editor says where on the photo they fell.
    double shown_scale() {
        const ImVec2 middle = app().marks().centre("photo to mask");
        play({{{"do", "click"}, {"at", {middle.x, middle.y}}}, {{"do", "click"}, {"at", {middle.x + 20, middle.y}}}});
        const auto& lines = editor().scribbles();
        const double apart = lines.back().points.front().x() - lines[lines.size() - 2].points.front().x();
        play({{{"do", "key"}, {"key", "Z"}, {"ctrl", true}}, {{"do", "key"}, {"key", "Z"}, {"ctrl", true}}});
        return 20 / apart;
    }
};

TEST_F(Masks, LinesOverThePhotoSayWhatTheObjectIs) {
    open();
    const auto before = input().view;
    play({{{"do", "click"}, {"on", "mask 1"}}});
    ASSERT_TRUE(editor().active());
    ASSERT_TRUE(editor().mask());
    const double found = solid_share(*editor().mask());
    drag(180, 75, 205, 85, "left");
    EXPECT_EQ(editor().scribbles().size(), 1U);
    EXPECT_TRUE(editor().scribbles()[0].object);
    EXPECT_GT(editor().mask()->at(195, 60), 0.5F);
    EXPECT_GT(solid_share(*editor().mask()), 1.4 * found);
    drag(100, 75, 120, 85, "right");
    EXPECT_FALSE(editor().scribbles().back().object);
    EXPECT_LT(editor().mask()->at(110, 60), 0.5F);
    EXPECT_EQ(input().view, before);
    play({{{"do", "key"}, {"key", "Enter"}}});
    EXPECT_FALSE(editor().active());
    ASSERT_NE(input().view, before);
    EXPECT_EQ(input().scribbles.size(), 2U);
    // The crop shows the yellow disc now.
    const int middle = input().view->rgb.width / 2;
    EXPECT_GT(input().view->rgb.at(middle, middle, 1), 150);
    play({{{"do", "key"}, {"key", "Z"}, {"ctrl", true}}});
    EXPECT_EQ(input().view, before);
    EXPECT_TRUE(input().scribbles.empty());
}

TEST_F(Masks, UndoClearAndCancelTakeLinesBack) {
    open();
    play({{{"do", "key"}, {"key", "I"}}});
    ASSERT_TRUE(editor().mask());
    const auto found = editor().mask()->pixels;
    drag(180, 75, 205, 85, "left");
    drag(60, 20, 80, 30, "right");
    play({{{"do", "click"}, {"on", "undo line"}}});
    EXPECT_EQ(editor().scribbles().size(), 1U);
    play({{{"do", "click"}, {"on", "clear lines"}}});
    EXPECT_TRUE(editor().scribbles().empty());
    EXPECT_EQ(editor().mask()->pixels, found);
    const auto before = input().view;
    drag(180, 75, 205, 85, "left");
    play({{{"do", "key"}, {"key", "Esc"}}});
    EXPECT_FALSE(editor().active());
    EXPECT_EQ(input().view, before);
    EXPECT_TRUE(input().scribbles.empty());
}

TEST_F(Masks, TheWheelSetsTheWidthOfLines) {
    open();
    play({{{"do", "key"}, {"key", "I"}}});
    const double before = editor().width();
    play({{{"do", "wheel"}, {"on", "photo to mask"}, {"notches", 2}}});
    EXPECT_NEAR(editor().width(), 1.44 * before, 1e-6);
}

TEST_F(Masks, LinesComeBackWithTheSession) {
    open();
    play({{{"do", "click"}, {"on", "mask 1"}}});
    drag(180, 75, 205, 85, "left");
    play({{{"do", "click"}, {"on", "use mask"}}, {{"do", "save_session"}, {"folder", path("saved").string()}}});
    const auto saved = input().scribbles;
    ASSERT_EQ(saved.size(), 1U);
    start();
    play({{{"do", "open_session"}, {"folder", path("saved").string()}}});
    ASSERT_EQ(studio().inputs().photos.size(), 1U);
    EXPECT_EQ(input().scribbles, saved);
    play({{{"do", "click"}, {"on", "mask 1"}}});
    EXPECT_EQ(editor().scribbles(), saved);
}

TEST_F(Masks, APhotoThatIsGoneIsAFailureAndEndsIt) {
    open();
    std::filesystem::remove(discs());
    studio().edit_mask(0);
    settle();
    EXPECT_FALSE(editor().active());
    EXPECT_NE(studio().error().find("discs.png"), std::string::npos);
}

TEST_F(Masks, EndsWhenItsPhotoGoes) {
    open();
    play({{{"do", "click"}, {"on", "mask 1"}}, {{"do", "click"}, {"on", "photo 1 remove"}}});
    EXPECT_FALSE(editor().active());
    studio().edit_mask(3);
    EXPECT_FALSE(editor().active());
}

TEST(RecroppedCamera, ShowsTheOriginAtTheSamePlaceOfThePhoto) {
    const recon::CropCamera camera{.scale = 0.7, .centre_x = 0.4, .centre_y = 0.55};
    const CorrectedPhoto photo{.before = {10, 20, 100}, .after = {-15, 5, 160}};
    const recon::CropCamera moved = recropped(camera, photo);
    EXPECT_NEAR(photo.after.left + moved.centre_x * photo.after.side, 10 + 0.4 * 100, 1e-9);
    EXPECT_NEAR(photo.after.top + moved.centre_y * photo.after.side, 20 + 0.55 * 100, 1e-9);
    EXPECT_NEAR(moved.scale * photo.after.side, 0.7 * 100, 1e-9);
}

}  // namespace
}  // namespace maquette::viewer
