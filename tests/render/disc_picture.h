#pragma once

#include <array>
#include <vector>

#include "render/image.h"

namespace maquette::render {

struct Disc {
    double x;
    double y;
    double radius;
    std::array<int, 3> colour;
};

/// Discs with grain over a backdrop whose colour runs from corner to corner, with blotches.
Image picture_of(int width, int height, const std::vector<Disc>& discs, unsigned seed);

/// Intersection over union of what is solid and the disc.
double overlap(const FloatImage& mask, const Disc& disc);

}  // namespace maquette::render
