#include "recon/refine/flagship_exemplars.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "recon/refine/lifting.h"
#include "recon/refine/network_layers.h"
#include "render/error.h"

namespace maquette::recon::flagship {
namespace {

constexpr int wide = 16;  // channels at 16^3
constexpr int heads = 2;
constexpr int head_size = 16;
constexpr int key_size = heads * head_size;
constexpr std::int64_t side = 32;
/// What is asked begins as next to nothing, so that a trained network can be given exemplars.
constexpr double initial_shrink = 0.05;
/// As for the mean: occupancies are clamped to this much from 0 and 1.
constexpr double margin = 0.05;

/// [M, heads * head_size, 8, 8, 8] as [M, heads, head_size, 512].
torch::Tensor by_head(const torch::Tensor& x) {
    return x.view({x.size(0), heads, head_size, -1});
}

}  // namespace

void add_exemplar_shapes(std::vector<ParameterShape>& shapes) {
    LayerShapes s;
    s.conv("exemplar.in", 3, 8, wide, 1);
    s.conv("exemplar.down8", 3, wide, exemplar_channels, 2);
    s.block("exemplar.block8", 3, exemplar_channels);
    s.norm("exemplar.norm8", exemplar_channels);
    s.conv("exemplar.key", 3, exemplar_channels, key_size, 1);
    s.conv("exemplar.value", 3, exemplar_channels, key_size, 1);
    s.norm("exemplar.asking", exemplar_channels);
    s.conv("exemplar.query", 3, exemplar_channels, key_size, 1);
    s.conv("exemplar.out", 3, key_size, exemplar_channels, 1, initial_shrink);
    shapes.insert(shapes.end(), s.shapes.begin(), s.shapes.end());
}

ExemplarCodes encode_exemplars(const Parameters& p, const ExemplarGrids& grids) {
    if (!grids.occupancies.defined()) return {};
    const auto n = grids.occupancies.size(0);
    const auto k = grids.occupancies.size(1);
    const auto packed = pack_voxels(at::logit(grids.occupancies.reshape({n * k, 1, side, side, side}), margin));
    const auto x16 = at::leaky_relu(conv3d(p, "exemplar.in", packed), activation_slope);
    const auto x8 = activate(p, "exemplar.norm8", block3d(p, "exemplar.block8", conv3d(p, "exemplar.down8", x16, 2)));
    return {x8.view({n, k, exemplar_channels, exemplar_cells, exemplar_cells, exemplar_cells}), grids.shares};
}

ExemplarGrids exemplar_grids(std::span<const priors::CategoryPrior* const> priors) {
    const auto asked = [](const priors::CategoryPrior& prior) {
        return std::min<std::size_t>(prior.exemplars.size(), most_exemplars_asked);
    };
    std::size_t most = 0;
    for (const auto* prior : priors) most = std::max(most, asked(*prior));
    if (most == 0) return {};
    const auto n = static_cast<std::int64_t>(priors.size());
    const auto k = static_cast<std::int64_t>(most);
    ExemplarGrids grids{at::zeros({n, k, side, side, side}, torch::kFloat32), at::zeros({n, k}, torch::kFloat32)};
    constexpr std::size_t cells = side * side * side;
    auto* occupancy = grids.occupancies.data_ptr<float>();
    auto* share = grids.shares.data_ptr<float>();
    for (const auto* prior : priors) {
        for (std::size_t i = 0; i < asked(*prior); ++i) {
            const auto& values = prior->exemplars[i].occupancy.values;
            if (values.size() != cells) throw UsageError("an exemplar of the prior is not on 32^3 cells");
            std::memcpy(occupancy + i * cells, values.data(), cells * sizeof(float));
            share[i] = i < prior->weights.size() ? prior->weights[i] * static_cast<float>(prior->weights.size()) : 1;
        }
        occupancy += most * cells;
        share += most;
    }
    return grids;
}

torch::Tensor ask_exemplars(const Parameters& p, const torch::Tensor& volume, const ExemplarCodes& exemplars) {
    const auto n = exemplars.codes.size(0);
    const auto k = exemplars.codes.size(1);
    const auto codes =
        exemplars.codes.reshape({n * k, exemplar_channels, exemplar_cells, exemplar_cells, exemplar_cells});
    const auto keys = by_head(conv3d(p, "exemplar.key", codes)).view({n, k, heads, head_size, -1});
    const auto values = by_head(conv3d(p, "exemplar.value", codes)).view({n, k, heads, head_size, -1});
    const auto query = by_head(conv3d(p, "exemplar.query", activate(p, "exemplar.asking", volume))).unsqueeze(1);
    // A shape fits or does not over a region, not in a single cell.
    const auto local = (query * keys).sum(3).view({n * k, heads, exemplar_cells, exemplar_cells, exemplar_cells});
    const auto scores = at::avg_pool3d(local, 3, 1, 1, false, false).view({n, k, heads, -1}) / std::sqrt(head_size);
    // One more slot, of score and value 0: to take nothing. Absent exemplars weigh nothing.
    const auto prior_share = exemplars.shares.view({n, k, 1, 1});
    const auto absent = (prior_share <= 0).to(torch::kFloat32);
    const auto highest = at::clamp_min(std::get<0>((scores - absent * 1e4).max(1, true)), 0);
    // A score of an absent one may lie above the highest of the others: its exponential must stay finite.
    const auto weights = at::exp(at::clamp_max(scores - highest, 0)) * prior_share;
    const auto share = weights / (weights.sum(1, true) + at::exp(-highest));
    const auto taken =
        (share.unsqueeze(3) * values).sum(1).view({n, key_size, exemplar_cells, exemplar_cells, exemplar_cells});
    const auto any = (exemplars.shares.sum(1) > 0).to(torch::kFloat32).view({n, 1, 1, 1, 1});
    return conv3d(p, "exemplar.out", taken) * any;
}

}  // namespace maquette::recon::flagship
