#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/time_grid.h"
#include "recon/eval/diffusion_parts.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

using diffusion::SamplerKind;

constexpr std::size_t most_pictures = 4;
constexpr std::array<int, 3> step_counts = {10, 20, 50};
constexpr int headline_steps = 50;
constexpr double headline_guidance = 3;

struct Method {
    const char* name;
    diffusion::SamplerOptions sampler;
};
constexpr std::array<Method, 5> methods = {
    {{"ddim", {}},
     {"edict", {.kind = SamplerKind::edict}},
     {"edict of velocity", {.kind = SamplerKind::edict, .edict_form = diffusion::Parameterization::velocity}},
     {"bdia", {.kind = SamplerKind::bdia}},
     {"o-belm", {.kind = SamplerKind::o_belm}}}};

/// True pictures with their conditions, one of each query up to most_pictures.
struct Pictures {
    torch::Tensor pictures;  ///< [N, 4, S, S]
    diffusion::NovelViewConditions conditions;
};

Pictures gathered(const DiffusionBench& bench) {
    std::vector<torch::Tensor> pictures;
    std::vector<diffusion::NovelViewConditions> conditions;
    const std::size_t step = std::max<std::size_t>(1, bench.queries().size() / most_pictures);
    for (std::size_t i = 0; i < bench.queries().size() && pictures.size() < most_pictures; i += step) {
        const auto& query = bench.queries()[i];
        if (query.targets.empty()) continue;
        const View& target = query.targets.back().truth;
        pictures.push_back(diffusion::picture_tensor(target, bench.picture_size()));
        const CropCamera camera = crop_camera_of(*target.camera);
        conditions.push_back(
            diffusion::view_conditions(*bench.networks().novel_view, query.photo, &query.coarse, {&camera, 1}));
    }
    const auto joined = [&](auto member) {
        std::vector<torch::Tensor> rows;
        for (const auto& one : conditions) rows.push_back(one.*member);
        return at::cat(rows);
    };
    return {at::stack(pictures),
            {.photo = joined(&diffusion::NovelViewConditions::photo),
             .geometry = joined(&diffusion::NovelViewConditions::geometry),
             .pose = joined(&diffusion::NovelViewConditions::pose)}};
}

Parameters as_type(const Parameters& parameters, torch::ScalarType type) {
    Parameters converted;
    for (const auto& [name, value] : parameters) converted[name] = value.to(type);
    return converted;
}

/// What a PNG keeps of a picture.
torch::Tensor eight_bits(const torch::Tensor& x) {
    return at::round((x.clamp(-1, 1) + 1) * 127.5) / 127.5 - 1;
}

struct RoundTrip {
    double largest = 0;  ///< absolute, of values within -1..1
    double mean_square = 0;
    double after_png = 0;         ///< mean square once both are 8-bit pictures
    double latent_deviation = 0;  ///< standard deviation of the noise end; about 1 is sane
    double between_chains = 0;    ///< root mean square of what the companion differs by at the noise end; EDICT only
};

RoundTrip round_trip(const diffusion::Denoiser& denoiser, const torch::Tensor& pictures,
                     const diffusion::SamplerOptions& settings, int steps) {
    const at::NoGradGuard no_gradient;
    const auto sampler = diffusion::make_sampler(settings);
    const auto levels = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = steps});
    const auto noise = invert(*sampler, denoiser, sampler->begin_inverse(denoiser, pictures, levels), levels);
    const auto back = generate(*sampler, denoiser, noise, levels).x;
    RoundTrip result;
    const auto difference = back - pictures;
    result.largest = difference.abs().max().item<double>();
    result.mean_square = difference.pow(2).mean().item<double>();
    result.after_png = (eight_bits(back) - eight_bits(pictures)).pow(2).mean().item<double>();
    result.latent_deviation = noise.x.std().item<double>();
    if (settings.kind == SamplerKind::edict) {
        result.between_chains = std::sqrt((noise.x - noise.companion).pow(2).mean().item<double>());
    }
    return result;
}

nlohmann::json json_of(const RoundTrip& trip) {
    return {{"max", trip.largest},
            {"mse", trip.mean_square},
            {"mse_after_png", trip.after_png},
            {"latent_std", trip.latent_deviation},
            {"between_chains", trip.between_chains}};
}

}  // namespace

