#include "render/photo_warnings.h"

#include <fmt/format.h>

#include <algorithm>

namespace maquette::render {
namespace {

constexpr float solid = 0.5F;

}  // namespace

std::vector<std::string> photo_warnings(const Image& rgb, const FloatImage& mask) {
    std::vector<std::string> warnings;
    int left = mask.width;
    int right = -1;
    int top = mask.height;
    int bottom = -1;
    double light = 0;
    double covered = 0;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) < solid) continue;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            bottom = std::max(bottom, y);
            light += (rgb.at(x, y, 0) + rgb.at(x, y, 1) + rgb.at(x, y, 2)) / (3.0 * 255);
            covered += 1;
        }
    }
    if (covered == 0) return warnings;
    const auto touches = [&](bool horizontal, int line) {
        int count = 0;
        const int length = horizontal ? mask.width : mask.height;
        for (int i = 0; i < length; ++i) count += mask.at(horizontal ? i : line, horizontal ? line : i) >= solid;
        constexpr double cut_off = 0.04;  // of the side
        return count > cut_off * length;
    };
    std::string edges;
    const auto note = [&](bool cut, const char* name) {
        if (cut) edges += (edges.empty() ? "" : ", ") + std::string(name);
    };
    note(left == 0 && touches(false, 0), "left");
    note(right == mask.width - 1 && touches(false, mask.width - 1), "right");
    note(top == 0 && touches(true, 0), "top");
    note(bottom == mask.height - 1 && touches(true, mask.height - 1), "bottom");
    if (!edges.empty()) {
        warnings.push_back(
            fmt::format("the object is cut off by the picture's edge ({}): what lies beyond is guessed; "
                        "take a photo that shows all of it",
                        edges));
    }
    constexpr int small = 64;  // pixels
    const int side = std::max(right - left, bottom - top) + 1;
    if (side < small) {
        warnings.push_back(
            fmt::format("the object is {} pixels large; {} or more show its shape, so take the photo "
                        "from nearer or at a higher resolution",
                        side, small));
    }
    constexpr double dark = 0.06;
    if (light / covered < dark) {
        warnings.push_back(
            fmt::format("the object is very dark (mean brightness {:.0f} of 255): only its outline "
                        "tells something; give it more light",
                        255 * light / covered));
    }
    return warnings;
}

}  // namespace maquette::render
