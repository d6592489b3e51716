#include "recon/refine/flagship.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <utility>

#include "priors/category_prior.h"
#include "recon/refine/differentiable_refiner.h"
#include "recon/refine/flagship_aim.h"
#include "recon/refine/flagship_detail.h"
#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

// Fields between steps are logits of the network's own making and not clamped as priors are.
constexpr double least_occupancy = 1e-6;

class FlagshipViews : public EncodedViews {
public:
    FlagshipViews(flagship::LiftedViews views, torch::Tensor weights)
        : views_(std::move(views)), weights_(std::move(weights)) {}

    [[nodiscard]] int count() const override { return static_cast<int>(weights_.size(0)); }

    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
        const c10::InferenceMode guard;
        std::vector<std::int64_t> rows;
        for (const int view : views) {
            if (view < 0 || view >= count()) {
                throw UsageError(fmt::format("view {} was asked for, there are views 0..{}", view, count() - 1));
            }
            rows.push_back(view);
        }
        const auto index = at::empty({static_cast<std::int64_t>(rows.size())}, torch::kInt64);
        std::copy(rows.begin(), rows.end(), index.data_ptr<std::int64_t>());
        flagship::LiftedViews picked;
        picked.pictures = flagship::select(views_.pictures, index);
        picked.projections = views_.projections.index_select(0, index);
        picked.volume = views_.volume.index_select(0, index);
        picked.mask = views_.mask.index_select(0, index);
        return std::make_unique<FlagshipViews>(std::move(picked), weights_.index_select(0, index));
    }

    [[nodiscard]] const flagship::LiftedViews& lifted() const { return views_; }
    [[nodiscard]] torch::Tensor weights() const { return weights_.unsqueeze(0); }

    [[nodiscard]] flagship::Scene scene() const {
        if (count() == 0) throw UsageError("no view to reconstruct from; give at least one photo");
        return flagship::fuse(views_, weights_.unsqueeze(0));
    }

private:
    flagship::LiftedViews views_;
    torch::Tensor weights_;  ///< [V]
};

torch::Tensor as_tensor(const std::vector<float>& values) {
    auto tensor = torch::empty({static_cast<std::int64_t>(values.size())}, torch::kFloat32);
    std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
    return tensor;
}

/// A copy that backpropagation may remember: what was made in inference mode it may not.
torch::Tensor remembered(const torch::Tensor& x) {
    return x.clone();
}

/// Rows [V, ...] of photos and one picture each, [N, ...]: [N (V + 1), ...], object after object.
torch::Tensor beside(const torch::Tensor& photos, const torch::Tensor& pictures) {
    auto sizes = photos.sizes().vec();
    sizes.insert(sizes.begin(), pictures.size(0));
    return at::cat({remembered(photos).unsqueeze(0).expand(sizes), pictures.unsqueeze(1)}, 1).flatten(0, 1);
}

class Flagship : public RefinementNetwork, public DifferentiableRefiner {
public:
    Flagship(const render::SafetensorsFile& file, const std::string& what)
        : metadata_(file.metadata),
          asks_exemplars_(metadata_.contains(exemplar_key) && metadata_.at(exemplar_key) == "on"),
          parameters_(parameters_from(file, flagship::parameter_shapes(asks_exemplars_), what)),
          threshold_(number_in(metadata_, "threshold", 0.4F, what)),
          default_iterations_(static_cast<int>(number_in(metadata_, "iterations", 2, what))),
          detail_gain_(number_in(metadata_, "iou_64", 0, what) - number_in(metadata_, "iou_64_interpolated", 0, what)) {
    }

