#include "recon/refine/flagship_network.h"

#include <ATen/Functions.h>

#include <string>

#include "recon/refine/flagship_aim.h"
#include "recon/refine/flagship_detail.h"
#include "recon/refine/image_trunk.h"
#include "recon/refine/lifting.h"
#include "recon/refine/network_layers.h"
#include "recon/refine/picture_sampling.h"
#include "render/grid.h"

namespace maquette::recon::flagship {
namespace {

constexpr int fine_features = 24;
constexpr int coarse_features = 40;
constexpr int wide = 16;    // channels at 16^3
constexpr int middle = 48;  // at 8^3
constexpr int deep = 96;    // at 4^3
constexpr int scene_channels = 2 * volume_channels + 16;
// Displacements stay within this many object units a step.
constexpr double reach = 0.125;
constexpr double gate_bias = 2;

}  // namespace

std::vector<ParameterShape> parameter_shapes(bool exemplars) {
    LayerShapes s;
    add_image_trunk(s);
    s.conv("image.code", 2, trunk_features, code_size, 1);
    s.conv("image.top", 2, trunk_features, coarse_features, 1);
    s.conv("image.coarse", 2, 96, coarse_features, 1);
    s.conv("image.join", 2, coarse_features, fine_features, 1);
    s.conv("image.fine", 2, 48, fine_features, 1);
    s.conv("lift.view", 3, fine_features + coarse_features + 9, volume_channels, 1);

    s.conv("step.in", 3, scene_channels + 16, wide, 1);
    s.block("step.block16", 3, wide);
    s.conv("step.down8", 3, wide, middle, 2);
    s.block("step.block8", 3, middle);
    s.conv("step.down4", 3, middle, deep, 2);
    s.conv("step.code", 3, code_size, deep, 1);
    s.block("step.block4a", 3, deep);
    s.block("step.block4b", 3, deep);
    s.conv("step.up8", 3, deep, middle, 1);
    s.block("step.back8", 3, middle);
    s.norm("step.norm8", middle);
    s.conv("step.displacement", 3, middle, 3, 1, 0.01);
    s.conv("step.up16", 3, middle, wide, 1);
    s.block("step.back16", 3, wide);
    s.norm("step.norm16", wide);
    s.conv("step.out", 3, wide, 16, 1, 0.1);
    add_detail_shapes(s.shapes);
    if (exemplars) add_exemplar_shapes(s.shapes);
    add_aim_shapes(s.shapes);
    return s.shapes;
}

EncodedPictures encode_pictures(const Parameters& p, const torch::Tensor& images) {
    const auto maps = image_trunk(p, images);
    EncodedPictures pictures;
    pictures.coarse = conv2d(p, "image.coarse", maps.eighth) + double_size_2d(conv2d(p, "image.top", maps.sixteenth));
    pictures.fine = conv2d(p, "image.fine", maps.quarter) + double_size_2d(conv2d(p, "image.join", pictures.coarse));
    pictures.code =
        at::leaky_relu(conv2d(p, "image.code", maps.sixteenth.mean({2, 3}, true)), activation_slope).flatten(1);
    pictures.silhouette = images.narrow(1, 3, 1).contiguous();
    pictures.pixels = at::leaky_relu(conv2d(p, "detail.pixels", maps.half), activation_slope);
    return pictures;
}

EncodedPictures select(const EncodedPictures& pictures, const torch::Tensor& rows) {
    return {pictures.fine.index_select(0, rows), pictures.coarse.index_select(0, rows),
            pictures.code.index_select(0, rows), pictures.silhouette.index_select(0, rows),
            pictures.pixels.index_select(0, rows)};
}

LiftedViews lift(const Parameters& p, const EncodedPictures& pictures, const torch::Tensor& projections) {
    const auto b = projections.size(0);
    const auto coarse_points =
        project_points(projections, cell_centres(coarse, render::default_grid_side).view({-1, 3}));
    const auto points = project_points(projections, cell_centres(resolution, render::default_grid_side).view({-1, 3}));

    LiftedViews views;
    views.pictures = pictures;
    views.projections = projections;
    views.mask = pack_voxels(
        sample_pictures(pictures.silhouette, points.coordinates).view({b, 1, resolution, resolution, resolution}));
    const auto lifted =
        at::cat({sample_pictures(pictures.fine, coarse_points.coordinates),
                 sample_pictures(pictures.coarse, coarse_points.coordinates), coarse_points.depth.unsqueeze(1)},
                1)
            .view({b, -1, coarse, coarse, coarse});
    views.volume = at::leaky_relu(conv3d(p, "lift.view", at::cat({lifted, views.mask}, 1)), activation_slope);
    return views;
}

Scene fuse(const LiftedViews& views, const torch::Tensor& weights) {
    const auto n = weights.size(0);
    const auto v = weights.size(1);
    if (v == 1) {
        return {at::cat({views.volume, views.volume}, 1), at::cat({views.mask, views.mask}, 1), views.pictures.code};
    }
    const auto share = weights / weights.sum(1, true);
    const auto volume = views.volume.view({n, v, volume_channels, coarse, coarse, coarse});
    const auto mask = views.mask.view({n, v, 8, coarse, coarse, coarse});
    const auto share_5d = share.view({n, v, 1, 1, 1, 1});
    const auto absent = (share_5d == 0).to(volume.scalar_type()) * 1e4;
    return {at::cat({(volume * share_5d).sum(1), std::get<0>((volume - absent).max(1))}, 1),
            at::cat({(mask * share_5d).sum(1), std::get<0>((mask + absent).min(1))}, 1),
            (views.pictures.code.view({n, v, code_size}) * share.unsqueeze(2)).sum(1)};
}

torch::Tensor prior_logits(const torch::Tensor& mean) {
    return at::logit(mean, prior_margin);
}

Step refine(const Parameters& p, const Scene& scene, const torch::Tensor& prior, const torch::Tensor& current,
            const ExemplarCodes& exemplars) {
    const auto input = at::cat({scene.volume, scene.hull, pack_voxels(prior), pack_voxels(current)}, 1);
    const auto x16 = block3d(p, "step.block16", conv3d(p, "step.in", input));
    auto x8 = block3d(p, "step.block8", conv3d(p, "step.down8", x16, 2));
    if (exemplars.codes.defined()) x8 = x8 + ask_exemplars(p, x8, exemplars);
    const auto code = conv3d(p, "step.code", scene.code.view({-1, code_size, 1, 1, 1}));
    auto x4 = block3d(p, "step.block4a", conv3d(p, "step.down4", x8, 2) + code);
    x4 = block3d(p, "step.block4b", x4);
    const auto y8 = block3d(p, "step.back8", x8 + double_size_3d(conv3d(p, "step.up8", x4)));
    const auto y16 = block3d(p, "step.back16", x16 + double_size_3d(conv3d(p, "step.up16", y8)));

    Step step;
    const auto small = at::tanh(conv3d(p, "step.displacement", activate(p, "step.norm8", y8))) * reach;
    step.displacement = at::upsample_trilinear3d(small, {resolution, resolution, resolution}, false);
    const auto centres = cell_centres(resolution, render::default_grid_side);
    const auto places = (centres + step.displacement.permute({0, 2, 3, 4, 1})) * (2 / render::default_grid_side);
    const auto moved = sample_fields(current, places.flatten(1, 3)).view_as(current);

    step.features = activate(p, "step.norm16", y16);
    const auto out = conv3d(p, "step.out", step.features);
    const auto gate = at::sigmoid(unpack_voxels(out.narrow(1, 8, 8)) + gate_bias);
    step.logits = gate * moved + unpack_voxels(out.narrow(1, 0, 8));
    return step;
}

}  // namespace maquette::recon::flagship
