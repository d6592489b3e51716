#include "recon/cli/field_surface.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "recon/cli/refined_field.h"
#include "render/error.h"
#include "render/surface_extraction.h"

namespace maquette::recon::cli {
namespace {

constexpr double blur_in_coarse_cells = 0.6;  // standard deviation: rounds the steps, keeps legs one cell thick
constexpr float smallest_part = 0.02F;
constexpr int smoothing_pairs = 8;
constexpr float level_band = 0.5F;  // the level stays within this fraction of the threshold

/// Level at which the fine field encloses the share of the cube that the coarse one does at the threshold, within
/// `low` and `high`.
float volume_keeping_level(const render::VoxelGrid& coarse, const render::VoxelGrid& fine, float threshold, float low,
                           float high) {
    const auto solid = std::count_if(coarse.values.begin(), coarse.values.end(),
                                     [threshold](float value) { return value >= threshold; });
    const double share = static_cast<double>(solid) / static_cast<double>(coarse.values.size());
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(fine.values.size()));
    std::size_t above = 0;
    std::vector<float> between;
    for (const float value : fine.values) {
        if (value > high) ++above;
        if (value >= low && value <= high) between.push_back(value);
    }
    if (rank < above) return high;
    if (rank - above >= between.size()) return low;
    const auto middle = between.begin() + static_cast<std::ptrdiff_t>(rank - above);
    std::nth_element(between.begin(), middle, between.end(), std::greater<>());
    return *middle;
}

}  // namespace

render::TriangleMesh surface_of_field(const render::VoxelGrid& occupancy, float threshold, int resolution,
                                      const std::function<void(render::VoxelGrid& fine, float level)>& amend) {
    const float highest = *std::max_element(occupancy.values.begin(), occupancy.values.end());
    if (highest < threshold) {
        throw Error(
            fmt::format("nothing is solid: the highest occupancy is {:.3f}, the threshold {:.3f}; give a lower "
                        "--threshold, or another --prior",
                        highest, threshold));
    }
    const float low = threshold * (1 - level_band);
    const float high = threshold * (1 + level_band);
    render::VoxelGrid fine = refined_near(occupancy, resolution, blur_in_coarse_cells, low, high);
    const float level = volume_keeping_level(occupancy, fine, threshold, low, high);
    if (amend) amend(fine, level);
    render::TriangleMesh mesh = render::extract_surface(fine, level);
    mesh = render::largest_components(mesh, smallest_part);
    render::smooth_taubin(mesh, smoothing_pairs);
    render::compute_vertex_normals(mesh);
    return mesh;
}

}  // namespace maquette::recon::cli