    [[nodiscard]] std::string architecture() const override { return flagship_architecture; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return count_elements(parameters_); }
    [[nodiscard]] float threshold() const override { return threshold_; }
    [[nodiscard]] int default_iterations() const override { return default_iterations_; }
    /// Every step sees every view.
    [[nodiscard]] int iterations_for(int /*views*/) const override { return default_iterations_; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }

    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        const c10::InferenceMode guard;
        std::vector<torch::Tensor> images;
        std::vector<torch::Tensor> projections;
        std::vector<float> weights;
        float total = 0;
        for (const View& view : views) {
            if (!view.camera) {
                throw UsageError(fmt::format("{}: the flagship needs the camera of every view", view.name));
            }
            images.push_back(masked_image_tensor(view, flagship::image_size));
            projections.push_back(projection_tensor(*view.camera));
            weights.push_back(view.weight);
            total += view.weight;
        }
        if (!(total > 0)) throw UsageError("no view to reconstruct from; give at least one photo of weight above 0");
        return std::make_unique<FlagshipViews>(
            flagship::lift(parameters_, flagship::encode_pictures(parameters_, at::stack(images)),
                           at::stack(projections)),
            as_tensor(weights));
    }

    [[nodiscard]] render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& prior,
                                         const render::VoxelGrid& current, int iteration) const override {
        const RefinementQuery query{&views, &prior, &current, iteration};
        return step_batch({&query, 1}).front();
    }

    [[nodiscard]] std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const override {
        if (queries.empty()) return {};
        const c10::InferenceMode guard;
        const auto step = steps(queries);
        const auto occupancy = at::sigmoid(step.logits);
        std::vector<render::VoxelGrid> results;
        results.reserve(queries.size());
        for (std::size_t i = 0; i < queries.size(); ++i) {
            const auto row = static_cast<std::int64_t>(i);
            results.push_back(voxel_grid_from(occupancy[row], queries[i].current->side));
            if (queries[i].displacement != nullptr) {
                *queries[i].displacement = displacement_grid_from(step.displacement[row], queries[i].current->side);
            }
        }
        return results;
    }

    [[nodiscard]] std::unique_ptr<EncodedViews> posed(const EncodedViews& views, int view,
                                                      std::span<const render::Camera> cameras) const override {
        const c10::InferenceMode guard;
        const auto& encoded = own(views);
        if (view < 0 || view >= encoded.count()) {
            throw UsageError(fmt::format("view {} was asked for, there are views 0..{}", view, encoded.count() - 1));
        }
        std::vector<torch::Tensor> projections;
        for (const auto& camera : cameras) projections.push_back(projection_tensor(camera));
        const auto count = static_cast<std::int64_t>(cameras.size());
        const auto rows = at::full({count}, view, torch::kInt64);
        return std::make_unique<FlagshipViews>(
            flagship::lift(parameters_, flagship::select(encoded.lifted().pictures, rows), at::stack(projections)),
            at::ones({count}, torch::kFloat32));
    }

    [[nodiscard]] bool judges_cameras() const override { return true; }

    [[nodiscard]] std::vector<CameraJudgement> judge_cameras(std::span<const RefinementQuery> queries,
                                                             std::span<const CropCamera> cameras) const override {
        if (queries.size() != cameras.size()) {
            throw UsageError(fmt::format("{} cameras for {} queries", cameras.size(), queries.size()));
        }
        const c10::InferenceMode guard;
        std::vector<CameraJudgement> judgements;
        for (std::size_t i = 0; i < queries.size(); ++i) {
            const auto& views = own(*queries[i].views);
            if (views.count() != 1) {
                throw UsageError(fmt::format("cameras are judged one view at a time, not {}", views.count()));
            }
            const auto prior = flagship::prior_logits(voxel_tensor(queries[i].prior->mean, flagship::resolution));
            const auto current = at::logit(voxel_tensor(*queries[i].current, flagship::resolution), least_occupancy);
            const auto aim = flagship::aim(parameters_, views.lifted(), prior, current);
            const auto correction = aim.corrections.contiguous();
            judgements.push_back(
                {flagship::aimed(cameras[i], correction.data_ptr<float>()), at::sigmoid(aim.quality).item<double>()});
        }
        return judgements;
    }

    /// As long as it did no better on validation than interpolating the steps, they are what one gets.
    [[nodiscard]] bool has_detail(const EncodedViews& /*views*/) const override { return detail_gain_ > 0; }

    [[nodiscard]] render::VoxelGrid detail(const RefinementQuery& query, int resolution) const override {
        if (resolution < 64 || resolution > 512 || !std::has_single_bit(static_cast<unsigned>(resolution))) {
            throw UsageError(
                fmt::format("detail on {} cells a side was asked for; 64, 128, 256 and 512 are possible", resolution));
        }
        const c10::InferenceMode guard;
        const auto step = steps({&query, 1});
        const auto& views = own(*query.views);
        const double level = std::log(threshold_ / (1 - threshold_));
        const auto field = flagship::detailed_field(parameters_, views.lifted(), views.weights(), step,
                                                    flagship::distance_tensor(priors::expected_distance(*query.prior)),
                                                    level, resolution);
        return voxel_grid_from(at::sigmoid(field), query.current->side);
    }

    [[nodiscard]] const DifferentiableRefiner* differentiable() const override { return this; }
    [[nodiscard]] int picture_size() const override { return flagship::image_size; }

    [[nodiscard]] torch::Tensor refined_with(const PictureQuery& query, const torch::Tensor& pictures) const override {
        const auto& photos = own(*query.photos).lifted();
        const auto n = pictures.size(0);
        if (n == 0 || static_cast<std::int64_t>(query.cameras.size()) != n || !(query.weight > 0)) {
            throw UsageError(
                fmt::format("{} pictures with {} cameras and weight {}; give one camera each and a weight "
                            "above 0",
                            n, query.cameras.size(), query.weight));
        }
        std::vector<torch::Tensor> projections;
        for (const auto& camera : query.cameras) projections.push_back(projection_tensor(camera));
        const auto drawn =
            flagship::lift(parameters_, flagship::encode_pictures(parameters_, pictures), at::stack(projections));
        flagship::LiftedViews all;
        all.volume = beside(photos.volume, drawn.volume);
        all.mask = beside(photos.mask, drawn.mask);
        all.pictures.code = beside(photos.pictures.code, drawn.pictures.code);
        const auto photo_weights = remembered(own(*query.photos).weights()).expand({n, -1});
        const auto scene = flagship::fuse(all, at::cat({photo_weights, at::full({n, 1}, query.weight)}, 1));
        const auto mean = voxel_tensor(query.prior->mean, flagship::resolution);
        const auto prior = flagship::prior_logits(mean).expand({n, -1, -1, -1, -1});
        flagship::ExemplarCodes exemplars;
        if (asks_exemplars_) {
            const std::vector<const priors::CategoryPrior*> asked(static_cast<std::size_t>(n), query.prior);
            exemplars = flagship::encode_exemplars(parameters_, flagship::exemplar_grids(asked));
        }
        auto current = prior;
        for (int i = 0; i < query.iterations; ++i) {
            current = flagship::refine(parameters_, scene, prior, current, exemplars).logits;
        }
        return current;
    }

