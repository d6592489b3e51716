#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/picture_figures.h"
#include "recon/diffusion/usual_views.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/binomial.h"
#include "recon/eval/diffusion_parts.h"
#include "recon/eval/refined_with_views.h"

namespace maquette::recon {
namespace {

constexpr int least_angle = 60;

/// Views of one network, by query and target.
struct Outcome {
    std::vector<double> rewards;  ///< [comparisons] final IoU with the one view beside the photo
    std::vector<double> psnr;     ///< [queries] mean over targets
    std::vector<double> iou;      ///< [queries] the same of the rewards
};

Outcome outcome_of(const DiffusionBench& bench, const diffusion::NovelViewWeights& weights, const std::string& name) {
    const std::vector<double> none(bench.queries().size(), std::numeric_limits<double>::quiet_NaN());
    Outcome outcome{{}, none, none};
    for (std::size_t q = 0; q < bench.queries().size(); ++q) {
        bench.announce(name, static_cast<double>(q) / static_cast<double>(bench.queries().size()));
        const auto& query = bench.queries()[q];
        std::vector<CropCamera> cameras;
        std::vector<torch::Tensor> truths;
        for (const auto& target : query.targets) {
            if (target.angle < least_angle) continue;
            cameras.push_back(crop_camera_of(*target.truth.camera));
            truths.push_back(diffusion::picture_tensor(target.truth, bench.picture_size()));
        }
        if (cameras.empty()) continue;
        diffusion::ViewGenerationOptions options;
        options.seed = bench.seed() + 100 * q;
        const auto made = generate_views(weights, query.photo, &query.coarse, cameras, options);
        const KnownPhoto known = known_photo(bench, query, false);
        double sum = 0;
        for (std::size_t t = 0; t < cameras.size(); ++t) {
            outcome.rewards.push_back(iou_with_views(
                bench, query, known,
                {diffusion::firm_view_from_picture(made[static_cast<std::int64_t>(t)], camera_of(cameras[t], view_size),
                                                   diffusion::usual_view_weight)}));
            sum += outcome.rewards.back();
        }
        outcome.iou[q] = sum / static_cast<double>(cameras.size());
        outcome.psnr[q] = diffusion::mean_of(diffusion::psnr(made, at::stack(truths)));
    }
    return outcome;
}

}  // namespace

ReportPart preference_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Preferences", .key = "preferences"};
    const at::NoGradGuard no_gradient;
    if (bench.networks().tuned.empty()) {
        part.notes.emplace_back("no tuned weights were given (--preferences)");
        return part;
    }
    const Outcome base = outcome_of(bench, *bench.networks().novel_view, "views of the base");
    ReportTable table{
        "", {"network", "wins over the base", "final IoU", "over the base", "PSNR over the base, dB"}, {}};
    table.rows.push_back({"base", "-", interval_text(bootstrap(bench.by_shape(base.iou))), "-", "-"});
    for (const auto& [name, weights] : bench.networks().tuned) {
        const Outcome tuned = outcome_of(bench, *weights, "views of " + name);
        int wins = 0;
        int trials = 0;
        for (std::size_t i = 0; i < base.rewards.size(); ++i) {
            if (tuned.rewards[i] == base.rewards[i]) continue;
            ++trials;
            wins += tuned.rewards[i] > base.rewards[i] ? 1 : 0;
        }
        const Interval share = trials > 0 ? binomial_share(wins, trials) : Interval{0.5, 0, 1};
        const Interval gain = bootstrap_difference(bench.by_shape(tuned.iou), bench.by_shape(base.iou));
        const Interval psnr = bootstrap_difference(bench.by_shape(tuned.psnr), bench.by_shape(base.psnr));
        table.rows.push_back({name, fmt::format("{} of {}: {}", wins, trials, interval_text(share)),
                              interval_text(bootstrap(bench.by_shape(tuned.iou))), interval_text(gain, 4, true),
                              interval_text(psnr, 2, true)});
        part.figures[name] = {{"win_rate", interval_json(share)},
                              {"comparisons", trials},
                              {"final_iou_gain", interval_json(gain)},
                              {"psnr_gain", interval_json(psnr)}};
        if (&name != &bench.networks().tuned.front().first) continue;
        part.headlines["dpo_win_rate"] = share.mean;
        part.headlines["dpo_win_rate_ci"] = {share.low, share.high};
        part.headlines["dpo_psnr_change"] = psnr.mean;
    }
    part.notes.push_back(
        fmt::format("one view {} degrees or more from the photo beside it, weight {:g}, the same seed "
                    "for both networks; a win: the final shape overlaps the true one more than with "
                    "the base's view; equal results do not count; exact binomial intervals",
                    least_angle, diffusion::usual_view_weight));
    part.tables.push_back(std::move(table));
    return part;
}

}  // namespace maquette::recon
