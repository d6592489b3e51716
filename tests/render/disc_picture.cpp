#include "tests/render/disc_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>

namespace maquette::render {

Image picture_of(int width, int height, const std::vector<Disc>& discs, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> grain(0, 6);
    Image image(width, height, 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double blotch = 14 * std::sin(0.05 * x + 1) * std::cos(0.07 * y);
            std::array<double, 3> colour = {70 + 60.0 * x / width + blotch, 110 + 40.0 * y / height + blotch,
                                            120 - 30.0 * x / width + blotch};
            for (const Disc& disc : discs) {
                if (std::hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) > disc.radius) continue;
                for (std::size_t c = 0; c < 3; ++c) colour[c] = disc.colour[c];
            }
            for (int c = 0; c < 3; ++c) {
                const double value = colour[static_cast<std::size_t>(c)] + grain(random);
                image.at(x, y, c) = static_cast<std::uint8_t>(std::clamp(value, 0.0, 255.0));
            }
        }
    }
    return image;
}

double overlap(const FloatImage& mask, const Disc& disc) {
    double both = 0;
    double either = 0;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            const bool inside = std::hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) <= disc.radius;
            const bool found = mask.at(x, y) >= 0.5F;
            both += inside && found;
            either += inside || found;
        }
    }
    return both / either;
}

}  // namespace maquette::render
