#include "recon/train/preference_making.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/refiner.h"
#include "recon/train/camera_noise.h"
#include "recon/train/pair_pictures.h"
#include "recon/train/preference_judge.h"
#include "recon/train/training_batch.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

using Clock = std::chrono::steady_clock;

// A candidate's seed is this many times the query's number, and counted on from there.
constexpr std::uint64_t seeds_a_query = 64;

void check(const PreferenceMakingOptions& o) {
    if (o.candidates < 2 || o.candidates > static_cast<int>(seeds_a_query) || o.sampler_steps < 1 || o.max_shots < 1 ||
        o.wanted < 0 || o.minutes < 0 || !(o.weight > 0) || o.margin < 0) {
        throw UsageError(fmt::format(
            "pairs from {} candidates (2..{}) in {} sampler steps, {} shots, weight {} and margin {}: steps, "
            "shots and weight must be above 0, the margin not below",
            o.candidates, seeds_a_query, o.sampler_steps, o.max_shots, o.weight, o.margin));
    }
    if (o.wanted == 0 && o.minutes == 0) {
        throw UsageError("neither a number of pairs nor a time to make them in was given; give one of them");
    }
}

std::string settings_text(const PreferenceMakingOptions& o, const ShapeDataset& dataset,
                          const RefinementNetwork& judge) {
    // The margin is left out: it only says which of the judged views are pairs.
    return nlohmann::json{{"source", "computed"},
                          {"data_digest", dataset.digest()},
                          {"judge", judge.metadata()},
                          {"candidates", o.candidates},
                          {"sampler_steps", o.sampler_steps},
                          {"weight", o.weight},
                          {"max_shots", o.max_shots},
                          {"jittered_fraction", o.jittered_fraction},
                          {"camera_jitter", o.camera_jitter},
                          {"least_turn", o.least_turn},
                          {"seed", o.seed}}
        .dump();
}

class PairMaker {
public:
    PairMaker(const diffusion::NovelViewWeights& weights, const RefinementNetwork& judge, const ShapeDataset& dataset,
              const PreferenceMakingOptions& options)
        : weights_(&weights),
          // Borrowed: the maker is gone before the network is.
          refiner_(std::shared_ptr<const RefinementNetwork>(std::shared_ptr<void>(), &judge)),
          dataset_(&dataset),
          options_(&options),
          shapes_(shapes_of(dataset, priors::Split::train)),
          sampler_(dataset, shapes_) {
        std::erase_if(shapes_,
                      [&](int shape) { return dataset.shapes()[static_cast<std::size_t>(shape)].view_count < 2; });
        if (shapes_.empty()) {
            throw InputError("the dataset holds no training shapes with two views or more; run `maquette data build`");
        }
    }

    /// Safe to call from several threads.
    [[nodiscard]] JudgedViews query(long long number) const {
        RandomStream random(options_->seed, static_cast<std::uint64_t>(number));
        const int shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
        const auto& info = dataset_->shapes()[static_cast<std::size_t>(shape)];
        const int photo_view = random.below(info.view_count);
        View photo = view_of(*dataset_, shape, photo_view);
        const int target_view = draw_target(shape, photo_view, crop_camera_of(*photo.camera), random);
        const int shots = 1 + random.below(options_->max_shots);
        std::vector<int> exemplars;
        if (info.category != unnamed_category) {
            exemplars = sampler_.draw(info.category, shape, shots, random.engine());
        }
        if (random.chance(options_->jittered_fraction)) {
            const auto noise = usual_noise(options_->camera_jitter, random);
            photo.camera = camera_of(disturbed(crop_camera_of(*photo.camera), noise, random), view_size);
        }

        const priors::CategoryPrior prior = sampler_.prior(exemplars);
        const auto coarse = refiner_.run({&photo, 1}, prior, {}, {}, {}).final->occupancy;
        // Framed as the product frames it, who does not know how large the true picture is.
        const CropCamera direction = crop_camera_of(dataset_->view_colour(shape, target_view).camera);
        const CropCamera target = diffusion::target_camera(direction.azimuth, direction.elevation, coarse);
        std::vector<std::uint64_t> seeds(static_cast<std::size_t>(options_->candidates));
        for (std::size_t k = 0; k < seeds.size(); ++k) {
            seeds[k] = (options_->seed << 40U) + static_cast<std::uint64_t>(number) * seeds_a_query + k;
        }
        JudgedViews judged = generated_for_judging(*weights_, photo, &coarse, target, seeds, options_->sampler_steps);
        judged.number = number;
        judged.shape = info.id;
        judged.photo = photo_view;
        judged.target = target_view;

        // What is judged are the bytes that are kept.
        const std::int64_t size = judged.image_size;
        const auto pictures = pictures_of(std::span<const std::uint8_t>(judged.views),
                                          {options_->candidates, diffusion::picture_channels, size, size});
        std::vector<View> views;
        for (int k = 0; k < options_->candidates; ++k) {
            views.push_back(diffusion::firm_view_from_picture(pictures[k], camera_of(target, view_size),
                                                              static_cast<float>(options_->weight)));
        }
        const auto judgement = judge_views(refiner_.network(), photo, prior, sampler_.occupancy(shape), views);
        judged.iou = judgement.alone;
        judged.rewards = judgement.rewards;
        return judged;
    }

private:
    /// A view from far enough aside, or from farthest where none is.
    [[nodiscard]] int draw_target(int shape, int photo, const CropCamera& seen, RandomStream& random) const {
        std::vector<int> far;
        std::pair<double, int> farthest{-1, photo};
        for (int view = 0; view < dataset_->shapes()[static_cast<std::size_t>(shape)].view_count; ++view) {
            if (view == photo) continue;
            const double turn = angle_between(seen, crop_camera_of(dataset_->view_colour(shape, view).camera));
            farthest = std::max(farthest, {turn, view});
            if (turn >= options_->least_turn) far.push_back(view);
        }
        if (far.empty()) return farthest.second;
        return far[static_cast<std::size_t>(random.below(static_cast<int>(far.size())))];
    }

