#include "recon/cli/preference_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "recon/cli/coarse_shape.h"
#include "recon/cli/photo.h"
#include "recon/cli/progress_bar.h"
#include "recon/diffusion/novel_view_weights.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/diffusion/view_generation.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/preference_making.h"
#include "recon/train/preference_pairs.h"
#include "recon/train/view_ratings.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

constexpr const char* rated_pairs_name = "rated_pairs.mqr";
constexpr const char* rated_settings = R"({"source": "ratings"})";

std::string interrupted_text(const std::filesystem::path& file) {
    return fmt::format("interrupted; {} is kept, the same command goes on with it", file.string());
}

void make_computed(const TrainDpoOptions& options, const diffusion::NovelViewWeights& weights,
                   const std::stop_token& stop) {
    const auto judge = load_refinement_network(options.refiner_weights);
    ProgressBar bar("make pairs");
    make_preference_pairs(
        weights, *judge, options.making,
        [&](const MakingProgress& progress) {
            bar.update(progress.fraction, fmt::format("{} pairs in {} poses, {:.1f} s each", progress.pairs,
                                                      progress.queries, progress.seconds_a_query));
        },
        stop);
    if (stop.stop_requested()) throw Interrupted(interrupted_text(options.making.pairs));
}

/// The two views of a rating, drawn again.
JudgedViews drawn_again(const ViewRating& rating, const diffusion::NovelViewWeights& weights,
                        CoarseReconstructor& reconstructor, const std::stop_token& stop) {
    View photo = read_view(rating.photo, std::nullopt);
    if (rating.camera) photo.camera = camera_of(*rating.camera, view_size);
    const auto prior = prior_for_photo(rating.prior, photo);
    const auto coarse = reconstructor.shape(photo, prior, stop);
    const CropCamera target =
        rating.pose ? *rating.pose : diffusion::target_camera(rating.azimuth, rating.elevation, coarse);
    JudgedViews judged = generated_for_judging(weights, photo, rating.geometry ? &coarse : nullptr, target,
                                               std::array{rating.seed_a, rating.seed_b}, rating.steps);
    judged.number = rating.line;
    judged.key = rating.key;
    judged.shape = rating.photo.string();
    judged.rewards = rating.prefers_a ? std::vector<double>{1, 0} : std::vector<double>{0, 1};
    return judged;
}

void draw_rated(const TrainDpoOptions& options, const std::filesystem::path& file,
                const diffusion::NovelViewWeights& weights, const std::stop_token& stop) {
    const RatingList list = read_view_ratings(options.ratings);
    for (const std::string& problem : list.problems) fmt::print(stderr, "{}\n", problem);
    fmt::print(stderr, "{}: {} ratings, {} ties dropped, {} lines of another kind, {} unusable\n",
               options.ratings.string(), list.ratings.size(), list.ties, list.other, list.problems.size());
    const std::string sha256 = render::sha256_of_file(options.training.base);
    PairFileWriter writer(file,
                          {.base_digest = diffusion::weights_digest(weights.parameters), .settings = rated_settings});
    std::set<std::string> done;
    for (const auto& judged : writer.present()) done.insert(judged.key);
    std::optional<CoarseReconstructor> reconstructor;
    ProgressBar bar("draw rated views");
    for (std::size_t i = 0; i < list.ratings.size(); ++i) {
        const ViewRating& rating = list.ratings[i];
        bar.update(static_cast<double>(i) / static_cast<double>(list.ratings.size()),
                   fmt::format("rating {} of {}", i + 1, list.ratings.size()));
        if (stop.stop_requested()) throw Interrupted(interrupted_text(file));
        if (!done.insert(rating.key).second) continue;
        const std::string where = fmt::format("{} line {}", options.ratings.string(), rating.line);
        if (!rating.weights_sha256.empty() && rating.weights_sha256 != sha256) {
            fmt::print(stderr, "{}: its views were drawn by other weights ({:.12}); it is left out\n", where,
                       rating.weights_sha256);
            continue;
        }
        if (!reconstructor) reconstructor.emplace(options.refiner_weights, options.camera_weights);
        try {
            writer.append(drawn_again(rating, weights, *reconstructor, stop));
        } catch (const InputError& error) {
            fmt::print(stderr, "{}: {}; it is left out\n", where, error.what());
        }
    }
}

}  // namespace

std::vector<std::filesystem::path> gather_preferences(const TrainDpoOptions& options, const std::stop_token& stop) {
    const auto weights = diffusion::load_novel_view(options.training.base);
    const auto& making = options.making;
    // More pairs would be other data than the checkpoint's.
    const bool as_it_is = options.training.resume;
    if (!as_it_is && (making.wanted > 0 || making.minutes > 0)) make_computed(options, *weights, stop);
    std::vector<std::filesystem::path> files;
    if (std::filesystem::exists(making.pairs)) files.push_back(making.pairs);
    if (!options.ratings.empty()) {
        files.push_back(options.training.output / rated_pairs_name);
        if (!as_it_is || !std::filesystem::exists(files.back())) draw_rated(options, files.back(), *weights, stop);
    }
    if (files.empty()) {
        throw UsageError(
            fmt::format("{}: no such pair file; make pairs with --make-pairs N or --pair-minutes M, or give "
                        "--pairs FILE or --ratings FILE",
                        making.pairs.string()));
    }
    return files;
}

}  // namespace maquette::recon::cli
