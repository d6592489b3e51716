#include "viewer/recording/film_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <opencv2/videoio.hpp>
#include <random>

#include "render/error.h"
#include "render/io/image_io.h"
#include "viewer/recording/gif_writer.h"

namespace maquette::viewer {
namespace {

namespace fs = std::filesystem;

constexpr int width = 96;
constexpr int height = 64;

/// A gradient with a bright square that moves to the right.
render::Image frame_at(int number) {
    render::Image image(width, height, 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const bool inside = x >= 8 * number && x < 8 * number + 16 && y >= 16 && y < 48;
            image.at(x, y, 0) = inside ? 250 : static_cast<std::uint8_t>(2 * x);
            image.at(x, y, 1) = inside ? 200 : static_cast<std::uint8_t>(3 * y);
            image.at(x, y, 2) = inside ? 40 : 90;
        }
    }
    return image;
}

/// Mean absolute difference, 0..255, of a frame as OpenCV reads it.
double difference(const render::Image& image, const cv::Mat& bgr) {
    double sum = 0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const auto& pixel = bgr.at<cv::Vec3b>(y, x);
            for (int c = 0; c < 3; ++c) sum += std::abs(int{image.at(x, y, c)} - int{pixel[2 - c]});
        }
    }
    return sum / (3.0 * image.width * image.height);
}

class Film : public ::testing::Test {
protected:
    Film() {
        std::string pattern = (fs::temp_directory_path() / "maquette-film-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~Film() override { fs::remove_all(folder_); }
    [[nodiscard]] RecordingWish wish(const std::string& name) const {
        return {.path = folder_ / name, .frames = 5, .width = width, .height = height};
    }
    static void write(const RecordingWish& wish) {
        const auto film = make_film_writer(wish);
        for (int i = 0; i < wish.frames; ++i) film->add(frame_at(i));
        film->finish();
    }
    /// Another program's reader finds the frames that went in.
    void expect_frames(const std::string& name, double within) const {
        cv::VideoCapture capture((folder_ / name).string());
        ASSERT_TRUE(capture.isOpened());
        cv::Mat frame;
        int count = 0;
        while (capture.read(frame)) {
            ASSERT_EQ(frame.cols, width);
            ASSERT_EQ(frame.rows, height);
            EXPECT_LT(difference(frame_at(count), frame), within) << name << " " << count;
            if (count > 0) {
                EXPECT_GT(difference(frame_at(count - 1), frame), within) << name << " " << count;
            }
            ++count;
        }
        EXPECT_EQ(count, 5);
    }
    fs::path folder_;
};

TEST_F(Film, AGifHoldsItsFrames) {
    write(wish("a.gif"));
    expect_frames("a.gif", 5);
}

TEST_F(Film, AnMp4HoldsItsFrames) {
    write(wish("a.mp4"));
    expect_frames("a.mp4", 8);
}

TEST_F(Film, AFolderHoldsPictures) {
    write(wish("turn"));
    EXPECT_EQ(render::read_image(folder_ / "turn" / "004.png").pixels, frame_at(4).pixels);
    EXPECT_FALSE(fs::exists(folder_ / "turn" / "005.png"));
}

TEST_F(Film, WhatIsNotFinishedLeavesNothing) {
    for (const char* name : {"a.gif", "a.mp4"}) {
        const auto film = make_film_writer(wish(name));
        film->add(frame_at(0));
    }
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(Film, WishesThatMakeNoFilmAreExplained) {
    EXPECT_THROW(make_film_writer(wish("a.avi")), UsageError);
    EXPECT_THROW(make_film_writer({.path = ""}), UsageError);
    RecordingWish odd = wish("a.gif");
    odd.width = 95;
    EXPECT_THROW(make_film_writer(odd), UsageError);
    std::ofstream(folder_ / "file") << "";
    EXPECT_THROW(make_film_writer(wish("file/a.mp4")), InputError);
    const auto film = make_film_writer(wish("a.gif"));
    EXPECT_THROW(film->add(render::Image(8, 8, 3)), UsageError);
}

// Noise is the worst case for the code table, which fills and starts anew many times; one colour is the other extreme.
TEST_F(Film, AGifOfNoiseAndOfOneColourIsReadBack) {
    std::mt19937 random(5);
    render::Image noise(width, height, 3);
    for (auto& value : noise.pixels) value = static_cast<std::uint8_t>(random() % 256);
    render::Image plain(width, height, 3, 77);
    for (const auto* image : {&noise, &plain}) {
        GifWriter writer(width, height, 4);
        writer.add(*image);
        std::ofstream(folder_ / "n.gif", std::ios::binary) << writer.finish();
        const Palette palette = quantised(*image);
        EXPECT_LE(palette.colours.size(), 256U);
        cv::VideoCapture capture((folder_ / "n.gif").string());
        cv::Mat frame;
        ASSERT_TRUE(capture.read(frame));
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                const auto& colour = palette.colours[palette.pixels[image->index(x, y) / 3]];
                const auto& pixel = frame.at<cv::Vec3b>(y, x);
                ASSERT_EQ((std::array<std::uint8_t, 3>{pixel[2], pixel[1], pixel[0]}), colour) << x << " " << y;
            }
        }
    }
}

}  // namespace
}  // namespace maquette::viewer
