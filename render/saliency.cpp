#include "render/saliency.h"

#include <Eigen/Core>
#include <Eigen/LU>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace maquette::render {
namespace {

constexpr int scans = 4;
constexpr double border_share = 0.08;  // of the sides, for the border's colours
// Standard deviations of the preference for the middle, of the sides: photos are taken of what is in it.
constexpr double middle_width = 0.2;
constexpr double middle_height = 0.25;

/// Lab colours, [height, width, 3] 0..255.
FloatImage lab_of(const Image& rgb) {
    cv::Mat colours(rgb.height, rgb.width, CV_8UC3);
    std::copy(rgb.pixels.begin(), rgb.pixels.end(), colours.data);
    cv::GaussianBlur(colours, colours, cv::Size(3, 3), 0);
    cv::Mat lab;
    cv::cvtColor(colours, lab, cv::COLOR_RGB2Lab);
    FloatImage result(rgb.width, rgb.height, 3);
    for (int y = 0; y < rgb.height; ++y) {
        for (int x = 0; x < rgb.width; ++x) {
            for (int c = 0; c < 3; ++c) result.at(x, y, c) = lab.at<cv::Vec3b>(y, x)[c];
        }
    }
    return result;
}

/// Least difference between the highest and the lowest value of one channel on a path from the border.
FloatImage barrier_distance(const FloatImage& lab, int channel) {
    FloatImage distance(lab.width, lab.height, 1, std::numeric_limits<float>::max());
    FloatImage high(lab.width, lab.height, 1);
    FloatImage low(lab.width, lab.height, 1);
    for (int y = 0; y < lab.height; ++y) {
        for (int x = 0; x < lab.width; ++x) {
            high.at(x, y) = low.at(x, y) = lab.at(x, y, channel);
            if (x == 0 || y == 0 || x == lab.width - 1 || y == lab.height - 1) distance.at(x, y) = 0;
        }
    }
    const auto relax = [&](int x, int y, int from_x, int from_y) {
        if (from_x < 0 || from_y < 0 || from_x >= lab.width || from_y >= lab.height) return;
        const float value = lab.at(x, y, channel);
        const float most = std::max(high.at(from_x, from_y), value);
        const float least = std::min(low.at(from_x, from_y), value);
        if (distance.at(from_x, from_y) == std::numeric_limits<float>::max()) return;
        if (most - least >= distance.at(x, y)) return;
        distance.at(x, y) = most - least;
        high.at(x, y) = most;
        low.at(x, y) = least;
    };
    for (int scan = 0; scan < scans; ++scan) {
        const bool forward = scan % 2 == 0;
        const int step = forward ? -1 : 1;
        for (int i = 0; i < lab.height; ++i) {
            const int y = forward ? i : lab.height - 1 - i;
            for (int j = 0; j < lab.width; ++j) {
                const int x = forward ? j : lab.width - 1 - j;
                relax(x, y, x + step, y);
                relax(x, y, x, y + step);
            }
        }
    }
    return distance;
}

/// Mahalanobis distance to the colours of each side of the border; the farthest side is left out, for it may show the
/// object.
FloatImage border_contrast(const FloatImage& lab) {
    const int band_x = std::max(1, static_cast<int>(std::lround(border_share * lab.width)));
    const int band_y = std::max(1, static_cast<int>(std::lround(border_share * lab.height)));
    const std::array<cv::Rect, 4> sides = {{{0, 0, lab.width, band_y},
                                            {0, lab.height - band_y, lab.width, band_y},
                                            {0, 0, band_x, lab.height},
                                            {lab.width - band_x, 0, band_x, lab.height}}};
    const auto colour_at = [&](int x, int y) {
        return Eigen::Vector3d(lab.at(x, y, 0), lab.at(x, y, 1), lab.at(x, y, 2));
    };
    FloatImage sum(lab.width, lab.height, 1);
    FloatImage most(lab.width, lab.height, 1);
    for (const cv::Rect& side : sides) {
        Eigen::Vector3d mean = Eigen::Vector3d::Zero();
        Eigen::Matrix3d square = Eigen::Matrix3d::Zero();
        for (int y = side.y; y < side.y + side.height; ++y) {
            for (int x = side.x; x < side.x + side.width; ++x) {
                const Eigen::Vector3d colour = colour_at(x, y);
                mean += colour;
                square += colour * colour.transpose();
            }
        }
        const double count = static_cast<double>(side.width) * side.height;
        mean /= count;
        constexpr double noise = 30;  // variance that no colour falls below
        const Eigen::Matrix3d inverse =
            (square / count - mean * mean.transpose() + noise * Eigen::Matrix3d::Identity()).inverse();
        FloatImage distance(lab.width, lab.height, 1);
        float largest = 0;
        for (int y = 0; y < lab.height; ++y) {
            for (int x = 0; x < lab.width; ++x) {
                const Eigen::Vector3d off = colour_at(x, y) - mean;
                distance.at(x, y) = static_cast<float>(std::sqrt(off.dot(inverse * off)));
                largest = std::max(largest, distance.at(x, y));
            }
        }
        for (std::size_t i = 0; i < distance.pixels.size(); ++i) {
            const float share = largest > 0 ? distance.pixels[i] / largest : 0;
            sum.pixels[i] += share;
            most.pixels[i] = std::max(most.pixels[i], share);
        }
    }
    for (std::size_t i = 0; i < sum.pixels.size(); ++i) sum.pixels[i] -= most.pixels[i];
    return sum;
}

void scale_to_one(FloatImage& image) {
    const float largest = *std::max_element(image.pixels.begin(), image.pixels.end());
    if (!(largest > 0)) return;
    for (float& value : image.pixels) value /= largest;
}

}  // namespace

FloatImage salient(const Image& rgb) {
    const FloatImage lab = lab_of(rgb);
    FloatImage inner(rgb.width, rgb.height, 1);
    for (int c = 0; c < 3; ++c) {
        const FloatImage distance = barrier_distance(lab, c);
        for (std::size_t i = 0; i < inner.pixels.size(); ++i) inner.pixels[i] += distance.pixels[i];
    }
    scale_to_one(inner);
    FloatImage contrast = border_contrast(lab);
    scale_to_one(contrast);
    for (int y = 0; y < rgb.height; ++y) {
        for (int x = 0; x < rgb.width; ++x) {
            const double dx = ((x + 0.5) / rgb.width - 0.5) / middle_width;
            const double dy = ((y + 0.5) / rgb.height - 0.5) / middle_height;
            inner.at(x, y) =
                (inner.at(x, y) + contrast.at(x, y)) * static_cast<float>(std::exp(-(dx * dx + dy * dy) / 2));
        }
    }
    // The brightest hundredth counts as the object for sure.
    std::vector<float> values = inner.pixels;
    const auto top = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
    std::nth_element(values.begin(), top, values.end());
    const float full = *top;
    for (float& value : inner.pixels) value = full > 0 ? std::min(value / full, 1.0F) : 0;
    return inner;
}

}  // namespace maquette::render
