#include "render/uv_atlas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "render/error.h"

namespace maquette::render {
namespace {

constexpr float least_facing = 0.5F;  // cosine to the projection axis: stretched twofold at the most
constexpr double first_fill = 0.75;   // of the square, before rows turn out not to fit
constexpr double shrink_per_try = 0.96;
constexpr int most_tries = 120;

using Corners = std::array<Eigen::Vector2f, 3>;

/// The axis a chart is projected along, 0..5: +X -X +Y -Y +Z -Z.
Eigen::Vector3f axis_of(int index) {
    Eigen::Vector3f axis = Eigen::Vector3f::Zero();
    axis[index / 2] = index % 2 == 0 ? 1.0F : -1.0F;
    return axis;
}

/// Onto the plane across the axis, so that counter-clockwise triangles stay counter-clockwise.
Eigen::Vector2f projected(const Eigen::Vector3f& point, int axis) {
    const float sign = axis % 2 == 0 ? 1.0F : -1.0F;
    switch (axis / 2) {
        case 0:
            return {-sign * point.z(), point.y()};
        case 1:
            return {point.x(), -sign * point.z()};
        default:
            return {sign * point.x(), point.y()};
    }
}

struct Surface {
    std::vector<Eigen::Vector3f> normals;        ///< [M] unit length, zero for degenerate triangles
    std::vector<std::array<int, 3>> neighbours;  ///< [M] over the edge that starts at corner k; -1: none
};

Surface surface_of(const TriangleMesh& mesh) {
    Surface surface;
    const std::size_t count = mesh.triangles.size();
    surface.neighbours.assign(count, {-1, -1, -1});
    std::unordered_map<std::uint64_t, std::pair<int, int>> open;  // directed edge to triangle and corner
    open.reserve(3 * count);
    const auto key = [](int from, int to) {
        return static_cast<std::uint64_t>(from) << 32U | static_cast<std::uint32_t>(to);
    };
    for (std::size_t i = 0; i < count; ++i) {
        const auto& t = mesh.triangles[i];
        const Eigen::Vector3f across =
            (mesh.vertices[static_cast<std::size_t>(t[1])] - mesh.vertices[static_cast<std::size_t>(t[0])])
                .cross(mesh.vertices[static_cast<std::size_t>(t[2])] - mesh.vertices[static_cast<std::size_t>(t[0])]);
        surface.normals.emplace_back(across.stableNormalized());
        for (int k = 0; k < 3; ++k) {
            const auto other = open.find(key(t[(k + 1) % 3], t[k]));
            if (other == open.end()) {
                open.emplace(key(t[k], t[(k + 1) % 3]), std::pair{static_cast<int>(i), k});
                continue;
            }
            const auto [neighbour, corner] = other->second;
            surface.neighbours[i][static_cast<std::size_t>(k)] = neighbour;
            surface.neighbours[static_cast<std::size_t>(neighbour)][static_cast<std::size_t>(corner)] =
                static_cast<int>(i);
            open.erase(other);
        }
    }
    return surface;
}

Corners corners_of(const TriangleMesh& mesh, std::size_t triangle, int axis) {
    Corners corners;
    for (std::size_t k = 0; k < 3; ++k) {
        const int vertex = mesh.triangles[triangle][static_cast<Eigen::Index>(k)];
        corners[k] = projected(mesh.vertices[static_cast<std::size_t>(vertex)], axis);
    }
    return corners;
}

/// Whether the insides meet: no edge of either has all of the other beyond it, but for `slack`. Both counter-clockwise.
bool overlap(const Corners& a, const Corners& b, float slack) {
    const auto parts = [slack](const Corners& from, const Corners& to) {
        for (std::size_t k = 0; k < 3; ++k) {
            const Eigen::Vector2f edge = from[(k + 1) % 3] - from[k];
            const float length = edge.norm();
            if (length <= slack) continue;
            const Eigen::Vector2f inward = Eigen::Vector2f(-edge.y(), edge.x()) / length;
            if (std::all_of(to.begin(), to.end(),
                            [&](const Eigen::Vector2f& corner) { return inward.dot(corner - from[k]) <= slack; })) {
                return true;
            }
        }
        return false;
    };
    return !parts(a, b) && !parts(b, a);
}

/// Triangles of a plane that do not lie over each other.
class PlacedTriangles {
public:
    /// cell: side of the squares that they are looked up by.
    explicit PlacedTriangles(double cell) : cell_(cell), slack_(static_cast<float>(cell) * 1e-4F) {}

