#include <fmt/format.h>

#include <Eigen/Geometry>
#include <nlohmann/json.hpp>
#include <numbers>
#include <utility>

#include "recon/cli/commands.h"
#include "recon/eval/metrics.h"
#include "render/io/mesh_io.h"
#include "render/voxelize.h"

namespace maquette::recon::cli {
namespace {

constexpr int iou_resolution = 32;
constexpr float solid_threshold = 0.5F;
constexpr int quarter_turns = 4;

struct Comparison {
    double iou = 0;
    SurfaceDistance surface;
    int turned = 0;  ///< degrees about the up axis
};

render::TriangleMesh turned(const render::TriangleMesh& mesh, int quarters) {
    render::TriangleMesh result = mesh;
    const auto angle = static_cast<float>(quarters * std::numbers::pi / 2);
    result.transform(Eigen::Affine3f(Eigen::AngleAxisf(angle, Eigen::Vector3f::UnitY())));
    return result;
}

Comparison compare(const render::TriangleMesh& prediction, const render::TriangleMesh& truth,
                   const CompareOptions& options) {
    const render::VoxelGrid true_grid = render::voxelize(truth, iou_resolution);
    Comparison best;
    render::TriangleMesh best_mesh = prediction;
    best.iou = iou(render::voxelize(prediction, iou_resolution), true_grid, solid_threshold);
    for (int quarters = 1; options.align && quarters < quarter_turns; ++quarters) {
        render::TriangleMesh candidate = turned(prediction, quarters);
        const double value = iou(render::voxelize(candidate, iou_resolution), true_grid, solid_threshold);
        if (value > best.iou) {
            best.iou = value;
            best.turned = 90 * quarters;
            best_mesh = std::move(candidate);
        }
    }
    best.surface = surface_distance(best_mesh, truth, options.samples);
    return best;
}

}  // namespace

int run_compare(const CompareOptions& options) {
    render::TriangleMesh prediction = render::read_mesh(options.prediction);
    render::TriangleMesh truth = render::read_mesh(options.truth);
    if (!options.no_normalise) {
        render::normalise_to_object_frame(prediction);
        render::normalise_to_object_frame(truth);
    }
    const Comparison result = compare(prediction, truth, options);
    if (options.json) {
        fmt::print("{}\n", nlohmann::json{{"iou", result.iou},
                                          {"chamfer_l1", result.surface.chamfer_l1},
                                          {"fscore_001", result.surface.fscore_001},
                                          {"fscore_005", result.surface.fscore_005},
                                          {"turned_degrees", result.turned},
                                          {"normalised", !options.no_normalise},
                                          {"samples", options.samples}}
                               .dump(2));
        return exit_done;
    }
    fmt::print(
        "IoU at 32^3     {:.4f}\nChamfer-L1      {:.5f}  (longest side = 1)\nF-score 0.01    {:.4f}\n"
        "F-score 0.05    {:.4f}\n",
        result.iou, result.surface.chamfer_l1, result.surface.fscore_001, result.surface.fscore_005);
    if (result.turned != 0) {
        fmt::print("aligned by turning the prediction {} degrees about the up axis\n", result.turned);
    }
    return exit_done;
}

}  // namespace maquette::recon::cli
