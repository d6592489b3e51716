#include "recon/train/flagship_training.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <future>
#include <random>

#include "recon/data/random_stream.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/metrics.h"
#include "recon/refine/flagship.h"
#include "recon/refine/flagship_aim.h"
#include "recon/refine/flagship_detail.h"
#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/network_layers.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/stretched_framing.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/lifted_batch.h"
#include "recon/train/trainer.h"
#include "recon/train/training_batch.h"
#include "recon/train/validation_scores.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int validation_views = 2;
constexpr int validation_iterations = 3;
constexpr int aim_rounds = 2;
constexpr std::array<float, 8> validation_thresholds = {0.25F, 0.3F, 0.35F, 0.4F, 0.45F, 0.5F, 0.55F, 0.6F};
// Voxel-wise cross-entropy is content with a grey haze; the overlap is what is judged.
constexpr double overlap_weight = 0.5;
constexpr double displacement_weight = 0.1;
constexpr double detail_weight = 0.2;
// Of the batches; the surface learns from few points, and asking them takes a fifth of a batch's time.
constexpr double detail_fraction = 0.25;
constexpr double aim_weight = 1;
constexpr double quality_weight = 0.2;
// Misses in the picture up to here, in half sides of it, count by their square.
constexpr double small_miss = 0.05;
// One validation query of so many is judged in detail, after this step and at this threshold.
constexpr std::int64_t detail_stride = 7;
constexpr int detail_step = 1;
constexpr float detail_threshold = 0.45F;
const double detail_level = std::log(detail_threshold / (1 - detail_threshold));
constexpr int points_a_shape = 1024;
constexpr int detail_resolution = 64;

/// 1 - soft intersection over union, mean over samples.
torch::Tensor overlap_loss(const torch::Tensor& logits, const torch::Tensor& targets) {
    const auto p = at::sigmoid(logits).flatten(1);
    const auto t = targets.flatten(1);
    const auto both = (p * t).sum(1);
    return (1 - (both + 1) / (p.sum(1) + t.sum(1) - both + 1)).mean();
}

/// 0: all. Others are of named categories, for which there are priors; with one seed fewer are among more.
std::vector<int> training_shapes(const ShapeDataset& dataset, int count, std::uint64_t seed) {
    std::vector<int> shapes = shapes_of(dataset, priors::Split::train);
    if (count == 0) return shapes;
    std::erase_if(shapes, [&](int shape) {
        return dataset.shapes()[static_cast<std::size_t>(shape)].category == unnamed_category;
    });
    if (count < 0 || count > static_cast<int>(shapes.size())) {
        throw UsageError(fmt::format("{} training shapes asked for; the dataset holds {} of named categories", count,
                                     shapes.size()));
    }
    std::mt19937_64 random(seed);
    for (std::size_t i = shapes.size(); i > 1; --i) std::swap(shapes[i - 1], shapes[uniform_below(random, i)]);
    shapes.resize(static_cast<std::size_t>(count));
    return shapes;
}

/// Row i of `rows` for each of a sample's views.
torch::Tensor each_view(const torch::Tensor& rows, std::int64_t views) {
    return views == 1 ? rows : rows.repeat_interleave(views, 0);
}

/// The cameras as the network corrects them after one step from the prior.
torch::Tensor aimed_projections(const Parameters& parameters, const flagship::EncodedPictures& pictures,
                                const torch::Tensor& projections, const torch::Tensor& weights,
                                const torch::Tensor& prior, const flagship::ExemplarCodes& exemplars) {
    const auto views = flagship::lift(parameters, pictures, projections);
    const auto step = flagship::refine(parameters, flagship::fuse(views, weights), prior, prior, exemplars);
    const auto count = weights.size(1);
    const auto found = flagship::aim(parameters, views, each_view(prior, count), each_view(step.logits, count));
    return flagship::aimed(projections, found.corrections);
}

/// How far points miss their places in the picture: [B] means over the points, half sides of the picture.
/// projections, truths: [B, 3, 4]; points: [B, P, 3].
torch::Tensor misses(const torch::Tensor& projections, const torch::Tensor& truths, const torch::Tensor& points) {
    const auto seen = project_points(projections, points).coordinates.clamp(-4, 4);
    const auto wanted = project_points(truths, points).coordinates.clamp(-4, 4);
    return at::smooth_l1_loss(seen, wanted, at::Reduction::None, small_miss).sum(2).mean(1);
}

