#include "render/scribble.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "render/error.h"
#include "render/guided_filter.h"

namespace maquette::render {
namespace {

constexpr int decided_side = 320;  // pixels that colours decide on
constexpr int iterations = 4;
constexpr int fewest = 32;           // pixels that colours can be told from
constexpr double alike_within = 24;  // of each channel, 0..255
constexpr float solid = 0.5F;
constexpr float steepness = 2;  // of edges after the guided filter
constexpr std::uint8_t set = 255;
constexpr std::uint8_t untold = 0;
constexpr std::uint8_t told_object = 1;
constexpr std::uint8_t told_other = 2;

constexpr double most_thick = 1000;  // pixels
/// Bits of a fraction of a pixel in the points that OpenCV draws.
constexpr int fraction_bits = 4;

/// Draws the scribble's line; of another size than the photo by `scale`.
void draw(cv::Mat& picture, const Scribble& scribble, double scale, std::uint8_t value) {
    const auto scaled = [&](double at) {
        constexpr double most = 32000;  // what OpenCV can shift
        return static_cast<int>(std::lround(std::clamp(at * scale - 0.5, -most, most) * (1 << fraction_bits)));
    };
    const int thickness = static_cast<int>(std::lround(std::clamp(scribble.width * scale, 1.0, most_thick)));
    std::vector<cv::Point> points;
    for (const auto& point : scribble.points) points.emplace_back(scaled(point.x()), scaled(point.y()));
    if (points.size() == 1) points.push_back(points.front());
    if (points.empty()) return;
    cv::polylines(picture, points, false, cv::Scalar(value), thickness, cv::LINE_8, fraction_bits);
}

/// 255 where the label means the object.
cv::Mat object_of(const cv::Mat& labels) {
    return (labels == cv::GC_FGD) | (labels == cv::GC_PR_FGD);
}

/// The scribble's line, and around it what has its colours: 255 each.
cv::Mat alike(const cv::Mat& picture, const Scribble& scribble, double scale) {
    cv::Mat line(picture.size(), CV_8UC1, cv::Scalar(0));
    draw(line, scribble, scale, set);
    cv::Mat filled(picture.rows + 2, picture.cols + 2, CV_8UC1, cv::Scalar(0));  // as OpenCV wants it
    const cv::Rect inner(1, 1, picture.cols, picture.rows);
    const cv::Scalar range = cv::Scalar::all(alike_within);
    cv::Mat smooth;
    cv::GaussianBlur(picture, smooth, {3, 3}, 0);
    for (int y = 0; y < line.rows; ++y) {
        for (int x = 0; x < line.cols; ++x) {
            if (line.at<std::uint8_t>(y, x) == 0 || filled.at<std::uint8_t>(y + 1, x + 1) != 0) continue;
            cv::floodFill(smooth, filled, {x, y}, cv::Scalar(), nullptr, range, range,
                          4 | cv::FLOODFILL_FIXED_RANGE | cv::FLOODFILL_MASK_ONLY | (set << 8));
        }
    }
    return filled(inner) | line;
}

/// What colours make of the scribbles: 255 where the object is.
cv::Mat decided(const cv::Mat& picture, const cv::Mat& before, const std::vector<Scribble>& scribbles, double scale) {
    cv::Mat labels(picture.size(), CV_8UC1, cv::Scalar(cv::GC_PR_BGD));
    labels.setTo(cv::GC_PR_FGD, before);
    // Colours of a thing that all of it has in the mask, but for a line, would be taken for the object's.
    for (const auto& scribble : scribbles) {
        labels.setTo(scribble.object ? cv::GC_PR_FGD : cv::GC_PR_BGD, alike(picture, scribble, scale));
    }
    for (const auto& scribble : scribbles) draw(labels, scribble, scale, scribble.object ? cv::GC_FGD : cv::GC_BGD);
    const int objects = cv::countNonZero(object_of(labels));
    if (objects < fewest || labels.size().area() - objects < fewest) return object_of(labels);
    cv::Mat background_colours;
    cv::Mat object_colours;
    cv::theRNG().state = 1;
    cv::grabCut(picture, labels, cv::Rect(), background_colours, object_colours, iterations, cv::GC_INIT_WITH_MASK);
    return object_of(labels);
}

/// Where `after` differs from `before`, in parts that a scribble of that kind touches.
cv::Mat changes(const cv::Mat& before, const cv::Mat& after, const std::vector<Scribble>& scribbles, double scale) {
    cv::Mat told(before.size(), CV_8UC1, cv::Scalar(untold));
    for (const auto& scribble : scribbles) draw(told, scribble, scale, scribble.object ? told_object : told_other);
    cv::Mat result(before.size(), CV_8UC1, cv::Scalar(0));
    for (const bool object : {true, false}) {
        const cv::Mat differs = object ? cv::Mat(after & ~before) : cv::Mat(before & ~after);
        cv::Mat parts;
        std::vector<bool> touched(static_cast<std::size_t>(cv::connectedComponents(differs, parts, 8, CV_32S)), false);
        const std::uint8_t kind = object ? told_object : told_other;
        std::transform(told.begin<std::uint8_t>(), told.end<std::uint8_t>(), parts.begin<int>(), parts.begin<int>(),
                       [&](std::uint8_t said, int part) {
                           if (part > 0 && said == kind) touched[static_cast<std::size_t>(part)] = true;
                           return part;
                       });
        std::transform(parts.begin<int>(), parts.end<int>(), result.begin<std::uint8_t>(), result.begin<std::uint8_t>(),
                       [&](int part, std::uint8_t already) {
                           return part > 0 && touched[static_cast<std::size_t>(part)] ? set : already;
                       });
    }
    return result;
}

FloatImage as_float_image(const cv::Mat& matrix) {
    FloatImage image(matrix.cols, matrix.rows, 1);
    std::copy(matrix.begin<float>(), matrix.end<float>(), image.pixels.begin());
    return image;
}

}  // namespace

FloatImage corrected_mask(const Image& rgb, const FloatImage& mask, const std::vector<Scribble>& scribbles) {
    if (rgb.channels != 3 || mask.width != rgb.width || mask.height != rgb.height || mask.channels != 1) {
        throw UsageError(fmt::format("a mask of {}x{} for a picture of {}x{} with {} channels", mask.width, mask.height,
                                     rgb.width, rgb.height, rgb.channels));
    }
    if (scribbles.empty() || rgb.empty()) return mask;
    // Both are only read.
    const cv::Mat picture(rgb.height, rgb.width, CV_8UC3, const_cast<std::uint8_t*>(rgb.pixels.data()));
    const cv::Mat whole(rgb.height, rgb.width, CV_32F, const_cast<float*>(mask.pixels.data()));
    const double scale = std::min(1.0, static_cast<double>(decided_side) / std::max(rgb.width, rgb.height));
    const cv::Size size(std::max(static_cast<int>(std::lround(rgb.width * scale)), 1),
                        std::max(static_cast<int>(std::lround(rgb.height * scale)), 1));
    cv::Mat small;
    cv::Mat small_mask;
    cv::resize(picture, small, size, 0, 0, cv::INTER_AREA);
    cv::resize(whole, small_mask, size, 0, 0, cv::INTER_AREA);
    const cv::Mat before = small_mask >= solid;
    const cv::Mat changed = changes(before, decided(small, before, scribbles, scale), scribbles, scale);
    const cv::Mat after = before ^ changed;
    cv::Mat coarse;
    after.convertTo(coarse, CV_32F, 1 / 255.0);
    cv::Mat enlarged;
    cv::resize(coarse, enlarged, picture.size(), 0, 0, cv::INTER_LINEAR);
    cv::Mat guide;
    cv::cvtColor(picture, guide, cv::COLOR_RGB2GRAY);
    guide.convertTo(guide, CV_32F);
    const int reach = std::max(2, static_cast<int>(std::lround(1.5 / scale)));
    const FloatImage fine = guided(as_float_image(enlarged), as_float_image(guide), reach);
    // Edges between what has changed and what has not are new, too.
    cv::Mat renewed;
    cv::resize(changed, renewed, picture.size(), 0, 0, cv::INTER_NEAREST);
    cv::dilate(renewed, renewed, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * reach + 1, 2 * reach + 1}));
    cv::Mat told(picture.size(), CV_8UC1, cv::Scalar(untold));
    for (const auto& scribble : scribbles) draw(told, scribble, 1, scribble.object ? told_object : told_other);
    FloatImage result = mask;
    for (int y = 0; y < rgb.height; ++y) {
        for (int x = 0; x < rgb.width; ++x) {
            if (renewed.at<std::uint8_t>(y, x) > 0) {
                result.at(x, y) = std::clamp(solid + steepness * (fine.at(x, y) - solid), 0.0F, 1.0F);
            }
            const std::uint8_t said = told.at<std::uint8_t>(y, x);
            if (said != untold) result.at(x, y) = said == told_object ? 1.0F : 0.0F;
        }
    }
    return result;
}

}  // namespace maquette::render
