#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/picture_figures.h"
#include "recon/diffusion/picture_optimization.h"
#include "recon/diffusion/score_rivals.h"
#include "recon/diffusion/time_grid.h"
#include "recon/diffusion/view_drawing.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/diffusion_parts.h"
#include "recon/eval/peak_memory.h"
#include "recon/eval/refined_with_views.h"

namespace maquette::recon {
namespace {

using diffusion::GradientMemory;

constexpr int steps = 10;
constexpr int gradients = 3;  // more follow the constraints and leave the true view, on validation
constexpr int least_angle = 60;
constexpr int shapes_of_category = 4;
constexpr std::array<double, 5> guidance_scales = {1, 3, 10, 30, 100};
constexpr std::array<int, 2> memory_steps = {10, 50};

struct Memory {
    const char* name;
    GradientMemory mode;
};
constexpr std::array<Memory, 3> memories = {{{"naive", GradientMemory::everything},
                                             {"checkpoint of each step", GradientMemory::each_step},
                                             {"exact inversion", GradientMemory::nothing}}};

/// The first photo of the first shapes of each category that has a target far enough off, and that target.
std::vector<std::pair<std::size_t, std::size_t>> subset(const DiffusionBench& bench) {
    std::vector<std::pair<std::size_t, std::size_t>> picked;
    std::map<int, int> taken;
    int last_shape = -1;
    for (std::size_t q = 0; q < bench.queries().size(); ++q) {
        const auto& query = bench.queries()[q];
        if (query.shape == last_shape || taken[query.category] >= shapes_of_category) continue;
        std::vector<std::size_t> far;
        for (std::size_t t = 0; t < query.targets.size(); ++t) {
            if (query.targets[t].angle >= least_angle) far.push_back(t);
        }
        if (far.empty()) continue;
        last_shape = query.shape;
        // Angles take turns.
        picked.emplace_back(q, far[static_cast<std::size_t>(taken[query.category]++) % far.size()]);
    }
    return picked;
}

ReportTable memory_table(const DiffusionBench& bench, ReportPart& part) {
    const auto& query = bench.queries().front();
    const CropCamera target = diffusion::target_camera(120, 10, query.coarse);
    const diffusion::BoundNovelView bound(*bench.networks().novel_view, query.photo, &query.coarse, {&target, 1});
    const diffusion::GuidedDenoiser denoiser(bound.denoiser(), {});
    const auto sampler = diffusion::make_sampler({.kind = diffusion::SamplerKind::edict});
    const auto start = sampler->begin(diffusion::gaussian_noise(bound.shape(), bench.seed()));
    const auto towards = at::full(bound.shape(), 0.3);
    const auto loss = [&](const diffusion::Latent& made) { return (made.x - towards).pow(2).mean(); };
    ReportTable table{"One gradient through all steps of EDICT",
                      {"memory", "MB at 10 steps", "MB at 50 steps", "growth", "evaluations a step", "relative error"},
                      {}};
    std::map<int, torch::Tensor> reference;
    double naive_growth = 0;
    for (const auto& memory : memories) {
        std::array<double, 2> peaks{};
        double error = 0;
        for (std::size_t k = 0; k < memory_steps.size(); ++k) {
            bench.announce("memory of latent gradients", 0);
            const auto levels = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = memory_steps[k]});
            torch::Tensor gradient;
            const auto once = [&] {
                gradient = latent_gradient(*sampler, denoiser, start, levels, loss, memory.mode).gradient.x;
            };
            if (k == 0) once();  // what is set up once does not count
            peaks[k] = peak_memory_growth(once);
            if (memory.mode == GradientMemory::everything) reference[memory_steps[k]] = gradient;
            const auto& exact = reference.at(memory_steps[k]);
            error = std::max(error, ((gradient - exact).norm() / exact.norm()).item<double>());
        }
        const double growth = peaks[1] - peaks[0];
        if (memory.mode == GradientMemory::everything) naive_growth = growth;
        const int evaluations = memory.mode == GradientMemory::everything  ? 1
                                : memory.mode == GradientMemory::each_step ? 2
                                                                           : 3;
        table.rows.push_back({memory.name, fmt::format("{:.0f}", peaks[0]), fmt::format("{:.0f}", peaks[1]),
                              fmt::format("{:.1f}", growth),
                              std::to_string(evaluations * sampler->evaluations_per_step()),
                              fmt::format("{:.1e}", error)});
        part.figures["memory"][memory.name] = {
            {"mb_10_steps", peaks[0]}, {"mb_50_steps", peaks[1]}, {"gradient_relative_error", error}};
        if (memory.mode == GradientMemory::nothing) {
            part.headlines["doodl_memory_growth_mb"] = growth;
            part.headlines["doodl_naive_memory_growth_mb"] = naive_growth;
            part.headlines["doodl_gradient_relative_error"] = error;
        }
    }
    return table;
}

