#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/sampler.h"
#include "recon/diffusion/time_grid.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/diffusion_parts.h"
#include "render/median.h"

namespace maquette::recon {
namespace {

constexpr int repeats = 7;
constexpr int steps = 20;

/// Median of a few, the first one not counted.
template <typename Work>
double median_seconds(const Work& work) {
    std::vector<double> seconds;
    for (int i = 0; i <= repeats; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        if (i > 0) seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return render::median_of(std::move(seconds));
}

}  // namespace

ReportPart speed_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Speed", .key = "speed"};
    const at::NoGradGuard no_gradient;
    const auto& weights = *bench.networks().novel_view;
    const auto& query = bench.queries().front();
    const CropCamera target = diffusion::target_camera(120, 10, query.coarse);
    ReportTable table{"", {"sampler", "views", "evaluations", "seconds", "of which network"}, {}};
    int row = 0;
    for (const auto& [name, kind] :
         {std::pair{"ddim", diffusion::SamplerKind::ddim}, std::pair{"edict", diffusion::SamplerKind::edict}}) {
        for (const int views : {1, 4}) {
            bench.announce("speed", row++ / 4.0);
            const std::vector<CropCamera> targets(static_cast<std::size_t>(views), target);
            diffusion::ViewGenerationOptions options;
            options.sampler.kind = kind;
            options.grid.steps = steps;
            const double whole =
                median_seconds([&] { (void)generate_views(weights, query.photo, &query.coarse, targets, options); });
            const auto conditions = view_conditions(weights, query.photo, &query.coarse, targets);
            const diffusion::NovelViewDenoiser denoiser(weights.model, weights.parameters, conditions);
            const auto levels = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), options.grid);
            const auto x = diffusion::gaussian_noise(
                {views, diffusion::picture_channels, bench.picture_size(), bench.picture_size()}, 1);
            const double one = median_seconds([&] { (void)denoiser.predict(x, levels[steps / 2], {}); });
            const int evaluations = steps * diffusion::make_sampler(options.sampler)->evaluations_per_step();
            const double share = one * evaluations / whole;
            table.rows.push_back({name, std::to_string(views), std::to_string(evaluations),
                                  fmt::format("{:.3f}", whole), fmt::format("{:.0f} %", 100 * share)});
            part.figures[fmt::format("{}_{}_views", name, views)] = {
                {"seconds", whole}, {"evaluation_seconds", one}, {"evaluations", evaluations}};
            if (views == 1 && kind == diffusion::SamplerKind::ddim) {
                part.headlines["view_seconds"] = whole;
                part.headlines["view_overhead"] = whole / (one * evaluations) - 1;
            }
        }
    }
    part.notes.push_back(
        fmt::format("a view of {0}x{0} pixels in {1} steps, conditions and geometry included; median of "
                    "{2}",
                    bench.picture_size(), steps, repeats));
    part.tables.push_back(std::move(table));
    return part;
}

}  // namespace maquette::recon
