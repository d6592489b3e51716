#include "render/colour_decision.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace maquette::render {
namespace {

constexpr float surely = 0.95F;
constexpr float surely_not = 0.05F;
constexpr float solid = 0.5F;
constexpr int iterations = 3;
constexpr std::ptrdiff_t fewest = 32;  // pixels that colours can be told from
constexpr double least_kept = 0.5;     // of what was solid: fewer, and the colours tell nothing

}  // namespace

FloatImage decide_by_colours(const Image& rgb, const FloatImage& probability) {
    FloatImage decided(rgb.width, rgb.height, 1);
    std::transform(probability.pixels.begin(), probability.pixels.end(), decided.pixels.begin(),
                   [](float value) { return value >= solid ? 1.0F : 0.0F; });
    const auto before = std::count(decided.pixels.begin(), decided.pixels.end(), 1.0F);
    if (before < fewest || static_cast<std::ptrdiff_t>(decided.pixels.size()) - before < fewest) return decided;
    cv::Mat labels(rgb.height, rgb.width, CV_8UC1);
    std::transform(probability.pixels.begin(), probability.pixels.end(), labels.begin<std::uint8_t>(), [](float value) {
        if (value >= surely) return static_cast<std::uint8_t>(cv::GC_FGD);
        if (value <= surely_not) return static_cast<std::uint8_t>(cv::GC_BGD);
        return static_cast<std::uint8_t>(value >= solid ? cv::GC_PR_FGD : cv::GC_PR_BGD);
    });
    // Only read.
    const cv::Mat picture(rgb.height, rgb.width, CV_8UC3, const_cast<std::uint8_t*>(rgb.pixels.data()));
    cv::Mat background_colours;
    cv::Mat object_colours;
    cv::theRNG().state = 1;
    cv::grabCut(picture, labels, cv::Rect(), background_colours, object_colours, iterations, cv::GC_INIT_WITH_MASK);
    FloatImage by_colours(rgb.width, rgb.height, 1);
    std::transform(labels.begin<std::uint8_t>(), labels.end<std::uint8_t>(), by_colours.pixels.begin(),
                   [](std::uint8_t label) { return label == cv::GC_FGD || label == cv::GC_PR_FGD ? 1.0F : 0.0F; });
    const auto after = std::count(by_colours.pixels.begin(), by_colours.pixels.end(), 1.0F);
    return static_cast<double>(after) < least_kept * static_cast<double>(before) ? decided : by_colours;
}

}  // namespace maquette::render
