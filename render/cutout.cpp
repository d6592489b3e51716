#include "render/cutout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "render/central_part.h"
#include "render/error.h"
#include "render/guided_filter.h"
#include "render/image_operations.h"
#include "render/model_cutout.h"
#include "render/photo_warnings.h"
#include "render/saliency.h"

namespace maquette::render {
namespace {

constexpr int search_side = 240;  // pixels that the object is searched on
constexpr int cut_iterations = 5;
constexpr double margin = 0.25;       // of a box, around it: surroundings that tell what is background
constexpr int least_margin = 8;       // pixels
constexpr double least_kept = 0.1;    // of what was the object before its colours were asked
constexpr float maybe_object = 0.3F;  // saliency
constexpr float surely_background = 0.05F;
constexpr float solid = 0.5F;

/// Whether little of the border is far from its usual colour.
bool has_plain_border(const Image& rgb) {
    constexpr double far = 26;    // 0..255, largest difference of a channel
    constexpr double most = 0.1;  // of the border
    std::array<std::vector<std::uint8_t>, 3> values;
    std::vector<std::pair<int, int>> border;
    for (int x = 0; x < rgb.width; ++x) {
        border.emplace_back(x, 0);
        border.emplace_back(x, rgb.height - 1);
    }
    for (int y = 0; y < rgb.height; ++y) {
        border.emplace_back(0, y);
        border.emplace_back(rgb.width - 1, y);
    }
    std::array<int, 3> usual{};
    for (int c = 0; c < 3; ++c) {
        auto& channel = values[static_cast<std::size_t>(c)];
        for (const auto& [x, y] : border) channel.push_back(rgb.at(x, y, c));
        const auto middle = channel.begin() + static_cast<std::ptrdiff_t>(channel.size() / 2);
        std::nth_element(channel.begin(), middle, channel.end());
        usual[static_cast<std::size_t>(c)] = *middle;
    }
    const auto off = std::count_if(border.begin(), border.end(), [&](const auto& place) {
        int most_off = 0;
        for (int c = 0; c < 3; ++c) {
            most_off =
                std::max(most_off, std::abs(rgb.at(place.first, place.second, c) - usual[static_cast<std::size_t>(c)]));
        }
        return most_off > far;
    });
    return static_cast<double>(off) <= most * static_cast<double>(border.size());
}

cv::Mat as_matrix(const Image& image) {
    cv::Mat matrix(image.height, image.width, CV_8UC(image.channels));
    std::copy(image.pixels.begin(), image.pixels.end(), matrix.data);
    return matrix;
}

/// Saliency to GrabCut's labels.
cv::Mat labels_by_saliency(const FloatImage& saliency) {
    cv::Mat labels(saliency.height, saliency.width, CV_8UC1);
    for (int y = 0; y < saliency.height; ++y) {
        for (int x = 0; x < saliency.width; ++x) {
            const float value = saliency.at(x, y);
            labels.at<std::uint8_t>(y, x) = value >= maybe_object        ? cv::GC_PR_FGD
                                            : value >= surely_background ? cv::GC_PR_BGD
                                                                         : cv::GC_BGD;
        }
    }
    return labels;
}

/// What lies in the box may be the object, but for its corners; what surrounds the box is background, and what is far
/// away tells nothing of it.
cv::Mat labels_by_box(const cv::Size& size, const cv::Rect& box) {
    cv::Mat labels(size, CV_8UC1, cv::Scalar(cv::GC_BGD));
    labels(box).setTo(cv::GC_PR_BGD);
    const cv::Point middle(box.x + box.width / 2, box.y + box.height / 2);
    cv::ellipse(labels, middle, cv::Size(std::max(box.width / 2, 1), std::max(box.height / 2, 1)), 0, 0, 360,
                cv::Scalar(cv::GC_PR_FGD), cv::FILLED);
    return labels;
}

Image as_image(const cv::Mat& matrix) {
    Image image(matrix.cols, matrix.rows, matrix.channels());
    std::copy(matrix.datastart, matrix.dataend, image.pixels.begin());
    return image;
}

FloatImage as_float_image(const cv::Mat& matrix) {
    FloatImage image(matrix.cols, matrix.rows, 1);
    std::copy(matrix.begin<float>(), matrix.end<float>(), image.pixels.begin());
    return image;
}

void check_box(const Image& image, const PixelBox& box) {
    if (box.width >= 2 && box.height >= 2 && box.x >= 0 && box.y >= 0 && box.x + box.width <= image.width &&
        box.y + box.height <= image.height) {
        return;
    }
    throw InputError(
        fmt::format("box {},{},{},{} (x, y, width, height) is not within the picture of {}x{} pixels, or "
                    "smaller than 2 pixels",
                    box.x, box.y, box.width, box.height, image.width, image.height));
}

/// The part of the picture that is looked at: all of it, or the box with some of what surrounds it.
cv::Rect searched_part(const Image& rgb, const std::optional<PixelBox>& box) {
    const cv::Rect whole(0, 0, rgb.width, rgb.height);
    if (!box) return whole;
    const int margin_x = std::max(static_cast<int>(std::lround(margin * box->width)), least_margin);
    const int margin_y = std::max(static_cast<int>(std::lround(margin * box->height)), least_margin);
    return cv::Rect(box->x - margin_x, box->y - margin_y, box->width + 2 * margin_x, box->height + 2 * margin_y) &
           whole;
}

/// Found by its difference from the surroundings.
Cutout found(const Image& rgb, const std::optional<PixelBox>& box) {
    const cv::Mat picture = as_matrix(rgb);
    const cv::Rect part = searched_part(rgb, box);
    const double scale = std::min(1.0, static_cast<double>(search_side) / std::max(part.width, part.height));
    const cv::Size size(std::max(static_cast<int>(std::lround(part.width * scale)), 4),
                        std::max(static_cast<int>(std::lround(part.height * scale)), 4));
    cv::Mat small;
    cv::resize(picture(part), small, size, 0, 0, cv::INTER_AREA);
    cv::Mat labels;
    if (box) {
        const auto scaled = [&](int value, int origin) {
            return static_cast<int>(std::lround((value - origin) * scale));
        };
        const cv::Rect inner =
            cv::Rect(cv::Point(scaled(box->x, part.x), scaled(box->y, part.y)),
                     cv::Point(scaled(box->x + box->width, part.x), scaled(box->y + box->height, part.y))) &
            cv::Rect(cv::Point(0, 0), size);
        labels = labels_by_box(size, inner);
    } else {
        labels = labels_by_saliency(salient(as_image(small)));
    }
    const auto object_of = [&] { return cv::Mat((labels == cv::GC_FGD) | (labels == cv::GC_PR_FGD)); };
    const cv::Mat before = object_of();
    const int first = cv::countNonZero(before);
    if (first == 0) {
        throw InputError(
            "nothing stands out from its surroundings; give --mask, --box, or a picture with transparency");
    }
    cv::Mat object = before;
    if (first < size.area()) {
        cv::Mat background_colours;
        cv::Mat object_colours;
        cv::theRNG().state = 1;
        cv::grabCut(small, labels, cv::Rect(), background_colours, object_colours, cut_iterations,
                    cv::GC_INIT_WITH_MASK);
        object = object_of();
        // Colours that the surroundings share: the object is not told by them.
        if (cv::countNonZero(object) < least_kept * first) object = before;
    }
    const CentralPart chosen = central_part(as_image(object));
    cv::Mat coarse;
    as_matrix(chosen.object).convertTo(coarse, CV_32F, 1 / 255.0);
    cv::Mat mask;
    cv::resize(coarse, mask, part.size(), 0, 0, cv::INTER_LINEAR);
    cv::Mat guide;
    cv::cvtColor(picture(part), guide, cv::COLOR_RGB2GRAY);
    guide.convertTo(guide, CV_32F);
    const FloatImage fine =
        guided(as_float_image(mask), as_float_image(guide), std::max(2, static_cast<int>(std::lround(1.5 / scale))));
    Cutout cutout{FloatImage(rgb.width, rgb.height, 1), box ? "box" : "found", {}};
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            constexpr float steepness = 2;
            cutout.mask.at(part.x + x, part.y + y) =
                std::clamp(solid + steepness * (fine.at(x, y) - solid), 0.0F, 1.0F);
        }
    }
    if (chosen.others && !box) {
        cutout.warnings.emplace_back(several_objects);
    }
    return cutout;
}

}  // namespace

Cutout cut_out(const Image& image, const std::optional<PixelBox>& box, const ForegroundModel& model) {
    if (image.empty() || image.channels > 4) {
        throw InputError(fmt::format("an image of {}x{} with {} channels has no foreground; 1 to 4 channels are needed",
                                     image.width, image.height, image.channels));
    }
    if (box) check_box(image, *box);
    const Image rgb = composite_over(image, 255, 255, 255);
    Cutout cutout;
    if (has_transparency(image)) {
        cutout = {foreground_mask(image), "alpha", {}};
    } else if (!box && has_plain_border(rgb)) {
        cutout = {foreground_mask(image), "plain background", {}};
    } else {
        auto by_model = model ? found_by(model, rgb, box) : std::nullopt;
        cutout = by_model ? std::move(*by_model) : found(rgb, box);
    }
    const auto warnings = photo_warnings(rgb, cutout.mask);
    cutout.warnings.insert(cutout.warnings.end(), warnings.begin(), warnings.end());
    return cutout;
}

}  // namespace maquette::render
