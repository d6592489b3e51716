#include "viewer/drawing/guide_lines.h"

#include <algorithm>
#include <cmath>

namespace maquette::viewer {
namespace {

constexpr float floor_height = -0.5F;  // of the unit box
constexpr int lines_a_side = 10;
constexpr float spacing = 0.125F;
constexpr float grid_opacity = 0.55F;

void add(PackedLines& lines, const Eigen::Vector3f& from, const Eigen::Vector3f& to, std::uint32_t first,
         std::uint32_t second) {
    lines.vertices.push_back({{from.x(), from.y(), from.z()}, first});
    lines.vertices.push_back({{to.x(), to.y(), to.z()}, second});
}

}  // namespace

std::shared_ptr<const PackedLines> ground_grid(float shade) {
    auto lines = std::make_shared<PackedLines>();
    const float reach = lines_a_side * spacing;
    const auto colour_at = [&](float x, float z) {
        const float away = std::hypot(x, z) / reach;
        return packed_colour(shade, shade, shade, grid_opacity * std::clamp(1 - away, 0.0F, 1.0F));
    };
    for (int i = -lines_a_side; i <= lines_a_side; ++i) {
        for (int j = -lines_a_side; j < lines_a_side; ++j) {
            const float across = static_cast<float>(i) * spacing;
            const float from = static_cast<float>(j) * spacing;
            const float to = from + spacing;
            add(*lines, {across, floor_height, from}, {across, floor_height, to}, colour_at(across, from),
                colour_at(across, to));
            add(*lines, {from, floor_height, across}, {to, floor_height, across}, colour_at(from, across),
                colour_at(to, across));
        }
    }
    return lines;
}

std::shared_ptr<const PackedLines> axes() {
    auto lines = std::make_shared<PackedLines>();
    const Eigen::Vector3f corner(-0.5F, floor_height, -0.5F);
    const float length = 0.25F;
    const std::array<std::array<float, 3>, 3> colours = {
        {{0.86F, 0.27F, 0.27F}, {0.35F, 0.72F, 0.30F}, {0.28F, 0.48F, 0.92F}}};
    for (int axis = 0; axis < 3; ++axis) {
        const auto& c = colours[static_cast<std::size_t>(axis)];
        const std::uint32_t colour = packed_colour(c[0], c[1], c[2]);
        add(*lines, corner, corner + length * Eigen::Vector3f::Unit(axis), colour, colour);
    }
    return lines;
}

std::shared_ptr<const PackedLines> camera_frustum(const render::Camera& camera, double depth,
                                                  const std::array<float, 3>& colour) {
    auto lines = std::make_shared<PackedLines>();
    const std::uint32_t packed = packed_colour(colour[0], colour[1], colour[2]);
    const std::array<std::array<double, 2>, 4> corners = {
        {{0.0, 0.0},
         {static_cast<double>(camera.width), 0.0},
         {static_cast<double>(camera.width), static_cast<double>(camera.height)},
         {0.0, static_cast<double>(camera.height)}}};
    std::array<Eigen::Vector3f, 4> base;
    std::array<Eigen::Vector3f, 4> tip;
    for (std::size_t i = 0; i < 4; ++i) {
        const render::Camera::Ray ray = camera.ray(corners[i][0], corners[i][1]);
        tip[i] = ray.origin_in_object.cast<float>();
        base[i] = (ray.origin_in_object + depth * ray.direction_in_object).cast<float>();
    }
    for (std::size_t i = 0; i < 4; ++i) {
        add(*lines, tip[i], base[i], packed, packed);
        add(*lines, base[i], base[(i + 1) % 4], packed, packed);
    }
    return lines;
}

}  // namespace maquette::viewer