/// Fixed 1-shot queries on the validation shapes: each once with its true camera and once with the true direction, but
/// framed by the prior and then corrected by the network, which is the best that an estimated camera can be.
class Validator {
public:
    Validator(const ShapeDataset& dataset, const PriorSampler& sampler, std::uint64_t seed, bool with_exemplars)
        : dataset_(&dataset), exemplars_(with_exemplars) {
        std::mt19937_64 random(seed);
        std::vector<torch::Tensor> images;
        std::vector<torch::Tensor> projections;
        std::vector<torch::Tensor> framed_projections;
        std::vector<torch::Tensor> priors;
        std::vector<torch::Tensor> distances;
        for (const int shape : shapes_of(dataset, priors::Split::validation)) {
            const auto& info = dataset.shapes()[static_cast<std::size_t>(shape)];
            truths_.push_back(dataset.occupancy(shape, 32));
            for (int v = 0; v < std::min(validation_views, info.view_count); ++v) {
                const View view = view_of(dataset, shape, v * info.view_count / validation_views);
                const auto exemplars = sampler.draw(info.category, shape, 1, random);
                const auto prior = sampler.mean(exemplars);
                CropCamera framed = crop_camera_of(*view.camera);
                framed.distance = usual_distance;
                framed = framed_stretched(framed, outline_points(prior), view.mask);
                images.push_back(masked_image_tensor(view, flagship::image_size));
                projections.push_back(projection_tensor(*view.camera));
                framed_projections.push_back(projection_tensor(camera_of(framed, view.rgb.width)));
                priors.push_back(voxel_tensor(prior, flagship::resolution));
                distances.push_back(flagship::distance_tensor(sampler.mean_distance(exemplars)));
                shape_of_.push_back(shape);
                truth_of_.push_back(truths_.size() - 1);
            }
        }
        if (images.empty()) {
            throw InputError("the dataset holds no validation shapes; build it from the whole catalogue");
        }
        images_ = at::stack(images);
        projections_ = at::stack(projections);
        framed_projections_ = at::stack(framed_projections);
        priors_ = at::cat(priors);
        distances_ = at::cat(distances);
    }

    [[nodiscard]] TrainingTask::Validation run(const Parameters& parameters) const {
        const at::NoGradGuard no_gradient;
        const std::vector<float> thresholds(validation_thresholds.begin(), validation_thresholds.end());
        ValidationScores both(validation_iterations, thresholds);
        ValidationScores with_truth(validation_iterations, thresholds);
        ValidationScores framed(validation_iterations, thresholds);
        ValidationScores aimed(validation_iterations, thresholds);
        DetailScores fine;
        constexpr std::int64_t chunk = 16;
        for (std::int64_t begin = 0; begin < images_.size(0); begin += chunk) {
            const std::int64_t count = std::min(chunk, images_.size(0) - begin);
            const auto pictures = flagship::encode_pictures(parameters, images_.narrow(0, begin, count));
            const auto prior = flagship::prior_logits(priors_.narrow(0, begin, count));
            const auto weights = at::ones({count, 1});
            // Each query's only shot: its prior is that shape.
            flagship::ExemplarCodes exemplars;
            if (exemplars_) {
                exemplars = flagship::encode_exemplars(
                    parameters, {priors_.narrow(0, begin, count), at::ones({count, 1}, torch::kFloat32)});
            }
            const auto score = [&](const torch::Tensor& projections, std::initializer_list<ValidationScores*> scores,
                                   DetailScores* detail) {
                const auto views = flagship::lift(parameters, pictures, projections);
                const auto scene = flagship::fuse(views, weights);
                auto logits = prior;
                for (int step = 0; step < validation_iterations; ++step) {
                    const auto refined = flagship::refine(parameters, scene, prior, logits, exemplars);
                    logits = refined.logits;
                    if (detail != nullptr && step == detail_step) {
                        judge_detail(parameters, views, refined, begin, count, *detail);
                    }
                    const auto occupancy = at::sigmoid(logits);
                    for (std::int64_t i = 0; i < count; ++i) {
                        const auto grid = voxel_grid_from(occupancy[i], render::default_grid_side);
                        const auto& truth = truths_[truth_of_[static_cast<std::size_t>(begin + i)]];
                        for (auto* one : scores) one->add(step, grid, truth);
                    }
                }
            };
            score(projections_.narrow(0, begin, count), {&both, &with_truth}, &fine);
            auto projections = framed_projections_.narrow(0, begin, count);
            score(projections, {&framed}, nullptr);
            for (int round = 0; round < aim_rounds; ++round) {
                projections = aimed_projections(parameters, pictures, projections, weights, prior, exemplars);
            }
            score(projections, {&both, &aimed}, nullptr);
        }
        auto result = both.best(2 * images_.size(0));
        if (exemplars_) result.facts[exemplar_key] = "on";
        result.facts["iou_true_camera"] = fmt::format("{:.4f}", with_truth.best(images_.size(0)).figure);
        result.facts["iou_framed_camera"] = fmt::format("{:.4f}", framed.best(images_.size(0)).figure);
        result.facts["iou_aimed_camera"] = fmt::format("{:.4f}", aimed.best(images_.size(0)).figure);
        result.facts["iou_64"] = fmt::format("{:.4f}", fine.detailed / fine.count);
        result.facts["iou_64_interpolated"] = fmt::format("{:.4f}", fine.interpolated / fine.count);
        return result;
    }

private:
    /// Sums of IoU at 64^3.
    struct DetailScores {
        double detailed = 0;
        double interpolated = 0;
        int count = 0;
    };

