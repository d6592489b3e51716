#include "recon/train/mask_training.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "recon/data/shape_dataset.h"
#include "recon/encoders/photo_folder.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/refinement_network.h"
#include "recon/segment/cutout_photos.h"
#include "recon/segment/mask_network.h"
#include "recon/train/mask_batch.h"
#include "recon/train/trainer.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

constexpr int kept_side = 512;  // of background photos, pixels of the shorter side
constexpr int kept_cutout_side = 256;
constexpr int held_out_tenth = 3;  // of the photos in the order of their paths: neighbours are often alike
constexpr int validation_chunk = 16;
constexpr std::uint64_t validation_seed = 7;
constexpr float solid = 0.5F;

/// Moves a tenth of the pictures to where training does not see them.
template <typename Picture>
void hold_out(std::vector<Picture>&& all, std::vector<Picture>& training, std::vector<Picture>& held_out) {
    const std::size_t count = all.size();
    for (std::size_t i = 0; i < count; ++i) {
        (i * 10 / count == held_out_tenth ? held_out : training).push_back(std::move(all[i]));
    }
}

/// Each picture counts alike, however small its object is.
torch::Tensor soft_iou_loss(const torch::Tensor& logits, const torch::Tensor& masks) {
    const auto probability = at::sigmoid(logits);
    const auto both = (probability * masks).sum({1, 2, 3});
    const auto either = (probability + masks - probability * masks).sum({1, 2, 3});
    return (1 - (both + 1) / (either + 1)).mean();
}

/// [N]
torch::Tensor ious(const torch::Tensor& logits, const torch::Tensor& masks) {
    const auto found = logits > 0;
    const auto wanted = masks >= solid;
    const auto both = found.logical_and(wanted).sum({1, 2, 3}).to(torch::kFloat64);
    const auto either = found.logical_or(wanted).sum({1, 2, 3}).to(torch::kFloat64);
    return both / either.clamp_min(1);
}

class MaskTask : public TrainingTask {
public:
    explicit MaskTask(const MaskTrainingOptions& options) : dataset_(options.dataset) {
        if (options.backgrounds.empty()) {
            throw UsageError("training needs photos to put objects before; name a folder of them with --backgrounds");
        }
        auto folder = encoders::read_photo_folder(options.backgrounds, kept_side);
        photo_digest_ = folder.digest;
        const std::size_t count = folder.photos.size();
        hold_out(std::move(folder.photos), photos_, held_out_);
        if (held_out_.size() < 2) {
            throw InputError(
                fmt::format("{}: {} photos are too few to hold a tenth out for validation; give 20 or more",
                            options.backgrounds.string(), count));
        }
        if (!options.cutouts.empty()) {
            auto cutouts = segment::read_cutouts(options.cutouts, kept_cutout_side);
            photo_digest_ += cutouts.digest;
            hold_out(std::move(cutouts.views), cutouts_, held_out_cutouts_);
        }
        MaskBatchSettings samples = options.samples;
        samples.batch_size = options.batch_size;
        samples.seed = options.seed;
        training_.emplace(dataset_, shapes_of(dataset_, priors::Split::train), photos_, samples, cutouts_);
        samples.batch_size = validation_chunk;
        samples.seed = validation_seed;
        const MaskBatchSource validation(dataset_, shapes_of(dataset_, priors::Split::validation), held_out_, samples,
                                         held_out_cutouts_);
        for (int drawn = 0; drawn < options.validation_pictures; drawn += validation_chunk) {
            validation_.push_back(validation.batch(drawn));
        }
    }

    [[nodiscard]] std::string architecture() const override { return segment::mask_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        return segment::mask_network_shapes();
    }
    [[nodiscard]] std::string data_digest() const override {
        return render::sha256_of(dataset_.digest() + photo_digest_);
    }

    void begin_batch(long long number) override { batch_ = training_->batch(number); }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const auto logits = segment::mask_logits(parameters, batch_.pictures);
        return at::binary_cross_entropy_with_logits(logits, batch_.masks) + soft_iou_loss(logits, batch_.masks);
    }

    [[nodiscard]] Validation validate(const Parameters& average) override {
        const at::NoGradGuard no_gradient;
        double sum = 0;
        double boxed = 0;
        int count = 0;
        int with_box = 0;
        for (const auto& batch : validation_) {
            const auto figures = ious(segment::mask_logits(average, batch.pictures), batch.masks);
            const auto has_box = batch.pictures.select(1, 3).amax({1, 2});
            for (std::int64_t i = 0; i < figures.size(0); ++i) {
                const double figure = figures[i].item<double>();
                sum += figure;
                ++count;
                if (has_box[i].item<float>() < solid) continue;
                boxed += figure;
                ++with_box;
            }
        }
        const int without = count - with_box;
        return {sum / count,
                {{"iou_without_box", fmt::format("{:.4f}", without > 0 ? (sum - boxed) / without : 0)},
                 {"iou_with_box", fmt::format("{:.4f}", with_box > 0 ? boxed / with_box : 0)}}};
    }

private:
    ShapeDataset dataset_;
    std::string photo_digest_;
    std::vector<render::Image> photos_;
    std::vector<render::Image> held_out_;
    std::vector<DatasetView> cutouts_;
    std::vector<DatasetView> held_out_cutouts_;
    std::optional<MaskBatchSource> training_;
    std::vector<MaskBatch> validation_;
    MaskBatch batch_;
};

}  // namespace

void train_mask(const MaskTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                const std::stop_token& stop) {
    check_trainer_options(options);
    configure_compute(options.threads);
    MaskTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
