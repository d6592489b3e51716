#include "recon/cli/preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

#include "recon/cli/field_surface.h"
#include "render/camera.h"
#include "render/image_operations.h"
#include "render/io/contact_sheet.h"
#include "render/renderer.h"

namespace maquette::recon::cli {
namespace {

constexpr int cell = 320;  // pixels
constexpr double elevation = 20;
constexpr double field_of_view = 40;
constexpr double framed_extent = 1.5;  // object units: a cube's corners stay in the picture
constexpr double prior_azimuth = 35;
constexpr int prior_surface_resolution = 64;

render::Image picture_of(const render::Renderer& renderer, double azimuth, bool coloured) {
    const render::OrbitPose pose{.azimuth = azimuth,
                                 .elevation = elevation,
                                 .field_of_view = field_of_view,
                                 .distance = render::framing_distance(field_of_view, framed_extent)};
    const render::Camera camera = render::orbit_camera(pose, cell, cell);
    render::RenderOptions options{.samples_per_axis = 3,
                                  .lighting = render::studio_lighting(camera),
                                  .use_materials = coloured,
                                  .smooth_shading = true};
    options.lighting.ambient_occlusion_radius = 0.25F;
    options.lighting.ambient_occlusion_rays = 4;
    return renderer.render(camera, options).rgb;
}

/// The photos side by side in one square.
render::Image photo_mosaic(std::span<const View> views) {
    const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(views.size()))));
    const int tile = cell / columns;
    render::Image mosaic(cell, cell, 3, 255);
    for (std::size_t i = 0; i < views.size(); ++i) {
        const render::Image photo = render::resize(views[i].rgb, tile, tile);
        const int left = static_cast<int>(i) % columns * tile;
        const int top = static_cast<int>(i) / columns * tile;
        for (int y = 0; y < tile; ++y) {
            std::copy_n(&photo.at(0, y), static_cast<std::size_t>(tile) * 3, &mosaic.at(left, top + y));
        }
    }
    return mosaic;
}

/// The prior as solid as it gets: a mean of unlike shapes may nowhere reach the threshold.
render::Image prior_picture(const priors::CategoryPrior& prior, float threshold) {
    const float highest = *std::max_element(prior.mean.values.begin(), prior.mean.values.end());
    if (highest <= 0) {
        return {};
    }
    return picture_of(
        render::Renderer(surface_of_field(prior.mean, std::min(threshold, highest / 2), prior_surface_resolution)),
        prior_azimuth, false);
}

std::string caption_of(const PreviewedResult& result) {
    if (result.prior->exemplars.empty()) return "no prior";
    std::string caption = "prior: " + result.prior->name;
    if (result.agreement) caption += fmt::format(", agrees {:.2f}", *result.agreement);
    return caption;
}

std::string photo_caption(std::span<const View> views) {
    const auto generated = std::count_if(views.begin(), views.end(), [](const View& view) { return view.generated; });
    const auto photos = std::ssize(views) - generated;
    std::string caption = photos == 1 ? "photo" : fmt::format("{} photos", photos);
    if (generated > 0) caption += fmt::format(", {} generated", generated);
    return caption;
}

render::Image sheet(const std::vector<render::SheetCell>& cells, int columns, const std::string& title) {
    return render::contact_sheet(cells, {.columns = columns, .cell_width = cell, .cell_height = cell, .title = title});
}

bool is_coloured(const render::TriangleMesh& mesh) {
    return !mesh.vertex_colours.empty() || !mesh.triangle_uvs.empty();
}

render::Image single_preview(std::span<const View> views, const PreviewedResult& result, float prior_threshold,
                             const std::string& title) {
    const render::Renderer renderer(*result.mesh);
    const bool coloured = is_coloured(*result.mesh);
    const auto side = [&](const char* name, double azimuth) {
        return render::SheetCell{picture_of(renderer, azimuth, coloured), fmt::format("result, {}", name)};
    };
    std::vector<render::SheetCell> cells = {{photo_mosaic(views), photo_caption(views)},
                                            side("front", 35),
                                            side("right", 125),
                                            {prior_picture(*result.prior, prior_threshold), caption_of(result)},
                                            side("back", 215),
                                            side("left", 305)};
    int columns = 3;
    if (coloured) {
        // Colours flatter a shape: without them one sees what it is.
        cells.insert(cells.begin() + 3, {picture_of(renderer, 35, false), "shape, front"});
        cells.push_back({picture_of(renderer, 215, false), "shape, back"});
        columns = 4;
    }
    return sheet(cells, columns, title);
}

}  // namespace

render::Image result_picture(const render::TriangleMesh& mesh) {
    return picture_of(render::Renderer(mesh), 35, is_coloured(mesh));
}

render::Image reconstruction_preview(std::span<const View> views, std::span<const PreviewedResult> results,
                                     float prior_threshold, const std::string& title) {
    if (results.size() == 1) return single_preview(views, results.front(), prior_threshold, title);
    constexpr std::size_t rows = 4;
    std::vector<std::vector<render::SheetCell>> table(rows);
    table[0].push_back({photo_mosaic(views), photo_caption(views)});
    for (std::size_t row = 1; row < rows; ++row) table[row].push_back({});
    for (const PreviewedResult& result : results) {
        const render::Renderer renderer(*result.mesh);
        const bool coloured = is_coloured(*result.mesh);
        table[0].push_back({prior_picture(*result.prior, prior_threshold), caption_of(result)});
        table[1].push_back({picture_of(renderer, 35, coloured), "result, front"});
        table[2].push_back({picture_of(renderer, 35, false), "shape, front"});
        table[3].push_back({picture_of(renderer, 215, false), "shape, back"});
    }
    std::vector<render::SheetCell> cells;
    for (auto& row : table) std::move(row.begin(), row.end(), std::back_inserter(cells));
    return sheet(cells, static_cast<int>(results.size()) + 1, title);
}

}  // namespace maquette::recon::cli