ReportPart round_trip_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Exact inversion", .key = "round_trip"};
    const Pictures all = gathered(bench);
    const auto& weights = *bench.networks().novel_view;
    part.notes.push_back(
        fmt::format("{} true views of test shapes, inverted to noise and drawn again under the same photo and coarse "
                    "shape; errors of values within -1..1; Karras grid",
                    all.pictures.size(0)));
    part.notes.emplace_back(
        "edict adds the network's output as noise, as published; as a velocity, as views are drawn from pure noise, "
        "its "
        "chains part on the way back");
    part.notes.emplace_back("after PNG: both pictures rounded to 8 bits first; 0 is the same file");
    part.notes.emplace_back(
        "latent: standard deviation at the noise end, where about 1 is sane: a round trip alone "
        "does not show a sampler that left the noise it knows");
    ReportTable table{"",
                      {"sampler", "steps", "guidance", "precision", "largest error", "MSE", "MSE after PNG", "latent",
                       "between chains"},
                      {}};
    std::vector<render::PlotSeries> curves;
    std::map<std::string, RoundTrip> headline;
    const std::size_t rows = methods.size() * 2 * 2;
    std::size_t done = 0;
    for (const double guidance : {1.0, headline_guidance}) {
        for (const auto type : {torch::kFloat32, torch::kFloat64}) {
            const auto parameters = as_type(weights.parameters, type);
            const diffusion::NovelViewConditions conditions{.photo = all.conditions.photo.to(type),
                                                            .geometry = all.conditions.geometry.to(type),
                                                            .pose = all.conditions.pose.to(type)};
            const diffusion::NovelViewDenoiser conditional(weights.model, parameters, conditions);
            const diffusion::GuidedDenoiser denoiser(conditional, {.photo = guidance});
            const bool single = type == torch::kFloat32;
            for (const auto& method : methods) {
                bench.announce("round trips", static_cast<double>(done++) / static_cast<double>(rows));
                render::PlotSeries curve{.name = method.name};
                for (const int steps : step_counts) {
                    // The curve by steps is drawn once; elsewhere the headline's steps are enough.
                    if (steps != headline_steps && !(single && guidance == 1.0)) continue;
                    const RoundTrip trip = round_trip(denoiser, all.pictures.to(type), method.sampler, steps);
                    const char* precision = single ? "fp32" : "fp64";
                    table.rows.push_back(
                        {method.name, std::to_string(steps), fmt::format("{:g}", guidance), precision,
                         fmt::format("{:.1e}", trip.largest), fmt::format("{:.1e}", trip.mean_square),
                         fmt::format("{:.1e}", trip.after_png), fmt::format("{:.2f}", trip.latent_deviation),
                         method.sampler.kind == SamplerKind::edict ? fmt::format("{:.4f}", trip.between_chains) : "-"});
                    part.figures[fmt::format("{}_{}_steps_guidance_{:g}_{}", method.name, steps, guidance, precision)] =
                        json_of(trip);
                    curve.x.push_back(steps);
                    curve.y.push_back(std::max(trip.mean_square, 1e-18));
                    if (steps == headline_steps && guidance == 1.0)
                        headline[fmt::format("{} {}", method.name, precision)] = trip;
                }
                if (single && guidance == 1.0) curves.push_back(std::move(curve));
            }
        }
    }
    part.tables.push_back(std::move(table));
    part.pictures.push_back(
        {"round_trip", "Mean squared error of a round trip by steps, single precision.",
         render::line_plot(curves, {.title = "Round trip, fp32", .x = {"steps"}, .y = {"mean squared error", true}})});
    const RoundTrip& edict = headline.at("edict fp32");
    const RoundTrip& ddim = headline.at("ddim fp32");
    part.headlines["edict_roundtrip_max_fp32"] = edict.largest;
    part.headlines["edict_roundtrip_max_fp64"] = headline.at("edict fp64").largest;
    part.headlines["ddim_over_edict_mse"] = ddim.mean_square / std::max(edict.mean_square, 1e-30);
    // Two files that are the same leave nothing to divide by: half a step of 8 bits stands for it.
    const double half_step = 0.25 / (127.5 * 127.5);
    part.headlines["ddim_over_edict_mse_after_png"] = ddim.after_png / std::max(edict.after_png, half_step);
    return part;
}

}  // namespace maquette::recon
