#include "render/photo_measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "render/error.h"

namespace maquette::render {
namespace {

constexpr int reach = 4;  // pixels either side that the further blur takes in: 9 in all, as published
constexpr float inside = 0.5F;

FloatImage grey_of(const Image& rgb) {
    FloatImage grey(rgb.width, rgb.height, 1);
    for (int y = 0; y < rgb.height; ++y) {
        for (int x = 0; x < rgb.width; ++x) {
            grey.at(x, y) = (0.299F * rgb.at(x, y, 0) + 0.587F * rgb.at(x, y, 1) + 0.114F * rgb.at(x, y, 2)) / 255.0F;
        }
    }
    return grey;
}

bool solid_at(const FloatImage& mask, int x, int y, int margin_x, int margin_y) {
    if (x < margin_x || y < margin_y || x >= mask.width - margin_x || y >= mask.height - margin_y) return false;
    for (int v = y - margin_y; v <= y + margin_y; ++v) {
        for (int u = x - margin_x; u <= x + margin_x; ++u) {
            if (mask.at(u, v) <= inside) return false;
        }
    }
    return true;
}

/// Along one direction; negative: nothing to measure.
double blur_along(const FloatImage& grey, const FloatImage& mask, bool across) {
    const int dx = across ? 1 : 0;
    const int dy = across ? 0 : 1;
    const auto blurred = [&](int x, int y) {
        float sum = 0;
        for (int k = -reach; k <= reach; ++k) sum += grey.at(x + k * dx, y + k * dy);
        return sum / (2 * reach + 1);
    };
    double before = 0;
    double lost = 0;
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            // One more than the blur reaches: the neighbour is blurred, too.
            if (!solid_at(mask, x, y, (reach + 1) * dx, (reach + 1) * dy)) continue;
            const double sharp = std::abs(grey.at(x, y) - grey.at(x - dx, y - dy));
            const double soft = std::abs(blurred(x, y) - blurred(x - dx, y - dy));
            before += sharp;
            lost += std::max(0.0, sharp - soft);
        }
    }
    return before > 0 ? (before - lost) / before : -1;
}

double noise_of(const FloatImage& grey, const FloatImage& mask) {
    double sum = 0;
    long long count = 0;
    for (int y = 0; y < grey.height; ++y) {
        for (int x = 0; x < grey.width; ++x) {
            if (!solid_at(mask, x, y, 1, 1)) continue;
            const auto corner = [&](int u, int v) { return static_cast<double>(grey.at(x + u, y + v)); };
            sum += std::abs(corner(-1, -1) + corner(1, -1) + corner(-1, 1) + corner(1, 1) -
                            2 * (corner(0, -1) + corner(-1, 0) + corner(1, 0) + corner(0, 1)) + 4 * corner(0, 0));
            ++count;
        }
    }
    // The filter's weights have a root mean square of 6, and |normal| a mean of sqrt(2 / pi).
    return count == 0 ? 0 : std::sqrt(std::numbers::pi / 2) * sum / (6 * static_cast<double>(count));
}

}  // namespace

PhotoMeasures measure_photo(const Image& rgb, const FloatImage& mask) {
    if (rgb.channels != 3 || rgb.width != mask.width || rgb.height != mask.height) {
        throw UsageError(fmt::format("a photo of {}x{} with {} channels and a mask of {}x{}", rgb.width, rgb.height,
                                     rgb.channels, mask.width, mask.height));
    }
    const FloatImage grey = grey_of(rgb);
    PhotoMeasures measures;
    double weight = 0;
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
        if (mask.pixels[i] <= inside) continue;
        measures.exposure += grey.pixels[i];
        weight += 1;
    }
    if (weight > 0) measures.exposure /= weight;
    measures.blur = std::max({0.0, blur_along(grey, mask, true), blur_along(grey, mask, false)});
    measures.noise = noise_of(grey, mask);
    return measures;
}

}  // namespace maquette::render