    /// False, and nothing placed, where another triangle lies over some of it.
    bool place(const Corners& corners) {
        const Eigen::Vector2f low = corners[0].cwiseMin(corners[1]).cwiseMin(corners[2]);
        const Eigen::Vector2f high = corners[0].cwiseMax(corners[1]).cwiseMax(corners[2]);
        const auto cell = [&](float value) { return static_cast<std::int32_t>(std::floor(value / cell_)); };
        std::vector<std::vector<int>*> cells;
        for (std::int32_t y = cell(low.y()); y <= cell(high.y()); ++y) {
            for (std::int32_t x = cell(low.x()); x <= cell(high.x()); ++x) {
                const auto key =
                    static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << 32U | static_cast<std::uint32_t>(y);
                std::vector<int>& there = cells_[key];
                for (const int other : there) {
                    if (overlap(corners, placed_[static_cast<std::size_t>(other)], slack_)) return false;
                }
                cells.push_back(&there);
            }
        }
        for (auto* const there : cells) there->push_back(static_cast<int>(placed_.size()));
        placed_.push_back(corners);
        return true;
    }

private:
    double cell_;
    float slack_;
    std::vector<Corners> placed_;
    std::unordered_map<std::uint64_t, std::vector<int>> cells_;  ///< its nodes stay where they are
};

struct Chart {
    int axis = 0;
    std::vector<int> triangles;
    Eigen::Vector2f low;  ///< of the projection, object units
    Eigen::Vector2f high;
};

double mean_edge(const TriangleMesh& mesh) {
    double sum = 0;
    for (const auto& t : mesh.triangles) {
        for (int k = 0; k < 3; ++k) {
            sum += (mesh.vertices[static_cast<std::size_t>(t[k])] -
                    mesh.vertices[static_cast<std::size_t>(t[(k + 1) % 3])])
                       .norm();
        }
    }
    return sum / (3.0 * static_cast<double>(mesh.triangles.size()));
}

std::vector<Chart> charts_of(const TriangleMesh& mesh) {
    const Surface surface = surface_of(mesh);
    const std::size_t count = mesh.triangles.size();
    std::vector<int> best_axis(count, 0);
    std::vector<float> facing(count, 0);
    for (std::size_t i = 0; i < count; ++i) {
        for (int axis = 0; axis < 6; ++axis) {
            const float cosine = surface.normals[i].dot(axis_of(axis));
            if (cosine <= facing[i]) continue;
            facing[i] = cosine;
            best_axis[i] = axis;
        }
    }
    std::vector<int> seeds(count);
    std::iota(seeds.begin(), seeds.end(), 0);
    std::stable_sort(seeds.begin(), seeds.end(), [&](int a, int b) {
        return facing[static_cast<std::size_t>(a)] > facing[static_cast<std::size_t>(b)];
    });
    const double cell = std::max(mean_edge(mesh), 1e-6);
    std::vector<bool> placed(count, false);
    std::vector<Chart> charts;
    for (const int seed : seeds) {
        if (placed[static_cast<std::size_t>(seed)]) continue;
        Chart chart{.axis = best_axis[static_cast<std::size_t>(seed)], .triangles = {}, .low = {}, .high = {}};
        const Eigen::Vector3f axis = axis_of(chart.axis);
        PlacedTriangles plane(cell);
        std::deque<int> front = {seed};
        placed[static_cast<std::size_t>(seed)] = true;
        plane.place(corners_of(mesh, static_cast<std::size_t>(seed), chart.axis));
        while (!front.empty()) {
            const int current = front.front();
            front.pop_front();
            chart.triangles.push_back(current);
            for (const int next : surface.neighbours[static_cast<std::size_t>(current)]) {
                if (next < 0 || placed[static_cast<std::size_t>(next)]) continue;
                const auto i = static_cast<std::size_t>(next);
                const bool degenerate = facing[i] == 0;
                if (!degenerate && surface.normals[i].dot(axis) < least_facing) continue;
                if (!plane.place(corners_of(mesh, i, chart.axis))) continue;
                placed[i] = true;
                front.push_back(next);
            }
        }
        chart.low.setConstant(std::numeric_limits<float>::max());
        chart.high.setConstant(std::numeric_limits<float>::lowest());
        for (const int triangle : chart.triangles) {
            for (const auto& corner : corners_of(mesh, static_cast<std::size_t>(triangle), chart.axis)) {
                chart.low = chart.low.cwiseMin(corner);
                chart.high = chart.high.cwiseMax(corner);
            }
        }
        charts.push_back(std::move(chart));
    }
    return charts;
}

struct Place {
    int left = 0;
    int bottom = 0;
    bool turned = false;
};

Eigen::Vector2i texels_of(const Chart& chart, double density, int padding) {
    const Eigen::Vector2f extent = chart.high - chart.low;
    return {static_cast<int>(std::ceil(extent.x() * density)) + 2 * padding,
            static_cast<int>(std::ceil(extent.y() * density)) + 2 * padding};
}

/// Rows from the bottom, tallest charts first, charts lying; empty: they do not fit.
std::vector<Place> packed(const std::vector<Chart>& charts, double density, const UvAtlasOptions& options) {
    std::vector<int> order(charts.size());
    std::iota(order.begin(), order.end(), 0);
    std::vector<Eigen::Vector2i> sizes;
    std::vector<Place> places(charts.size());
    for (std::size_t i = 0; i < charts.size(); ++i) {
        Eigen::Vector2i size = texels_of(charts[i], density, options.padding);
        places[i].turned = size.y() > size.x();
        if (places[i].turned) std::swap(size.x(), size.y());
        sizes.push_back(size);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return sizes[static_cast<std::size_t>(a)].y() > sizes[static_cast<std::size_t>(b)].y();
    });
    int x = 0;
    int y = 0;
    int height = 0;
    for (const int index : order) {
        const auto i = static_cast<std::size_t>(index);
        if (x + sizes[i].x() > options.size) {
            x = 0;
            y += height;
            height = 0;
        }
        if (x + sizes[i].x() > options.size || y + sizes[i].y() > options.size) return {};
        places[i].left = x;
        places[i].bottom = y;
        x += sizes[i].x();
        height = std::max(height, sizes[i].y());
    }
    return places;
}

}  // namespace

UvAtlas uv_atlas(const TriangleMesh& mesh, const UvAtlasOptions& options) {
    constexpr int least_size = 64;
    constexpr int most_size = 8192;
    if (options.size < least_size || options.size > most_size || options.padding < 1 ||
        options.padding > options.size / 16) {
        throw UsageError(
            fmt::format("a texture of {} texels a side with {} between charts; sides are {} to {}, the "
                        "padding 1 to a 16th of the side",
                        options.size, options.padding, least_size, most_size));
    }
    mesh.validate("mesh to unfold");
    const std::vector<Chart> charts = charts_of(mesh);
    double area = 0;
    for (const Chart& chart : charts) area += static_cast<double>((chart.high - chart.low).prod());
    double density = std::sqrt(first_fill / std::max(area, 1e-9)) * options.size;
    std::vector<Place> places;
    for (int i = 0; i < most_tries && places.empty(); ++i) {
        places = packed(charts, density, options);
        if (places.empty()) density *= shrink_per_try;
    }
    if (places.empty()) {
        throw InputError(
            fmt::format("{} charts do not fit into a texture of {} texels a side; give a larger texture "
                        "or fewer triangles",
                        charts.size(), options.size));
    }
    UvAtlas atlas{.uvs = std::vector<Corners>(mesh.triangles.size()),
                  .charts = std::vector<int>(mesh.triangles.size(), 0),
                  .chart_count = static_cast<int>(charts.size()),
                  .texels_per_unit = density};
    for (std::size_t c = 0; c < charts.size(); ++c) {
        const Chart& chart = charts[c];
        for (const int triangle : chart.triangles) {
            const auto t = static_cast<std::size_t>(triangle);
            atlas.charts[t] = static_cast<int>(c);
            const Corners corners = corners_of(mesh, t, chart.axis);
            for (std::size_t k = 0; k < 3; ++k) {
                Eigen::Vector2f texel = (corners[k] - chart.low) * static_cast<float>(density);
                // A quarter turn, which keeps the winding.
                if (places[c].turned) {
                    const auto width = (chart.high.y() - chart.low.y()) * static_cast<float>(density);
                    texel = {width - texel.y(), texel.x()};
                }
                texel += Eigen::Vector2f(static_cast<float>(places[c].left + options.padding),
                                         static_cast<float>(places[c].bottom + options.padding));
                atlas.uvs[t][k] = texel / static_cast<float>(options.size);
            }
        }
    }
    return atlas;
}

}  // namespace maquette::render
