#include "recon/refine/flagship_detail.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <utility>

#include "priors/category_prior.h"
#include "recon/refine/lifting.h"
#include "recon/refine/network_layers.h"
#include "recon/refine/picture_sampling.h"
#include "recon/refine/tensor_conversion.h"
#include "render/grid.h"

namespace maquette::recon::flagship {
namespace {

constexpr int hidden_features = 64;
constexpr int step_features = 16;
// Of each point: pixels, coverage, depth; least coverage; the step's features; coarse log-odds; two distances; place.
constexpr int inputs = detail_pixels + 2 + 1 + step_features + 1 + 2 + 3;
constexpr double usual_logit = 4;
// Cells whose coarse log-odds are farther than this from the level are left to interpolation.
constexpr double first_margin = 2.5;
constexpr double later_margin = 0.5;
constexpr std::int64_t points_at_once = 32768;

/// Trilinear values of [N, C, R, R, R] at points [N, P, 3] of the object frame: [N, C, P].
torch::Tensor sample_volumes(const torch::Tensor& volumes, const torch::Tensor& points) {
    constexpr std::int64_t bilinear = 0;
    constexpr std::int64_t border = 1;
    const auto places = (points * (2 / render::default_grid_side)).unsqueeze(2).unsqueeze(2);
    return at::grid_sampler_3d(volumes, places, bilinear, border, /*align_corners=*/false).flatten(2);
}

}  // namespace

void add_detail_shapes(std::vector<ParameterShape>& shapes) {
    LayerShapes s;
    s.conv("detail.pixels", 2, 32, detail_pixels, 1);
    s.conv("detail.hidden1", 2, inputs, hidden_features, 1);
    s.conv("detail.hidden2", 2, hidden_features, hidden_features, 1);
    s.conv("detail.out", 2, hidden_features, 1, 1, 0.1);
    shapes.insert(shapes.end(), s.shapes.begin(), s.shapes.end());
}

torch::Tensor detail_logits(const Parameters& p, const LiftedViews& views, const torch::Tensor& weights,
                            const Step& step, const torch::Tensor& prior_distance, const torch::Tensor& points) {
    const auto n = weights.size(0);
    const auto v = weights.size(1);
    const auto count = points.size(1);
    const auto seen = points.unsqueeze(1).expand({n, v, count, 3}).reshape({n * v, count, 3});
    const auto projected = project_points(views.projections, seen);
    const auto pixels = sample_pictures(views.pictures.pixels, projected.coordinates);
    const auto coverage = sample_pictures(views.pictures.silhouette, projected.coordinates);
    const auto by_view =
        at::cat({pixels, coverage, projected.depth.unsqueeze(1)}, 1).view({n, v, detail_pixels + 2, count});
    const auto share = (weights / weights.sum(1, true)).view({n, v, 1, 1});
    const auto absent = (share == 0).to(coverage.scalar_type());
    const auto least = std::get<0>((coverage.view({n, v, 1, count}) + absent).min(1));

    const auto fine = sample_volumes(at::cat({step.logits, step.displacement}, 1), points);
    const auto logit = fine.narrow(1, 0, 1);
    const auto moved = points + fine.narrow(1, 1, 3).transpose(1, 2);
    const auto input =
        at::cat({(by_view * share).sum(1), least, sample_volumes(step.features, points), logit / usual_logit,
                 sample_volumes(prior_distance, points), sample_volumes(prior_distance, moved), points.transpose(1, 2)},
                1)
            .unsqueeze(3);
    const auto hidden = at::leaky_relu(conv2d(p, "detail.hidden1", input), activation_slope);
    const auto more = at::leaky_relu(conv2d(p, "detail.hidden2", hidden), activation_slope);
    return (logit.unsqueeze(3) + conv2d(p, "detail.out", more)).flatten(1);
}

torch::Tensor distance_tensor(const render::SignedDistanceGrid& distance) {
    return (voxel_tensor(distance, resolution) / static_cast<double>(priors::prior_distance_band)).clamp(-1, 1);
}

torch::Tensor cells_near_surface(const torch::Tensor& field, double level) {
    // A step's field is soft where it is undecided; what was asked here is sharp.
    const double margin = field.size(0) == resolution ? first_margin : later_margin;
    const auto batched = field.unsqueeze(0).unsqueeze(0);
    const auto high = at::max_pool3d(batched, 3, 1, 1);
    const auto low = -at::max_pool3d(-batched, 3, 1, 1);
    const auto near = (high > level - margin) & (low < level + margin);
    return at::nonzero(double_size_3d(near.to(torch::kFloat32)).flatten()).flatten();
}

torch::Tensor centres_of(const torch::Tensor& indices, int cells) {
    const auto x = at::remainder(indices, cells);
    const auto y = at::remainder(at::floor_divide(indices, cells), cells);
    const auto z = at::floor_divide(indices, static_cast<std::int64_t>(cells) * cells);
    const double cell = render::default_grid_side / cells;
    return (at::stack({x, y, z}, 1).to(torch::kFloat32) + 0.5) * cell - render::default_grid_side / 2;
}

torch::Tensor detailed_field(const Parameters& p, const LiftedViews& views, const torch::Tensor& weights,
                             const Step& step, const torch::Tensor& prior_distance, double level, int size) {
    auto field = step.logits[0][0];
    for (int r = 2 * resolution; r <= size; r *= 2) {
        const auto cells = cells_near_surface(field, level);
        const auto points = centres_of(cells, r);
        field = at::upsample_trilinear3d(field.unsqueeze(0).unsqueeze(0), {r, r, r}, false)[0][0].contiguous();
        auto flat = field.view(-1);
        for (std::int64_t begin = 0; begin < cells.size(0); begin += points_at_once) {
            const auto n = std::min(points_at_once, cells.size(0) - begin);
            flat.index_copy_(
                0, cells.narrow(0, begin, n),
                detail_logits(p, views, weights, step, prior_distance, points.narrow(0, begin, n).unsqueeze(0))[0]);
        }
    }
    return field;
}

}  // namespace maquette::recon::flagship
