#include "viewer/recording/film_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <system_error>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "viewer/recording/gif_writer.h"

namespace maquette::viewer {
namespace {

namespace fs = std::filesystem;

class PictureFolder : public FilmWriter {
public:
    explicit PictureFolder(fs::path folder) : folder_(std::move(folder)) {}
    void add(const render::Image& frame) override {
        render::write_image(folder_ / fmt::format("{:03}.png", count_++), frame);
    }
    void finish() override {}

private:
    fs::path folder_;
    int count_ = 0;
};

class GifFilm : public FilmWriter {
public:
    explicit GifFilm(const RecordingWish& wish)
        : path_(wish.path), writer_(wish.width, wish.height, 100 / film_frames_a_second) {}
    void add(const render::Image& frame) override { writer_.add(frame); }
    void finish() override { render::write_file_atomically(path_, writer_.finish()); }

private:
    fs::path path_;
    GifWriter writer_;
};

class VideoFilm : public FilmWriter {
public:
    explicit VideoFilm(const RecordingWish& wish) : path_(wish.path) {
        // OpenCV chooses the container by the extension.
        unfinished_ = path_.parent_path() / fmt::format(".{}-{}.mp4", path_.stem().string(), ::getpid());
        std::error_code ignored;
        if (path_.has_parent_path()) fs::create_directories(path_.parent_path(), ignored);
        const bool open = writer_.open(unfinished_.string(), cv::VideoWriter::fourcc('m', 'p', '4', 'v'),
                                       film_frames_a_second, {wish.width, wish.height});
        if (!open) {
            fs::remove(unfinished_, ignored);
            throw InputError(
                fmt::format("{}: cannot be written as a film; give a path ending in .gif", path_.string()));
        }
    }
    ~VideoFilm() override {
        if (finished_) return;
        writer_.release();
        std::error_code ignored;
        fs::remove(unfinished_, ignored);
    }
    VideoFilm(const VideoFilm&) = delete;
    VideoFilm& operator=(const VideoFilm&) = delete;

    void add(const render::Image& frame) override {
        const cv::Mat rgb(frame.height, frame.width, CV_8UC3, const_cast<std::uint8_t*>(frame.pixels.data()));
        cv::Mat bgr;
        cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
        writer_.write(bgr);
    }
    void finish() override {
        writer_.release();
        std::error_code error;
        fs::rename(unfinished_, path_, error);
        if (error) throw InputError(fmt::format("{}: cannot be written ({})", path_.string(), error.message()));
        finished_ = true;
    }

private:
    fs::path path_;
    fs::path unfinished_;
    cv::VideoWriter writer_;
    bool finished_ = false;
};

}  // namespace

std::unique_ptr<FilmWriter> make_film_writer(const RecordingWish& wish) {
    const auto fits = [](int side) { return side >= 16 && side <= 4096 && side % 2 == 0; };
    if (!fits(wish.width) || !fits(wish.height)) {
        throw UsageError(fmt::format("a film of {}x{} pixels; give even sides, 16 to 4096", wish.width, wish.height));
    }
    if (wish.frames < 1 || wish.frames > 3600) {
        throw UsageError(fmt::format("a film of {} pictures; give 1 to 3600", wish.frames));
    }
    if (wish.path.empty()) throw UsageError("no path for the film; give one ending in .gif or .mp4, or a folder");
    const std::string extension = wish.path.extension().string();
    if (extension.empty()) return std::make_unique<PictureFolder>(wish.path);
    if (extension == ".gif") return std::make_unique<GifFilm>(wish);
    if (extension == ".mp4") return std::make_unique<VideoFilm>(wish);
    throw UsageError(fmt::format("{}: films end in .gif or .mp4; a path without an extension is a folder of pictures",
                                 wish.path.string()));
}

}  // namespace maquette::viewer