const char* const single_chain = "latent optimisation through DDIM";

struct Figures {
    std::vector<double> mask_iou, psnr, constraint, final_iou;
};

}  // namespace

ReportPart latent_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Latent optimisation", .key = "latent_optimisation"};
    part.tables.push_back(memory_table(bench, part));
    const auto& networks = bench.networks();
    const auto picked = subset(bench);
    const std::vector<double> none(bench.queries().size(), std::numeric_limits<double>::quiet_NaN());
    std::vector<std::string> order;
    std::map<std::string, Figures> figures;
    std::map<std::string, double> evaluations;
    const auto grid =
        diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = steps, .noisiest = diffusion::purest_noise});
    const diffusion::LatentOptimizationOptions optimisation = [] {
        auto options = diffusion::ViewDrawingOptions{}.optimisation;
        options.iterations = gradients;
        return options;
    }();
    for (std::size_t k = 0; k < picked.size(); ++k) {
        const auto& [q, t] = picked[k];
        const auto& query = bench.queries()[q];
        const View& truth = query.targets[t].truth;
        const CropCamera target = crop_camera_of(*truth.camera);
        const auto true_picture = diffusion::picture_tensor(truth, bench.picture_size()).unsqueeze(0);
        const diffusion::BoundNovelView bound(*networks.novel_view, query.photo, &query.coarse, {&target, 1});
        const diffusion::GuidedDenoiser denoiser(bound.denoiser(), {});
        const auto edict = diffusion::make_sampler(diffusion::from_pure_noise({.kind = diffusion::SamplerKind::edict}));
        const auto ddim = diffusion::make_sampler({});
        const std::uint64_t seed = bench.seed() + 100 * q;
        const auto noise = diffusion::gaussian_noise(bound.shape(), seed);
        const diffusion::KnownObject object{.photos = {&query.photo, 1},
                                            .coarse = &query.coarse,
                                            .threshold = networks.refiner->threshold(),
                                            .refiner = networks.refiner.get(),
                                            .prior = &query.prior};
        const KnownPhoto known = known_photo(bench, query, false);
        const auto score = true_constraints(object, {&target, 1}, bench.picture_size(), {});
        const auto put = [&](const std::string& name, const torch::Tensor& made, double spent) {
            const at::NoGradGuard no_gradient;
            if (!figures.contains(name)) {
                order.push_back(name);
                figures[name] = {none, none, none, none};
            }
            evaluations[name] = spent;
            auto& f = figures[name];
            f.mask_iou[q] = diffusion::mask_overlap(made, true_picture)[0];
            f.psnr[q] = diffusion::psnr(made, true_picture)[0];
            f.constraint[q] = diffusion::scores_of(score, made)[0].item<double>();
            std::vector<View> views = {
                diffusion::firm_view_from_picture(made[0], camera_of(target, view_size), diffusion::usual_view_weight)};
            f.final_iou[q] = iou_with_views(bench, query, known, std::move(views));
        };
        bench.announce("latent optimisation", static_cast<double>(k) / static_cast<double>(picked.size()));
        const auto plain = [&] {
            const at::NoGradGuard no_gradient;
            return generate(*ddim, denoiser, ddim->begin(noise), grid).x;
        }();
        put("as drawn", plain, steps);
        {
            const at::NoGradGuard no_gradient;
            put("as drawn by EDICT", generate(*edict, denoiser, edict->begin(noise), grid).x, 2.0 * steps);
        }
        for (const double scale : guidance_scales) {
            const auto guided = guided_pictures(*ddim, denoiser, noise, grid, score, scale);
            put(fmt::format("one-step guidance, scale {:g}", scale), guided.pictures, 2.0 * steps);
        }
        const auto improved = optimise_pictures(*edict, denoiser, edict->begin(noise), grid, score, optimisation);
        put("latent optimisation", improved.pictures, static_cast<double>(improved.evaluations));
        auto kept = optimisation;
        kept.memory = GradientMemory::each_step;
        const auto single = optimise_pictures(*ddim, denoiser, ddim->begin(noise), grid, score, kept);
        put(single_chain, single.pictures, static_cast<double>(single.evaluations));
        const auto best = best_of_seeds(*ddim, denoiser, bound.shape(), grid, score, seed, improved.evaluations);
        put("best of seeds", best.improved.pictures, static_cast<double>(best.improved.evaluations));
    }
    if (order.empty()) return part;
    ReportTable table{"", {"view", "network evaluations", "constraint", "true mask IoU", "PSNR, dB", "final IoU"}, {}};
    std::string best_guidance;
    for (const auto& name : order) {
        const auto& f = figures[name];
        const Interval overlap = bootstrap(bench.by_shape(f.mask_iou));
        table.rows.push_back({name, fmt::format("{:.0f}", evaluations[name]),
                              interval_text(bootstrap(bench.by_shape(f.constraint))), interval_text(overlap),
                              interval_text(bootstrap(bench.by_shape(f.psnr)), 2),
                              interval_text(bootstrap(bench.by_shape(f.final_iou)))});
        part.figures["views"][name] = {{"evaluations", evaluations[name]},
                                       {"constraint", interval_json(bootstrap(bench.by_shape(f.constraint)))},
                                       {"mask_iou", interval_json(overlap)},
                                       {"psnr", interval_json(bootstrap(bench.by_shape(f.psnr)))},
                                       {"final_iou", interval_json(bootstrap(bench.by_shape(f.final_iou)))}};
        if (!name.starts_with("one-step")) continue;
        if (best_guidance.empty() || overlap.mean > bootstrap(bench.by_shape(figures[best_guidance].mask_iou)).mean) {
            best_guidance = name;
        }
    }
    part.tables.push_back(std::move(table));
    ReportTable differences{"Differences", {"view", "over", "true mask IoU", "PSNR, dB", "final IoU"}, {}};
    for (const std::string& view : {std::string("latent optimisation"), std::string(single_chain)}) {
        for (const std::string& name : {std::string("as drawn"), best_guidance, std::string("best of seeds")}) {
            const auto difference = [&](auto member) {
                return bootstrap_difference(bench.by_shape(figures[view].*member),
                                            bench.by_shape(figures[name].*member));
            };
            const Interval overlap = difference(&Figures::mask_iou);
            const Interval psnr = difference(&Figures::psnr);
            const Interval shape = difference(&Figures::final_iou);
            differences.rows.push_back({view, name, interval_text(overlap, 3, true), interval_text(psnr, 2, true),
                                        interval_text(shape, 3, true)});
            part.figures["optimisation_over"][view][name] = {{"mask_iou", interval_json(overlap)},
                                                             {"psnr", interval_json(psnr)},
                                                             {"final_iou", interval_json(shape)}};
            if (name != best_guidance) continue;
            const std::string key = view == single_chain ? "single_chain_gain" : "doodl_gain";
            part.headlines[key] = overlap.mean;
            part.headlines[key + "_ci"] = {overlap.low, overlap.high};
        }
    }
    part.tables.push_back(std::move(differences));
    part.notes.push_back(
        fmt::format("{} photos, one target each, 60 degrees or more off; {} steps; latent optimisation: {} "
                    "gradients; one-step guidance is compared at the scale that is best for it here; "
                    "best of seeds has as many network evaluations",
                    picked.size(), steps, optimisation.iterations));
    return part;
}

}  // namespace maquette::recon
