#include "priors/thumbnail.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::priors {
namespace {

constexpr double crop_fill = 0.95;

/// Luma of ITU-R BT.601 on the sRGB values, as photographs are compared by eye.
float luma(const render::Image& image, int x, int y) {
    if (image.channels < 3) {
        return image.at(x, y);
    }
    return 0.299F * static_cast<float>(image.at(x, y, 0)) + 0.587F * static_cast<float>(image.at(x, y, 1)) +
           0.114F * static_cast<float>(image.at(x, y, 2));
}

std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, 255.0F)));
}

/// Pearson correlation over the pixels, each counted as far as both masks cover it; 0 where one side is plain.
double grey_correlation(const Thumbnail& a, const Thumbnail& b) {
    double total = 0;
    double sum_a = 0;
    double sum_b = 0;
    double sum_aa = 0;
    double sum_bb = 0;
    double sum_ab = 0;
    for (std::size_t i = 0; i < thumbnail_pixels; ++i) {
        const double weight = std::min(a.mask[i], b.mask[i]);
        const double grey_a = a.grey[i];
        const double grey_b = b.grey[i];
        total += weight;
        sum_a += weight * grey_a;
        sum_b += weight * grey_b;
        sum_aa += weight * grey_a * grey_a;
        sum_bb += weight * grey_b * grey_b;
        sum_ab += weight * grey_a * grey_b;
    }
    if (total <= 0) {
        return 0;
    }
    const double variance_a = sum_aa / total - (sum_a / total) * (sum_a / total);
    const double variance_b = sum_bb / total - (sum_b / total) * (sum_b / total);
    constexpr double plain = 1.0;  // below one grey level of deviation there is only rounding
    if (variance_a < plain || variance_b < plain) {
        return 0;
    }
    const double covariance = sum_ab / total - (sum_a / total) * (sum_b / total);
    return std::clamp(covariance / std::sqrt(variance_a * variance_b), -1.0, 1.0);
}

double mask_iou(const Thumbnail& a, const Thumbnail& b) {
    double shared = 0;
    double joined = 0;
    for (std::size_t i = 0; i < thumbnail_pixels; ++i) {
        shared += std::min(a.mask[i], b.mask[i]);
        joined += std::max(a.mask[i], b.mask[i]);
    }
    return joined > 0 ? shared / joined : 0;
}

}  // namespace

Thumbnail make_thumbnail(const render::Image& colours, const render::FloatImage& mask) {
    if (colours.width != mask.width || colours.height != mask.height || mask.channels != 1) {
        throw InputError(fmt::format("the mask is {}x{} with {} channels but the picture is {}x{}; resize the mask",
                                     mask.width, mask.height, mask.channels, colours.width, colours.height));
    }
    if (std::none_of(mask.pixels.begin(), mask.pixels.end(), [](float value) { return value >= 0.5F; })) {
        throw InputError("the mask is empty; no pixel belongs to the object");
    }
    // Weighted by the mask before shrinking: the background must not bleed into the object's rim.
    render::FloatImage weighted(mask.width, mask.height, 2);
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            const float coverage = std::clamp(mask.at(x, y), 0.0F, 1.0F);
            weighted.at(x, y, 0) = coverage;
            weighted.at(x, y, 1) = coverage * luma(colours, x, y);
        }
    }
    const render::SquareCrop crop = render::square_crop_around(mask, crop_fill);
    const int full = std::max(thumbnail_side, static_cast<int>(std::lround(std::min(crop.side, 512.0))));
    const render::FloatImage square = render::apply_crop(weighted, crop, full, 0.0F);
    const render::FloatImage small = render::resize(square, thumbnail_side, thumbnail_side);
    Thumbnail thumbnail;
    for (std::size_t i = 0; i < thumbnail_pixels; ++i) {
        const float coverage = small.pixels[2 * i];
        thumbnail.mask[i] = to_byte(255 * coverage);
        thumbnail.grey[i] = thumbnail.mask[i] == 0 ? std::uint8_t{0} : to_byte(small.pixels[2 * i + 1] / coverage);
    }
    return thumbnail;
}

float thumbnail_distance(const Thumbnail& a, const Thumbnail& b) {
    const double mask_part = 1 - mask_iou(a, b);
    const double grey_part = (1 - grey_correlation(a, b)) / 2;
    return static_cast<float>(0.5 * mask_part + 0.5 * grey_part);
}

}  // namespace maquette::priors
