#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "recon/encoders/picture_domain.h"
#include "render/image.h"

namespace maquette::recon::encoders {

/// Random numbers that are the same on every standard library, whose distributions differ.
class Draws {
public:
    explicit Draws(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() { return mixed_seed(state_, ++count_); }
    /// low..high, high excluded.
    double uniform(double low, double high) {
        return low + (high - low) * static_cast<double>(next() >> 11U) * 0x1.0p-53;
    }
    bool chance(double probability) { return uniform(0, 1) < probability; }
    /// 0..bound-1; bound above 0.
    int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
    /// Mean 0, standard deviation 1 (Box and Muller).
    double normal() {
        const double radius = std::sqrt(-2 * std::log(1 - uniform(0, 1)));
        return radius * std::cos(2 * std::numbers::pi * uniform(0, 1));
    }

private:
    std::uint64_t state_;
    std::uint64_t count_ = 0;
};

/// From pixels of the new picture to those of the source: turned, scaled and mirrored about their centres.
struct Placement {
    double centre_x = 0;  ///< in the source, pixels
    double centre_y = 0;
    double side = 1;  ///< of the square in the source, pixels
    double roll = 0;  ///< radians
    bool mirrored = false;

    /// u, v: of the new picture, -0.5..0.5.
    void source_of(double u, double v, double& x, double& y) const {
        const double across = mirrored ? -u : u;
        x = centre_x + side * (std::cos(roll) * across - std::sin(roll) * v);
        y = centre_y + side * (std::sin(roll) * across + std::cos(roll) * v);
    }
};

/// Bilinear at a place (the first pixel's centre is at 0.5, 0.5), the border's value within half a pixel outside of it
/// and `outside` beyond.
template <typename Value>
double sample_pixel(const render::PixelGrid<Value>& image, double x, double y, int channel, double outside) {
    if (x < 0 || y < 0 || x > image.width || y > image.height) return outside;
    const double left = std::clamp(x - 0.5, 0.0, image.width - 1.0);
    const double top = std::clamp(y - 0.5, 0.0, image.height - 1.0);
    const int x0 = static_cast<int>(left);
    const int y0 = static_cast<int>(top);
    const int x1 = std::min(x0 + 1, image.width - 1);
    const int y1 = std::min(y0 + 1, image.height - 1);
    const double fx = left - x0;
    const double fy = top - y0;
    const double above =
        std::lerp(static_cast<double>(image.at(x0, y0, channel)), static_cast<double>(image.at(x1, y0, channel)), fx);
    const double below =
        std::lerp(static_cast<double>(image.at(x0, y1, channel)), static_cast<double>(image.at(x1, y1, channel)), fx);
    return std::lerp(above, below, fy);
}

/// Mean over four places within each pixel of the new picture.
template <typename Value>
render::FloatImage placed(const render::PixelGrid<Value>& image, const Placement& placement, double outside) {
    render::FloatImage result(picture_size, picture_size, image.channels);
    constexpr double offsets[] = {0.25, 0.75};
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            for (const double dy : offsets) {
                for (const double dx : offsets) {
                    double source_x = 0;
                    double source_y = 0;
                    placement.source_of((x + dx) / picture_size - 0.5, (y + dy) / picture_size - 0.5, source_x,
                                        source_y);
                    for (int c = 0; c < image.channels; ++c) {
                        result.at(x, y, c) +=
                            static_cast<float>(0.25 * sample_pixel(image, source_x, source_y, c, outside));
                    }
                }
            }
        }
    }
    return result;
}

}  // namespace maquette::recon::encoders
