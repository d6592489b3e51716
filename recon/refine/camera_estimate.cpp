#include "recon/refine/camera_estimate.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "recon/refine/camera_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

/// How far the match counts beside the comparison.
constexpr float match_weight = 1;

struct Scored {
    CropCamera camera;
    float belief = 0;  ///< of the match
    float score = 0;   ///< of match and comparison together
    std::array<float, camera_network::corrections> correction{};
};

std::vector<Scored> score(const Parameters& parameters, const torch::Tensor& features, const render::VoxelGrid& prior,
                          std::vector<Scored> scored) {
    std::vector<torch::Tensor> pictures;
    pictures.reserve(scored.size());
    for (const auto& hypothesis : scored) {
        pictures.push_back(camera_network::draw_hypothesis(prior, hypothesis.camera));
    }
    const auto count = static_cast<std::int64_t>(scored.size());
    const auto comparison =
        camera_network::compare(parameters, features.expand({count, -1, -1, -1}), at::stack(pictures));
    for (std::size_t i = 0; i < scored.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        scored[i].score = match_weight * scored[i].belief + comparison.score[row].item<float>();
        const auto correction = comparison.correction[row].contiguous();
        std::copy_n(correction.data_ptr<float>(), camera_network::corrections, scored[i].correction.begin());
    }
    return scored;
}

/// The best of every neighbourhood, best first.
std::vector<Scored> distinct(std::vector<Scored> scored, int count, double apart) {
    std::sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) { return a.score > b.score; });
    std::vector<Scored> kept;
    for (auto& candidate : scored) {
        const bool near = std::any_of(kept.begin(), kept.end(), [&](const Scored& other) {
            return angle_between(candidate.camera, other.camera) < apart;
        });
        if (!near) kept.push_back(std::move(candidate));
        if (static_cast<int>(kept.size()) == count) break;
    }
    return kept;
}

}  // namespace

CameraEstimator::CameraEstimator(Parameters parameters, std::map<std::string, std::string> metadata)
    : parameters_(std::make_shared<const Parameters>(std::move(parameters))), metadata_(std::move(metadata)) {}

long long CameraEstimator::parameter_count() const {
    return count_elements(*parameters_);
}

std::vector<CameraHypothesis> CameraEstimator::estimate(const View& view, const render::VoxelGrid& prior,
                                                        const CameraSearch& search) const {
    const auto cells = solid_cells(prior);
    if (cells.empty()) {
        throw UsageError(
            fmt::format("{}: the camera cannot be estimated without a prior; give one, or the camera", view.name));
    }
    const at::NoGradGuard no_gradient;
    const auto photo =
        camera_network::encode_images(*parameters_, masked_image_tensor(view, camera_network::image_size).unsqueeze(0));
    const auto pictures = camera_network::draw_viewpoints(prior).unsqueeze(0);
    const auto beliefs = at::log_softmax((camera_network::match(*parameters_, photo, pictures) + photo.direct)[0], 0);
    const int compared = std::min(std::max(search.compared, search.kept), camera_network::viewpoints);
    const auto best = std::get<1>(beliefs.topk(compared));
    std::vector<Scored> candidates;
    for (std::int64_t i = 0; i < best.size(0); ++i) {
        const auto index = best[i].item<std::int64_t>();
        candidates.push_back(
            {.camera = framed_like(camera_network::viewpoint(static_cast<int>(index)), cells, view.mask),
             .belief = beliefs[index].item<float>()});
    }
    auto kept = distinct(score(*parameters_, photo.features, prior, std::move(candidates)), search.kept, search.apart);
    for (int round = 0; round < search.refinements; ++round) {
        std::vector<Scored> moved = kept;
        for (auto& hypothesis : moved) {
            hypothesis.camera = camera_network::corrected(hypothesis.camera, hypothesis.correction.data());
        }
        const auto scored = score(*parameters_, photo.features, prior, std::move(moved));
        for (std::size_t i = 0; i < kept.size(); ++i) {
            // A correction that makes the fit worse ends its hypothesis' refinement.
            if (scored[i].score > kept[i].score) {
                kept[i] = scored[i];
            } else {
                kept[i].correction.fill(0);
            }
        }
    }
    kept = distinct(std::move(kept), search.kept, search.apart / 2);
    double total = 0;
    for (const auto& hypothesis : kept) total += std::exp(hypothesis.score - kept.front().score);
    std::vector<CameraHypothesis> result;
    for (const auto& hypothesis : kept) {
        result.push_back({hypothesis.camera, std::exp(hypothesis.score - kept.front().score) / total});
    }
    return result;
}

CameraEstimator load_camera_estimator(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    if (const std::string architecture = architecture_of(file, weights.string()); architecture != camera_architecture) {
        throw InputError(fmt::format("{}: these are not the weights of the camera estimator (architecture '{}')",
                                     weights.string(), architecture));
    }
    return CameraEstimator(parameters_from(file, camera_network::parameter_shapes(), weights.string()), file.metadata);
}

void save_random_camera_estimator(const std::filesystem::path& path, std::uint64_t seed) {
    render::SafetensorsFile file;
    add_parameters(file, initial_parameters(camera_network::parameter_shapes(), seed), render::TensorType::f16);
    file.metadata["architecture"] = camera_architecture;
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon
