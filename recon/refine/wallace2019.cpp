#include "recon/refine/wallace2019.h"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <utility>

#include "recon/refine/tensor_conversion.h"
#include "recon/refine/wallace2019_network.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

class WallaceViews : public EncodedViews {
public:
    explicit WallaceViews(torch::Tensor codes) : codes_(std::move(codes)) {}
    [[nodiscard]] int count() const override { return static_cast<int>(codes_.size(0)); }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
        const c10::InferenceMode guard;
        std::vector<torch::Tensor> codes;
        for (const int view : views) {
            if (view < 0 || view >= count()) {
                throw UsageError(fmt::format("view {} was asked for, there are views 0..{}", view, count() - 1));
            }
            codes.push_back(code(view));
        }
        return std::make_unique<WallaceViews>(codes.empty() ? codes_.narrow(0, 0, 0) : at::cat(codes));
    }
    [[nodiscard]] torch::Tensor code(int view) const { return codes_.narrow(0, view, 1); }

private:
    torch::Tensor codes_;  ///< [V, 128]
};

class Wallace2019 : public RefinementNetwork {
public:
    Wallace2019(const render::SafetensorsFile& file, const std::string& what)
        : parameters_(parameters_from(file, wallace2019::parameter_shapes(), what)),
          metadata_(file.metadata),
          threshold_(number_in(metadata_, "threshold", 0.4F, what)),
          default_iterations_(static_cast<int>(number_in(metadata_, "iterations", 2, what))) {}

    [[nodiscard]] std::string architecture() const override { return wallace2019_architecture; }
    [[nodiscard]] bool needs_cameras() const override { return false; }
    [[nodiscard]] long long parameter_count() const override { return count_elements(parameters_); }
    [[nodiscard]] float threshold() const override { return threshold_; }
    [[nodiscard]] int default_iterations() const override { return default_iterations_; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }

    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        if (views.empty()) throw UsageError("no view to reconstruct from; give at least one photo");
        const c10::InferenceMode guard;
        const auto size = wallace2019::image_size;
        auto images = torch::empty({static_cast<std::int64_t>(views.size()), 3, size, size}, torch::kFloat32);
        for (std::size_t i = 0; i < views.size(); ++i) {
            images[static_cast<std::int64_t>(i)].copy_(image_tensor(views[i], size));
        }
        return std::make_unique<WallaceViews>(wallace2019::encode_images(parameters_, images));
    }

    [[nodiscard]] render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& prior,
                                         const render::VoxelGrid& current, int iteration) const override {
        const RefinementQuery query{&views, &prior, &current, iteration};
        return step_batch({&query, 1}).front();
    }

    [[nodiscard]] std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const override {
        if (queries.empty()) return {};
        const c10::InferenceMode guard;
        std::vector<torch::Tensor> codes;
        std::vector<torch::Tensor> voxels;
        for (const auto& query : queries) {
            const auto* encoded = dynamic_cast<const WallaceViews*>(query.views);
            if (encoded == nullptr) throw UsageError("views were encoded by another network; encode them again");
            if (encoded->count() == 0) throw UsageError("no view to reconstruct from; give at least one photo");
            codes.push_back(encoded->code(query.iteration % encoded->count()));
            voxels.push_back(voxel_tensor(*query.current, wallace2019::resolution));
        }
        const auto occupancy = at::sigmoid(wallace2019::refine_logits(parameters_, at::cat(codes), at::cat(voxels)));
        std::vector<render::VoxelGrid> results;
        results.reserve(queries.size());
        for (std::size_t i = 0; i < queries.size(); ++i) {
            results.push_back(voxel_grid_from(occupancy[static_cast<std::int64_t>(i)], queries[i].current->side));
        }
        return results;
    }

private:
    Parameters parameters_;
    std::map<std::string, std::string> metadata_;
    float threshold_;
    int default_iterations_;
};

}  // namespace

std::unique_ptr<RefinementNetwork> make_wallace2019(const render::SafetensorsFile& file, const std::string& what) {
    return std::make_unique<Wallace2019>(file, what);
}

void save_random_wallace2019(const std::filesystem::path& path, std::uint64_t seed) {
    render::SafetensorsFile file;
    add_parameters(file, initial_parameters(wallace2019::parameter_shapes(), seed), render::TensorType::f16);
    file.metadata["architecture"] = wallace2019_architecture;
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon
