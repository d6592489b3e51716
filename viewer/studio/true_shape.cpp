#include "viewer/studio/true_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/eval/metrics.h"
#include "render/error.h"
#include "render/io/mesh_io.h"
#include "render/triangle_mesh.h"
#include "render/voxelize.h"
#include "viewer/studio/distance_grid.h"

namespace maquette::viewer {
namespace {

constexpr int surface_points = 120000;
constexpr std::size_t most_measured = 4096;

}  // namespace

std::shared_ptr<const TrueShape> read_true_shape(const std::filesystem::path& path) {
    render::TriangleMesh mesh = render::read_mesh(path);
    auto shape = std::make_shared<TrueShape>();
    try {
        render::normalise_to_object_frame(mesh);
        shape->occupancy = render::voxelize(mesh, priors::prior_resolution);
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", path.string(), error.what()));
    }
    shape->path = path;
    shape->distance = distance_to_points(render::sample_surface(mesh, surface_points, 1));
    shape->mesh = pack_mesh(std::move(mesh));
    return shape;
}

float TruthFigures::iou(const std::shared_ptr<const recon::RefinementSnapshot>& snapshot, float threshold,
                        const std::shared_ptr<const TrueShape>& truth) {
    if (!truth) return 0;
    if (truth != truth_ || threshold != threshold_ || measured_.size() > most_measured) {
        measured_.clear();
        truth_ = truth;
        threshold_ = threshold;
    }
    const auto [place, is_new] = measured_.try_emplace(snapshot, 0.0F);
    if (is_new && snapshot->occupancy.resolution == truth->occupancy.resolution) {
        place->second = static_cast<float>(recon::iou(snapshot->occupancy, truth->occupancy, threshold));
    }
    return place->second;
}

}  // namespace maquette::viewer
