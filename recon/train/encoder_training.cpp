#include "recon/train/encoder_training.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "recon/data/shape_dataset.h"
#include "recon/encoders/image_encoder.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/picture_source.h"
#include "recon/encoders/pretext_task.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/network_layers.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/trainer.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

using encoders::mixed_seed;

constexpr int validation_pictures = 512;
constexpr int validation_chunk = 64;
constexpr std::uint64_t validation_seed = 7;

class EncoderTask : public TrainingTask {
public:
    explicit EncoderTask(const EncoderTrainingOptions& options) : options_(options) {
        const auto domain = encoders::domain_from_string(options.domain);
        if (domain == encoders::PictureDomain::photos) {
            if (options.photos.empty()) throw UsageError("domain photos needs a folder of them; name it with --photos");
            training_ = encoders::folder_pictures(options.photos);
        } else {
            dataset_.emplace(options.dataset);
            const encoders::DatasetPictureSettings settings{
                .domain = domain, .cut_out_fraction = options.cut_out_fraction, .views = options.views};
            training_ = encoders::dataset_pictures(*dataset_, shapes_of(*dataset_, priors::Split::train), settings);
            const auto shapes = shapes_of(*dataset_, priors::Split::validation);
            if (shapes.empty()) {
                throw InputError("the dataset holds no validation shapes; build it from the whole catalogue");
            }
            validation_ = encoders::dataset_pictures(*dataset_, shapes, settings, training_->labels());
        }
        task_ = encoders::make_pretext_task(options.task, {.instances = training_->instances(),
                                                           .labels = static_cast<int>(training_->labels().size()),
                                                           .permutations = options.permutations});
    }

    [[nodiscard]] std::string architecture() const override { return encoders::encoder_architecture; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override {
        auto shapes = encoders::backbone_shapes();
        for (auto& shape : task_->head_shapes()) shapes.push_back(std::move(shape));
        return shapes;
    }
    [[nodiscard]] Parameters first_parameters(std::uint64_t seed) const override {
        Parameters parameters = initial_parameters(parameter_shapes(), seed);
        task_->prepare(parameters);
        return parameters;
    }
    [[nodiscard]] bool learns(const std::string& parameter) const override { return task_->learns(parameter); }
    [[nodiscard]] std::string data_digest() const override { return training_->digest(); }

    void begin_batch(long long number) override {
        const auto seed = mixed_seed(options_.seed, static_cast<std::uint64_t>(number));
        std::vector<int> instances(static_cast<std::size_t>(options_.batch_size));
        for (std::size_t i = 0; i < instances.size(); ++i) {
            instances[i] = static_cast<int>(mixed_seed(seed, i) % static_cast<std::uint64_t>(training_->instances()));
        }
        batch_ = draw(*training_, instances, seed, false);
    }

    torch::Tensor loss(const Parameters& parameters, int /*iteration*/) override {
        const Bfloat16Convolutions faster(options_.bfloat16);
        return task_->loss(parameters, batch_);
    }

    [[nodiscard]] Validation validate(const Parameters& average) override {
        const auto& source = validation_ ? *validation_ : *training_;
        double sum = 0;
        const int count = std::min(validation_pictures, source.instances());
        int chunks = 0;
        for (int begin = 0; begin < count; begin += validation_chunk) {
            std::vector<int> instances;
            for (int i = begin; i < std::min(begin + validation_chunk, count); ++i) {
                instances.push_back(static_cast<int>(static_cast<long long>(i) * source.instances() / count));
            }
            const auto seed = mixed_seed(validation_seed, static_cast<std::uint64_t>(begin));
            sum += task_->score(average, draw(source, instances, seed, task_->needs_others()));
            ++chunks;
        }
        const double score = sum / chunks;
        return {score, {{"score", fmt::format("{:.4f}", score)}}};
    }

    void write_weights(const std::filesystem::path& path, const Parameters& average,
                       const std::map<std::string, std::string>& metadata) const override {
        Parameters kept;
        for (const auto& [name, tensor] : average) {
            if (task_->keeps(name)) kept[name] = tensor;
        }
        render::SafetensorsFile file;
        add_parameters(file, kept, render::TensorType::f16);
        file.metadata = metadata;
        file.metadata["task"] = options_.task;
        file.metadata["domain"] = options_.domain;
        file.metadata["permutations"] = std::to_string(options_.permutations);
        file.metadata["instances"] = std::to_string(training_->instances());
        std::string labels;
        for (const auto& label : training_->labels()) labels += (labels.empty() ? "" : ",") + label;
        file.metadata["labels"] = labels;
        render::write_safetensors(path, file);
    }

private:
    [[nodiscard]] encoders::PretextBatch draw(const encoders::PictureSource& source, const std::vector<int>& instances,
                                              std::uint64_t seed, bool others) const {
        const auto count = static_cast<std::int64_t>(instances.size());
        encoders::PretextBatch batch;
        batch.instances = torch::empty({count}, torch::kInt64);
        batch.labels = torch::empty({count}, torch::kInt64);
        for (std::int64_t i = 0; i < count; ++i) {
            const int instance = instances[static_cast<std::size_t>(i)];
            batch.instances.data_ptr<std::int64_t>()[i] = instance;
            batch.labels.data_ptr<std::int64_t>()[i] = source.label(instance);
        }
        batch.seed = mixed_seed(seed, 1000003);
        const auto pictures = [&](std::uint64_t stream) {
            std::vector<render::FloatImage> drawn(instances.size());
            render::parallel_for(instances.size(), 4, [&](std::size_t begin, std::size_t end) {
                for (std::size_t i = begin; i < end; ++i) {
                    drawn[i] = source.picture(instances[i], mixed_seed(mixed_seed(seed, stream), i));
                }
            });
            return encoders::picture_tensor(drawn);
        };
        batch.pictures = pictures(1000001);
        if (others) batch.others = pictures(1000002);
        return batch;
    }

    EncoderTrainingOptions options_;
    std::optional<ShapeDataset> dataset_;
    std::unique_ptr<encoders::PictureSource> training_;
    std::unique_ptr<encoders::PictureSource> validation_;  ///< null: the training pictures, drawn anew
    std::unique_ptr<encoders::PretextTask> task_;
    encoders::PretextBatch batch_;
};

}  // namespace

void train_encoder(const EncoderTrainingOptions& options, const std::function<void(const TrainingProgress&)>& progress,
                   const std::stop_token& stop) {
    check_trainer_options(options);
    configure_compute(options.threads);
    EncoderTask task(options);
    run_training(task, options, progress, stop);
}

}  // namespace maquette::recon