    const diffusion::NovelViewWeights* weights_;
    Refiner refiner_;
    const ShapeDataset* dataset_;
    const PreferenceMakingOptions* options_;
    std::vector<int> shapes_;
    PriorSampler sampler_;
};

}  // namespace

JudgedViews generated_for_judging(const diffusion::NovelViewWeights& weights, const View& photo,
                                  const render::VoxelGrid* coarse, const CropCamera& target,
                                  std::span<const std::uint64_t> seeds, int sampler_steps) {
    const int size = weights.model.config().image_size;
    JudgedViews judged;
    judged.seeds.assign(seeds.begin(), seeds.end());
    judged.image_size = size;
    judged.pose = diffusion::pose_code(crop_camera_of(*photo.camera), target);
    judged.photo_pixels = picture_bytes(diffusion::picture_tensor(photo, size));
    if (coarse != nullptr && weights.knows_geometry) {
        judged.geometry =
            signed_picture_bytes(diffusion::geometry_tensor(*coarse, camera_of(target, size), size, &photo));
    }
    diffusion::ViewGenerationOptions generation;
    generation.grid.steps = sampler_steps;
    // Neighbouring seeds are drawn in one batch, others one by one: the noise is the same either way.
    for (std::size_t begin = 0; begin < seeds.size();) {
        std::size_t end = begin + 1;
        while (end < seeds.size() && seeds[end] == seeds[end - 1] + 1) ++end;
        generation.seed = seeds[begin];
        const std::vector<CropCamera> targets(end - begin, target);
        const auto bytes = picture_bytes(diffusion::generate_views(weights, photo, coarse, targets, generation));
        judged.views.insert(judged.views.end(), bytes.begin(), bytes.end());
        begin = end;
    }
    return judged;
}

void make_preference_pairs(const diffusion::NovelViewWeights& weights, const RefinementNetwork& judge,
                           const PreferenceMakingOptions& options,
                           const std::function<void(const MakingProgress&)>& progress, const std::stop_token& stop) {
    check(options);
    configure_compute(options.threads);
    const ShapeDataset dataset(options.dataset);
    const PairMaker maker(weights, judge, dataset, options);
    PairFileWriter writer(options.pairs, {.base_digest = diffusion::weights_digest(weights.parameters),
                                          .settings = settings_text(options, dataset, judge)});
    MakingProgress state;
    long long next = 0;
    const auto count = [&](const JudgedViews& judged) {
        ++state.queries;
        if (preferred_pair(judged, options.margin)) ++state.pairs;
        next = std::max(next, judged.number + 1);
    };
    for (const auto& judged : writer.present()) count(judged);

    const auto start = Clock::now();
    const long long earlier = state.queries;
    const auto at_once = static_cast<std::size_t>(render::thread_count());
    while (true) {
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        const double by_pairs = options.wanted > 0 ? static_cast<double>(state.pairs) / options.wanted : 0;
        const double by_time = options.minutes > 0 ? seconds / (60 * options.minutes) : 0;
        state.fraction = std::min(std::max(by_pairs, by_time), 1.0);
        if (state.queries > earlier) state.seconds_a_query = seconds / static_cast<double>(state.queries - earlier);
        if (progress) progress(state);
        if (state.fraction >= 1 || stop.stop_requested()) return;
        std::vector<JudgedViews> piece(at_once);
        for_each_on_one_thread(at_once,
                               [&](std::size_t i) { piece[i] = maker.query(next + static_cast<long long>(i)); });
        for (const auto& judged : piece) {
            writer.append(judged);
            count(judged);
        }
    }
}

}  // namespace maquette::recon
