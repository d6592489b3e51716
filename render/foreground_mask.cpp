#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::render {

namespace {

constexpr float half = 0.5F;

bool any_foreground(const FloatImage& mask) {
    return std::any_of(mask.pixels.begin(), mask.pixels.end(), [](float value) { return value >= half; });
}

/// Empty when there is no alpha channel, or one that hides nothing.
FloatImage mask_from_alpha(const Image& image) {
    if (!has_transparency(image)) return {};
    FloatImage mask(image.width, image.height, 1);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            mask.at(x, y) = static_cast<float>(image.at(x, y, image.channels - 1)) / 255.0F;
        }
    }
    return mask;
}

template <typename Value>
Value median(std::vector<Value> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Calls use(x, y) on the pixels within `thickness` of the edge.
template <typename Use>
void for_each_border_pixel(const Image& image, int thickness, Use use) {
    for (int y = 0; y < image.height; ++y) {
        const bool whole_row = y < thickness || y >= image.height - thickness;
        for (int x = 0; x < image.width; ++x) {
            if (!whole_row && x == thickness && image.width > 2 * thickness) {
                x = image.width - thickness;
            }
            use(x, y);
        }
    }
}

/// Euclidean distance to the border's median colour, channels in 0..1; the soft edge starts above the border's own
/// spread, so that noise and a slight gradient stay background.
FloatImage mask_from_border_colour(const Image& image) {
    const int colours = image.channels >= 3 ? 3 : 1;
    const int thickness = std::max(1, std::min(image.width, image.height) / 64);
    std::array<float, 3> background{};
    for (int channel = 0; channel < colours; ++channel) {
        std::vector<std::uint8_t> values;
        for_each_border_pixel(image, thickness, [&](int x, int y) { values.push_back(image.at(x, y, channel)); });
        background[static_cast<std::size_t>(channel)] = median(std::move(values));
    }
    // A grey step counts as much in one channel as in three equal ones.
    const float scale = std::sqrt(3.0F / static_cast<float>(colours)) / 255.0F;
    FloatImage mask(image.width, image.height, 1);
    for (int y = 0; y < image.height; ++y) {
        const std::uint8_t* pixel = &image.at(0, y);
        for (int x = 0; x < image.width; ++x, pixel += image.channels) {
            float squared = 0;
            for (int channel = 0; channel < colours; ++channel) {
                const float difference =
                    static_cast<float>(pixel[channel]) - background[static_cast<std::size_t>(channel)];
                squared += difference * difference;
            }
            mask.at(x, y) = std::sqrt(squared) * scale;
        }
    }
    std::vector<float> border;
    for_each_border_pixel(image, thickness, [&](int x, int y) { border.push_back(mask.at(x, y)); });
    constexpr float least_distance = 0.04F;
    constexpr float spread_factor = 4.0F;
    const float low = std::max(least_distance, spread_factor * median(std::move(border)));
    const float high = 2 * low;
    for (float& value : mask.pixels) {
        value = std::clamp((value - low) / (high - low), 0.0F, 1.0F);
    }
    return mask;
}

/// Drops specks: connected parts far smaller than the largest one. Soft pixels stay beside the parts that stay.
void keep_large_parts(FloatImage& mask) {
    constexpr double least_share_of_largest = 0.05;
    cv::Mat values(mask.height, mask.width, CV_32FC1, mask.pixels.data());
    const cv::Mat solid = values >= half;
    cv::Mat labels;
    cv::Mat statistics;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(solid, labels, statistics, centroids, 8, CV_32S);
    int largest = 0;
    for (int label = 1; label < count; ++label) {
        largest = std::max(largest, statistics.at<int>(label, cv::CC_STAT_AREA));
    }
    cv::Mat kept = cv::Mat::zeros(values.size(), CV_8UC1);
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            const int label = labels.at<int>(y, x);
            if (label > 0 && statistics.at<int>(label, cv::CC_STAT_AREA) >= least_share_of_largest * largest) {
                kept.at<std::uint8_t>(y, x) = 255;
            }
        }
    }
    cv::dilate(kept, kept, cv::Mat::ones(3, 3, CV_8UC1), cv::Point(-1, -1), 2);
    values.setTo(0.0, kept == 0);
}

}  // namespace

FloatImage foreground_mask(const Image& image) {
    if (image.empty() || image.channels > 4) {
        throw InputError(fmt::format("an image of {}x{} with {} channels has no foreground; 1 to 4 channels are needed",
                                     image.width, image.height, image.channels));
    }
    if (FloatImage mask = mask_from_alpha(image); !mask.empty()) {
        if (!any_foreground(mask)) {
            throw InputError("the image is fully transparent; its alpha channel must show the object");
        }
        return mask;
    }
    FloatImage mask = mask_from_border_colour(image);
    if (!any_foreground(mask)) {
        throw InputError(
            "nothing stands out from the colour of the image's border; give a mask or a picture with transparency");
    }
    keep_large_parts(mask);
    return mask;
}

}  // namespace maquette::render