private:
    static const FlagshipViews& own(const EncodedViews& views) {
        const auto* encoded = dynamic_cast<const FlagshipViews*>(&views);
        if (encoded == nullptr) throw UsageError("views were encoded by another network; encode them again");
        return *encoded;
    }

    [[nodiscard]] flagship::Step steps(std::span<const RefinementQuery> queries) const {
        std::vector<torch::Tensor> volumes;
        std::vector<torch::Tensor> hulls;
        std::vector<torch::Tensor> codes;
        std::vector<torch::Tensor> means;
        std::vector<torch::Tensor> currents;
        std::vector<const priors::CategoryPrior*> asked;
        for (const auto& query : queries) {
            const auto scene = own(*query.views).scene();
            volumes.push_back(scene.volume);
            hulls.push_back(scene.hull);
            codes.push_back(scene.code);
            means.push_back(voxel_tensor(query.prior->mean, flagship::resolution));
            currents.push_back(voxel_tensor(*query.current, flagship::resolution));
            asked.push_back(query.prior);
        }
        const auto prior = flagship::prior_logits(at::cat(means));
        auto current = at::logit(at::cat(currents), least_occupancy);
        for (std::size_t i = 0; i < queries.size(); ++i) {
            const auto row = static_cast<std::int64_t>(i);
            if (queries[i].iteration == 0) current[row].copy_(prior[row]);
        }
        flagship::ExemplarCodes exemplars;
        if (asks_exemplars_) exemplars = flagship::encode_exemplars(parameters_, flagship::exemplar_grids(asked));
        return flagship::refine(parameters_, {at::cat(volumes), at::cat(hulls), at::cat(codes)}, prior, current,
                                exemplars);
    }

    std::map<std::string, std::string> metadata_;
    bool asks_exemplars_;
    Parameters parameters_;
    float threshold_;
    int default_iterations_;
    float detail_gain_;
};

}  // namespace

std::unique_ptr<RefinementNetwork> make_flagship(const render::SafetensorsFile& file, const std::string& what) {
    return std::make_unique<Flagship>(file, what);
}

void save_random_flagship(const std::filesystem::path& path, std::uint64_t seed, bool exemplars) {
    render::SafetensorsFile file;
    add_parameters(file, initial_parameters(flagship::parameter_shapes(exemplars), seed), render::TensorType::f16);
    file.metadata["architecture"] = flagship_architecture;
    if (exemplars) file.metadata[exemplar_key] = "on";
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon
