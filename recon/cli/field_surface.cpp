#include "recon/cli/field_surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "render/error.h"
#include "render/parallel.h"
#include "render/surface_extraction.h"

namespace maquette::recon::cli {
namespace {

constexpr double blur_in_coarse_cells = 0.4;  // standard deviation: rounds the steps, keeps legs one cell thick
constexpr float smallest_part = 0.02F;
constexpr int smoothing_pairs = 8;
constexpr float level_band = 0.5F;  // the level stays within this fraction of the threshold

/// One output sample of a separable filter: weights on consecutive input samples, zeros beyond the border.
struct Stencil {
    int first = 0;
    std::vector<float> weights;
};

/// Catmull-Rom interpolation at the centres of `to` cells from `from` cells over the same length.
std::vector<Stencil> cubic_stencils(int from, int to) {
    std::vector<Stencil> stencils;
    for (int i = 0; i < to; ++i) {
        const double position = (i + 0.5) * from / to - 0.5;
        const double base = std::floor(position);
        const double t = position - base;
        const std::array<double, 4> weights = {((-0.5 * t + 1.0) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1.0,
                                               ((-1.5 * t + 2.0) * t + 0.5) * t, (0.5 * t - 0.5) * t * t};
        Stencil stencil{.first = static_cast<int>(base) - 1, .weights = {}};
        for (const double weight : weights) {
            stencil.weights.push_back(static_cast<float>(weight));
        }
        stencils.push_back(std::move(stencil));
    }
    return stencils;
}

std::vector<Stencil> gaussian_stencils(int cells, double sigma) {
    const int radius = static_cast<int>(std::ceil(3 * sigma));
    std::vector<float> weights;
    double sum = 0;
    for (int offset = -radius; offset <= radius; ++offset) {
        sum += std::exp(-0.5 * offset * offset / (sigma * sigma));
    }
    for (int offset = -radius; offset <= radius; ++offset) {
        weights.push_back(static_cast<float>(std::exp(-0.5 * offset * offset / (sigma * sigma)) / sum));
    }
    std::vector<Stencil> stencils;
    stencils.reserve(static_cast<std::size_t>(cells));
    for (int i = 0; i < cells; ++i) {
        stencils.push_back({.first = i - radius, .weights = weights});
    }
    return stencils;
}

/// Filters the fastest axis and turns the axes once ([z, y, x] becomes [x', z, y]), so that three calls filter all
/// three and restore the order.
std::vector<float> filter_and_turn(const std::vector<float>& values, int slow, int middle, int fast,
                                   const std::vector<Stencil>& stencils) {
    const auto rows = static_cast<std::size_t>(slow) * static_cast<std::size_t>(middle);
    std::vector<float> result(stencils.size() * rows);
    render::parallel_for(rows, 64, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = 0; i < stencils.size(); ++i) {
            for (std::size_t row = begin; row < end; ++row) {
                const float* const source = values.data() + row * static_cast<std::size_t>(fast);
                float sum = 0;
                for (std::size_t k = 0; k < stencils[i].weights.size(); ++k) {
                    const int at = stencils[i].first + static_cast<int>(k);
                    if (at >= 0 && at < fast) {
                        sum += stencils[i].weights[k] * source[at];
                    }
                }
                result[i * rows + row] = sum;
            }
        }
    });
    return result;
}

std::vector<float> filter_all_axes(std::vector<float> values, int cells, const std::vector<Stencil>& stencils) {
    const int to = static_cast<int>(stencils.size());
    values = filter_and_turn(values, cells, cells, cells, stencils);
    values = filter_and_turn(values, to, cells, cells, stencils);
    return filter_and_turn(values, to, to, cells, stencils);
}

/// Level at which the fine field encloses the share of the cube that the coarse one does at the threshold.
float volume_keeping_level(const render::VoxelGrid& coarse, const render::VoxelGrid& fine, float threshold) {
    const auto solid = std::count_if(coarse.values.begin(), coarse.values.end(),
                                     [threshold](float value) { return value >= threshold; });
    const double share = static_cast<double>(solid) / static_cast<double>(coarse.values.size());
    std::vector<float> sorted = fine.values;
    const auto rank = std::min(static_cast<std::size_t>(share * static_cast<double>(sorted.size())), sorted.size() - 1);
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank), sorted.end(),
                     std::greater<>());
    return std::clamp(sorted[rank], threshold * (1 - level_band), threshold * (1 + level_band));
}

}  // namespace

render::TriangleMesh surface_of_field(const render::VoxelGrid& occupancy, float threshold, int resolution) {
    const float highest = *std::max_element(occupancy.values.begin(), occupancy.values.end());
    if (highest < threshold) {
        throw Error(
            fmt::format("nothing is solid: the highest occupancy is {:.3f}, the threshold {:.3f}; give a lower "
                        "--threshold, or another --prior",
                        highest, threshold));
    }
    render::VoxelGrid fine(resolution, 0, occupancy.side);
    fine.values =
        filter_all_axes(occupancy.values, occupancy.resolution, cubic_stencils(occupancy.resolution, resolution));
    const double sigma = blur_in_coarse_cells * resolution / occupancy.resolution;
    fine.values = filter_all_axes(std::move(fine.values), resolution, gaussian_stencils(resolution, sigma));

    render::TriangleMesh mesh = render::extract_surface(fine, volume_keeping_level(occupancy, fine, threshold));
    mesh = render::largest_components(mesh, smallest_part);
    render::smooth_taubin(mesh, smoothing_pairs);
    render::compute_vertex_normals(mesh);
    return mesh;
}

}  // namespace maquette::recon::cli
