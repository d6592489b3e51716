#include "priors/prior_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "render/camera.h"
#include "render/error.h"
#include "render/io/contact_sheet.h"
#include "render/renderer.h"
#include "render/surface_extraction.h"

namespace maquette::priors {
namespace {

struct Side {
    const char* name;
    double azimuth;
};

constexpr std::array<Side, 4> sides = {{{"front", 0}, {"left", 90}, {"back", 180}, {"right", 270}}};
constexpr double picture_elevation = 15;
constexpr int smoothing_iterations = 5;

void append_row(render::TriangleMesh mesh, const std::string& name, int cell_size,
                std::vector<render::SheetCell>& cells) {
    if (mesh.empty()) {
        for (const Side& side : sides) {
            cells.push_back({{}, fmt::format("{} {}: empty", name, side.name)});
        }
        return;
    }
    const render::Renderer renderer(std::move(mesh));
    for (const Side& side : sides) {
        render::OrbitPose pose;
        pose.azimuth = side.azimuth;
        pose.elevation = picture_elevation;
        const render::Camera camera = render::orbit_camera(pose, cell_size, cell_size);
        render::RenderOptions options;
        options.lighting = render::studio_lighting(camera);
        options.use_materials = false;
        options.smooth_shading = true;
        cells.push_back({renderer.render(camera, options).rgb, fmt::format("{} {}", side.name, name)});
    }
}

render::TriangleMesh smoothed_surface(const render::VoxelGrid& occupancy, float threshold) {
    render::TriangleMesh mesh = render::extract_surface(occupancy, threshold);
    if (!mesh.empty()) {
        render::smooth_taubin(mesh, smoothing_iterations);
        render::compute_vertex_normals(mesh);
    }
    return mesh;
}

/// The mean of unlike shapes may nowhere reach one half; its densest part is shown then.
float mean_threshold(const render::VoxelGrid& mean) {
    const float highest = *std::max_element(mean.values.begin(), mean.values.end());
    return std::min(0.4F, 0.5F * highest);
}

}  // namespace

render::TriangleMesh exemplar_surface(const Exemplar& exemplar) {
    return smoothed_surface(exemplar.occupancy, 0.5F);
}

render::TriangleMesh in_between_surface(const CategoryPrior& prior) {
    render::SignedDistanceGrid distance = mean_distance(prior);
    double mean_cells = 0;
    for (const float occupancy : prior.mean.values) {
        mean_cells += static_cast<double>(occupancy);
    }
    const auto count = static_cast<std::size_t>(std::lround(mean_cells));
    if (count == 0 || count >= distance.values.size()) {
        return {};
    }
    std::vector<float> sorted = distance.values;
    std::sort(sorted.begin(), sorted.end());
    // Between two parallel faces the mean distance is flat: equal cells are taken in together.
    const float last_inside = sorted[count - 1];
    const auto first_outside = std::upper_bound(sorted.begin(), sorted.end(), last_inside);
    if (first_outside == sorted.end()) {
        return {};
    }
    const float level = (last_inside + *first_outside) / 2;
    for (float& value : distance.values) {
        value -= level;
    }
    return render::extract_surface(distance);
}

render::Image prior_picture(const CategoryPrior& prior, const PictureOptions& options) {
    if (prior.exemplars.empty()) {
        throw UsageError(fmt::format("prior '{}' is empty; there is nothing to draw", prior.name));
    }
    if (options.cell_size < 1) {
        throw UsageError(fmt::format("a cell size of {} pixels is below 1", options.cell_size));
    }
    std::vector<render::SheetCell> cells;
    if (prior.exemplars.size() > 1) {
        append_row(smoothed_surface(prior.mean, mean_threshold(prior.mean)), "mean", options.cell_size, cells);
        append_row(in_between_surface(prior), "in between", options.cell_size, cells);
    }
    const std::size_t shown =
        std::min(prior.exemplars.size(), static_cast<std::size_t>(std::max(0, options.max_exemplars)));
    for (std::size_t k = 0; k < shown; ++k) {
        append_row(exemplar_surface(prior.exemplars[k]), prior.exemplars[k].provenance.name, options.cell_size, cells);
    }
    render::SheetLayout layout;
    layout.columns = static_cast<int>(sides.size());
    layout.cell_width = options.cell_size;
    layout.cell_height = options.cell_size;
    layout.title = options.title;
    if (layout.title.empty()) {
        layout.title = fmt::format("{}: {} of {} exemplars", prior.name, shown, prior.exemplars.size());
    }
    return render::contact_sheet(cells, layout);
}

}  // namespace maquette::priors