    void judge_detail(const Parameters& parameters, const flagship::LiftedViews& views, const flagship::Step& step,
                      std::int64_t begin, std::int64_t count, DetailScores& scores) const {
        for (std::int64_t i = 0; i < count; ++i) {
            if ((begin + i) % detail_stride != 0) continue;
            flagship::LiftedViews one;
            one.pictures = flagship::select(views.pictures, at::full({1}, i, torch::kInt64));
            one.projections = views.projections.narrow(0, i, 1);
            flagship::Step own;
            own.logits = step.logits.narrow(0, i, 1);
            own.displacement = step.displacement.narrow(0, i, 1);
            own.features = step.features.narrow(0, i, 1);
            const auto field =
                flagship::detailed_field(parameters, one, at::ones({1, 1}), own, distances_.narrow(0, begin + i, 1),
                                         detail_level, detail_resolution);
            const auto plain =
                at::upsample_trilinear3d(own.logits, {detail_resolution, detail_resolution, detail_resolution}, false);
            const auto truth = dataset_->occupancy(shape_of_[static_cast<std::size_t>(begin + i)], detail_resolution);
            const auto score = [&](const torch::Tensor& logits) {
                return iou(voxel_grid_from(at::sigmoid(logits), render::default_grid_side), truth, detail_threshold);
            };
            scores.detailed += score(field);
            scores.interpolated += score(plain);
            ++scores.count;
        }
    }

    const ShapeDataset* dataset_;
    bool exemplars_;
    torch::Tensor images_;
    torch::Tensor projections_;
    torch::Tensor framed_projections_;
    torch::Tensor priors_;
    torch::Tensor distances_;
    std::vector<int> shape_of_;  ///< dataset index of each query
    std::vector<render::VoxelGrid> truths_;
    std::vector<std::size_t> truth_of_;
};

class FlagshipTask : public TrainingTask {
public:
    explicit FlagshipTask(const FlagshipTrainingOptions& options)
        : second_step_fraction_(options.second_step_fraction),
          aimed_fraction_(options.aimed_fraction),
          only_(options.only),
          bfloat16_(options.bfloat16),
          exemplars_(options.samples.exemplars),
          seed_(options.seed),
          dataset_(options.dataset),
          source_(dataset_, training_shapes(dataset_, options.shapes, options.seed), samples_of(options)),
          validator_(dataset_, source_.sampler(), options.seed, exemplars_) {}

    [[nodiscard]] std::string architecture() const override { return flagship_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        return flagship::parameter_shapes(exemplars_);
    }
    [[nodiscard]] std::string data_digest() const override { return dataset_.digest(); }
    [[nodiscard]] bool learns(const std::string& parameter) const override {
        return only_ == "all" || parameter.starts_with(only_ + ".");
    }

    void begin_batch(long long number) override {
        // The next batch is drawn while this one is learned from.
        batch_ = next_.valid() && next_number_ == number ? next_.get() : source_.batch(number);
        next_number_ = number + 1;
        next_ = std::async(std::launch::async, [this, number] { return source_.batch(number + 1); });
        // Another stream than the samples': changing how these are drawn leaves this choice alone.
        RandomStream random(seed_ + 1, static_cast<std::uint64_t>(number));
        second_step_ = random.chance(second_step_fraction_);
        aimed_ = random.chance(aimed_fraction_);
        detailed_ = only_ == "detail" || (only_ == "all" && random.chance(detail_fraction));
        number_ = number;
    }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const Bfloat16Convolutions reduced(bfloat16_);
        Taken taken;
        {
            const at::AutoGradMode whole(only_ == "all");
            taken = take_step(parameters);
        }
        torch::Tensor loss = at::zeros({}, torch::kFloat32);
        if (only_ == "all") {
            loss = at::binary_cross_entropy_with_logits(taken.step.logits, batch_.targets) +
                   overlap_weight * overlap_loss(taken.step.logits, batch_.targets) +
                   displacement_weight * taken.step.displacement.pow(2).sum(1).mean();
        }
        if (only_ != "detail") loss = loss + aim_loss(parameters, taken);
        if (detailed_) loss = loss + detail_weight * detail_loss(parameters, taken);
        return loss;
    }

    [[nodiscard]] Validation validate(const Parameters& average) override { return validator_.run(average); }

private:
    /// A step of the batch and what it was taken from.
    struct Taken {
        flagship::EncodedPictures pictures;
        torch::Tensor projections;
        torch::Tensor prior;
        flagship::ExemplarCodes exemplars;
        flagship::LiftedViews views;
        flagship::Step step;
    };

    [[nodiscard]] Taken take_step(const Parameters& parameters) const {
        Taken taken;
        taken.pictures = flagship::encode_pictures(parameters, batch_.images);
        taken.prior = flagship::prior_logits(batch_.priors);
        taken.exemplars = flagship::encode_exemplars(parameters, {batch_.exemplars, batch_.shares});
        taken.projections = batch_.projections;
        if (aimed_) {
            const at::NoGradGuard no_gradient;
            taken.projections = aimed_projections(parameters, taken.pictures, taken.projections, batch_.weights,
                                                  taken.prior, taken.exemplars);
        }
        taken.views = flagship::lift(parameters, taken.pictures, taken.projections);
        const auto scene = flagship::fuse(taken.views, batch_.weights);
        auto current = taken.prior;
        if (second_step_) {
            const at::NoGradGuard no_gradient;
            current = flagship::refine(parameters, scene, taken.prior, current, taken.exemplars).logits.detach();
        }
        taken.step = flagship::refine(parameters, scene, taken.prior, current, taken.exemplars);
        return taken;
    }

    /// How far corrected cameras miss, and how well results are judged: the step's, and that of a step from a wrong
    /// direction. No gradient passes through the steps.
    [[nodiscard]] torch::Tensor aim_loss(const Parameters& parameters, const Taken& taken) const {
        const auto views = batch_.weights.size(1);
        const auto logits = taken.step.logits.detach();
        const auto found =
            flagship::aim(parameters, taken.views, each_view(taken.prior, views), each_view(logits, views));
        const auto miss = misses(flagship::aimed(taken.projections, found.corrections), batch_.truths,
                                 each_view(batch_.points, views));
        const auto loss = aim_weight * miss.mean();
        if (views > 1) return loss;
        flagship::LiftedViews wrong;
        torch::Tensor wrong_logits;
        {
            const at::NoGradGuard no_gradient;
            wrong = flagship::lift(parameters, taken.pictures, batch_.rivals);
            const auto scene = flagship::fuse(wrong, batch_.weights);
            wrong_logits = flagship::refine(parameters, scene, taken.prior, taken.prior, taken.exemplars).logits;
        }
        const auto judged = flagship::aim(parameters, wrong, taken.prior, wrong_logits);
        return loss + quality_weight * (quality_loss(found, logits) + quality_loss(judged, wrong_logits));
    }

    /// Cross-entropy of the judgement with the overlap of result and truth. logits: [N, 1, 32, 32, 32].
    [[nodiscard]] torch::Tensor quality_loss(const flagship::Aim& aim, const torch::Tensor& logits) const {
        const auto p = at::sigmoid(logits).flatten(1);
        const auto t = batch_.targets.flatten(1);
        const auto overlap = at::minimum(p, t).sum(1) / at::maximum(p, t).sum(1).clamp_min(1);
        return at::binary_cross_entropy_with_logits(aim.quality, overlap);
    }

    [[nodiscard]] torch::Tensor detail_loss(const Parameters& parameters, const Taken& taken) const {
        const auto [points, inside] = detail_points(taken.step.logits.detach());
        const auto detail =
            flagship::detail_logits(parameters, taken.views, batch_.weights, taken.step, batch_.distances, points);
        return at::binary_cross_entropy_with_logits(detail, inside) + overlap_weight * overlap_loss(detail, inside);
    }

    /// Places [N, P, 3] drawn from where the surface will be asked, and whether they are solid [N, P]. Places near the
    /// true surface would be wrong: half of them are solid, and the network would learn to expect that everywhere.
    [[nodiscard]] std::pair<torch::Tensor, torch::Tensor> detail_points(const torch::Tensor& logits) const {
        constexpr double cell = render::default_grid_side / detail_resolution;
        const auto n = logits.size(0);
        auto points = torch::empty({n, points_a_shape, 3}, torch::kFloat32);
        for (std::int64_t i = 0; i < n; ++i) {
            RandomStream random(seed_ + 2, static_cast<std::uint64_t>(number_ * n + i));
            auto cells = flagship::cells_near_surface(logits[i][0], detail_level);
            if (cells.size(0) == 0) cells = at::arange(detail_resolution * detail_resolution * detail_resolution);
            auto chosen = at::empty({points_a_shape}, torch::kInt64);
            auto* index = chosen.data_ptr<std::int64_t>();
            for (int k = 0; k < points_a_shape; ++k) index[k] = random.below(static_cast<int>(cells.size(0)));
            points[i].copy_(flagship::centres_of(cells.index_select(0, chosen), detail_resolution));
            float* place = points[i].data_ptr<float>();
            for (int k = 0; k < 3 * points_a_shape; ++k) {
                place[k] += static_cast<float>((random.uniform() - 0.5) * cell);
            }
        }
        constexpr std::int64_t bilinear = 0;
        constexpr std::int64_t border = 1;
        const auto places = (points * (2 / render::default_grid_side)).unsqueeze(2).unsqueeze(2);
        const auto occupancy = at::grid_sampler_3d(batch_.fine_targets, places, bilinear, border, false);
        return {points, (occupancy.view({n, points_a_shape}) >= 0.5).to(torch::kFloat32)};
    }

    static LiftedBatchSettings samples_of(const FlagshipTrainingOptions& options) {
        LiftedBatchSettings settings = options.samples;
        settings.batch_size = options.batch_size;
        settings.seed = options.seed;
        return settings;
    }

    double second_step_fraction_;
    double aimed_fraction_;
    std::string only_;
    bool bfloat16_;
    bool exemplars_;
    std::uint64_t seed_;
    ShapeDataset dataset_;
    LiftedBatchSource source_;
    Validator validator_;
    LiftedBatch batch_;
    bool second_step_ = false;
    bool aimed_ = false;
    bool detailed_ = false;
    long long number_ = 0;
    long long next_number_ = -1;
    std::future<LiftedBatch> next_;  ///< last: it is waited for before what it reads from goes
};

}  // namespace

void train_flagship(const FlagshipTrainingOptions& options,
                    const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop) {
    check_trainer_options(options);
    configure_compute(options.threads);
    FlagshipTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
