#include "render/model_cutout.h"

#include <algorithm>
#include <cmath>

#include "render/central_part.h"
#include "render/colour_decision.h"
#include "render/guided_filter.h"
#include "render/image_operations.h"

namespace maquette::render {
namespace {

constexpr float solid = 0.5F;
constexpr double box_fill = 0.8;      // of the square about a box, by the box's longer side
constexpr double second_fill = 0.75;  // of the square of the second look, by what the first one found
constexpr double worth_it = 0.85;     // of the first square: a second one that is not smaller shows nothing new
constexpr double widening = 0.08;     // of what was found, to each side: it may be more
constexpr int soft = 2;               // pixels about a part that belong to it
constexpr int decided_side = 240;     // pixels that colours decide on

struct Bounds {
    double left = 0;
    double top = 0;
    double width = 0;
    double height = 0;
};

/// Of a box that is within a square of `size` pixels showing `crop`, in the photo's pixels.
Bounds in_photo(const PixelBox& box, const SquareCrop& crop, int size) {
    const double scale = crop.side / size;
    return {crop.left + scale * box.x, crop.top + scale * box.y, scale * box.width, scale * box.height};
}

PixelBox in_picture(const Bounds& box, const SquareCrop& crop, int size) {
    const double scale = size / crop.side;
    const int left = static_cast<int>(std::lround((box.left - crop.left) * scale));
    const int top = static_cast<int>(std::lround((box.top - crop.top) * scale));
    const int right = static_cast<int>(std::lround((box.left + box.width - crop.left) * scale));
    const int bottom = static_cast<int>(std::lround((box.top + box.height - crop.top) * scale));
    return {left, top, right - left, bottom - top};
}

SquareCrop square_about(const Bounds& box, double fill) {
    const double side = std::max(box.width, box.height) / fill;
    return {box.left + (box.width - side) / 2, box.top + (box.height - side) / 2, side};
}

/// What the model says of a square of the photo.
struct Look {
    SquareCrop crop;
    FloatImage probability;  ///< [S, S, 1], none beside the chosen part
    PixelBox bounds;         ///< of what is solid, in the model's picture; empty: nothing is
    bool others = false;
};

PixelBox bounds_of(const Image& object) {
    int left = object.width;
    int top = object.height;
    int right = 0;
    int bottom = 0;
    for (int y = 0; y < object.height; ++y) {
        for (int x = 0; x < object.width; ++x) {
            if (object.at(x, y) == 0) continue;
            left = std::min(left, x);
            top = std::min(top, y);
            right = std::max(right, x + 1);
            bottom = std::max(bottom, y + 1);
        }
    }
    return right > left ? PixelBox{left, top, right - left, bottom - top} : PixelBox{};
}

/// Zero but near the part.
void keep_near(FloatImage& probability, const Image& part) {
    FloatImage outside(part.width, part.height, 1);
    std::transform(part.pixels.begin(), part.pixels.end(), outside.pixels.begin(),
                   [](std::uint8_t value) { return value > 0 ? 0.0F : 1.0F; });
    const FloatImage far = eroded(outside, soft);
    for (std::size_t i = 0; i < far.pixels.size(); ++i) {
        if (far.pixels[i] > solid) probability.pixels[i] = 0;
    }
}

Image solid_parts(const FloatImage& probability) {
    Image object(probability.width, probability.height, 1);
    std::transform(probability.pixels.begin(), probability.pixels.end(), object.pixels.begin(),
                   [](float value) { return value >= solid ? std::uint8_t{255} : std::uint8_t{0}; });
    return object;
}

Look look(const ForegroundModel& model, const Image& rgb, const SquareCrop& crop, const std::optional<PixelBox>& box) {
    Look result{crop, model.probability(apply_crop(rgb, crop, model.picture_size, foreground_padding), box), {}};
    const CentralPart part = central_part(solid_parts(result.probability));
    result.bounds = bounds_of(part.object);
    result.others = part.others;
    keep_near(result.probability, part.object);
    return result;
}

/// Bilinear; 0 outside.
float value_at(const FloatImage& image, double x, double y) {
    const auto size = static_cast<double>(image.width);
    if (x <= 0 || y <= 0 || x >= size || y >= size) return 0;
    const double column = std::clamp(x - 0.5, 0.0, size - 1);
    const double row = std::clamp(y - 0.5, 0.0, size - 1);
    const int left = static_cast<int>(column);
    const int top = static_cast<int>(row);
    const int right = std::min(left + 1, image.width - 1);
    const int bottom = std::min(top + 1, image.height - 1);
    const auto across = static_cast<float>(column - left);
    return std::lerp(std::lerp(image.at(left, top), image.at(right, top), across),
                     std::lerp(image.at(left, bottom), image.at(right, bottom), across), static_cast<float>(row - top));
}

/// The look at up to `decided_side` pixels a side, with what the model leaves open decided by colours.
void sharpen(Look& seen, const Image& rgb) {
    const int seen_side = seen.probability.width;
    const int side = std::clamp(static_cast<int>(std::lround(seen.crop.side)), seen_side, decided_side);
    FloatImage probability(side, side, 1);
    const double scale = static_cast<double>(seen_side) / side;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            probability.at(x, y) = value_at(seen.probability, (x + 0.5) * scale, (y + 0.5) * scale);
        }
    }
    const FloatImage decided = decide_by_colours(apply_crop(rgb, seen.crop, side, foreground_padding), probability);
    const CentralPart part = central_part(solid_parts(decided));
    std::transform(part.object.pixels.begin(), part.object.pixels.end(), probability.pixels.begin(),
                   [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
    seen.probability = std::move(probability);
}

/// Part of the photo that the square shows.
PixelBox shown_part(const Image& rgb, const SquareCrop& crop) {
    const int left = std::max(static_cast<int>(std::floor(crop.left)), 0);
    const int top = std::max(static_cast<int>(std::floor(crop.top)), 0);
    const int right = std::min(static_cast<int>(std::ceil(crop.left + crop.side)), rgb.width);
    const int bottom = std::min(static_cast<int>(std::ceil(crop.top + crop.side)), rgb.height);
    return {left, top, right - left, bottom - top};
}

/// The look's probability on the photo's pixels.
FloatImage on_photo(const Look& seen, const Image& rgb) {
    const PixelBox part = shown_part(rgb, seen.crop);
    const double scale = seen.probability.width / seen.crop.side;
    FloatImage mask(part.width, part.height, 1);
    FloatImage guide(part.width, part.height, 1);
    for (int y = 0; y < part.height; ++y) {
        for (int x = 0; x < part.width; ++x) {
            mask.at(x, y) = value_at(seen.probability, (part.x + x + 0.5 - seen.crop.left) * scale,
                                     (part.y + y + 0.5 - seen.crop.top) * scale);
            const std::uint8_t* pixel = &rgb.at(part.x + x, part.y + y);
            guide.at(x, y) = 0.299F * static_cast<float>(pixel[0]) + 0.587F * static_cast<float>(pixel[1]) +
                             0.114F * static_cast<float>(pixel[2]);
        }
    }
    if (scale < 1) {
        constexpr float steepness = 2;
        mask = guided(mask, guide, std::max(1, static_cast<int>(std::lround(1.5 / scale))));
        for (float& value : mask.pixels) value = std::clamp(solid + steepness * (value - solid), 0.0F, 1.0F);
    }
    FloatImage whole(rgb.width, rgb.height, 1);
    for (int y = 0; y < part.height; ++y) {
        std::copy_n(&mask.at(0, y), part.width, &whole.at(part.x, part.y + y));
    }
    return whole;
}

}  // namespace

std::optional<Cutout> found_by(const ForegroundModel& model, const Image& rgb, const std::optional<PixelBox>& box) {
    Look seen;
    if (box) {
        const Bounds given{static_cast<double>(box->x), static_cast<double>(box->y), static_cast<double>(box->width),
                           static_cast<double>(box->height)};
        const SquareCrop crop = square_about(given, box_fill);
        seen = look(model, rgb, crop, in_picture(given, crop, model.picture_size));
    } else {
        const Bounds whole{0, 0, static_cast<double>(rgb.width), static_cast<double>(rgb.height)};
        seen = look(model, rgb, square_about(whole, 1), {});
        Bounds first = in_photo(seen.bounds, seen.crop, model.picture_size);
        const SquareCrop crop = square_about(first, second_fill);
        if (seen.bounds.width > 0 && crop.side < worth_it * seen.crop.side) {
            first = {first.left - widening * first.width, first.top - widening * first.height,
                     (1 + 2 * widening) * first.width, (1 + 2 * widening) * first.height};
            Look closer = look(model, rgb, crop, in_picture(first, crop, model.picture_size));
            closer.others = seen.others;
            if (closer.bounds.width > 0) seen = std::move(closer);
        }
    }
    if (seen.bounds.width == 0) return std::nullopt;
    // A picture as fine as what colours decide on shows more than they do.
    if (model.picture_size < decided_side) sharpen(seen, rgb);
    Cutout cutout{on_photo(seen, rgb), box ? "box" : "found", {}};
    if (box) {
        for (int y = 0; y < rgb.height; ++y) {
            for (int x = 0; x < rgb.width; ++x) {
                const bool inside = x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height;
                if (!inside) cutout.mask.at(x, y) = 0;
            }
        }
    } else if (seen.others) {
        cutout.warnings.emplace_back(several_objects);
    }
    return cutout;
}

}  // namespace maquette::render
