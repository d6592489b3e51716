#include "render/guided_filter.h"

#include <opencv2/imgproc.hpp>

namespace maquette::render {
namespace {

/// The image's own pixels, only to be read.
cv::Mat as_matrix(const FloatImage& image) {
    return {image.height, image.width, CV_32FC1, const_cast<float*>(image.pixels.data())};
}

}  // namespace

FloatImage guided(const FloatImage& mask, const FloatImage& guide, int radius) {
    constexpr double flat = 1e-4 * 255 * 255;  // variance below which the guide shows no edge
    const cv::Size window(2 * radius + 1, 2 * radius + 1);
    const auto mean = [&](const cv::Mat& values) {
        cv::Mat result;
        cv::boxFilter(values, result, CV_32F, window);
        return result;
    };
    const cv::Mat wanted = as_matrix(mask);
    const cv::Mat shown = as_matrix(guide);
    const cv::Mat guide_mean = mean(shown);
    const cv::Mat mask_mean = mean(wanted);
    const cv::Mat variance = mean(shown.mul(shown)) - guide_mean.mul(guide_mean);
    const cv::Mat covariance = mean(shown.mul(wanted)) - guide_mean.mul(mask_mean);
    cv::Mat slope;
    cv::divide(covariance, variance + flat, slope);
    const cv::Mat offset = mask_mean - slope.mul(guide_mean);
    FloatImage result(mask.width, mask.height, 1);
    cv::Mat(mean(slope).mul(shown) + mean(offset)).copyTo(as_matrix(result));
    return result;
}

}  // namespace maquette::render
