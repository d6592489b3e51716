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
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int azimuths = 24;
constexpr std::array<double, 4> elevations = {-5, 12, 30, 52};

struct Scored {
    CropCamera camera;
    float score = 0;
    std::array<float, camera_network::corrections> correction{};
};

std::vector<CropCamera> coarse_hypotheses(const std::vector<Eigen::Vector3d>& cells, const render::FloatImage& mask) {
    std::vector<CropCamera> hypotheses;
    for (const double elevation : elevations) {
        for (int i = 0; i < azimuths; ++i) {
            const CropCamera crop{
                .azimuth = i * 360.0 / azimuths - 180, .elevation = elevation, .distance = usual_distance};
            hypotheses.push_back(framed_like(crop, cells, mask));
        }
    }
    return hypotheses;
}

std::vector<Scored> score(const Parameters& parameters, const torch::Tensor& features, const render::VoxelGrid& prior,
                          const std::vector<CropCamera>& hypotheses) {
    std::vector<torch::Tensor> pictures;
    pictures.reserve(hypotheses.size());
    for (const auto& hypothesis : hypotheses) {
        pictures.push_back(camera_network::draw_hypothesis(prior, hypothesis));
    }
    const auto count = static_cast<std::int64_t>(hypotheses.size());
    const auto comparison =
        camera_network::compare(parameters, features.expand({count, -1, -1, -1}), at::stack(pictures));
    std::vector<Scored> scored(hypotheses.size());
    for (std::size_t i = 0; i < hypotheses.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i);
        scored[i].camera = hypotheses[i];
        scored[i].score = comparison.score[row].item<float>();
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
    : parameters_(std::move(parameters)), metadata_(std::move(metadata)) {}

std::vector<CameraHypothesis> CameraEstimator::estimate(const View& view, const render::VoxelGrid& prior,
                                                        const CameraSearch& search) const {
    const auto cells = solid_cells(prior);
    if (cells.empty()) {
        throw UsageError(
            fmt::format("{}: the camera cannot be estimated without a prior; give one, or the camera", view.name));
    }
    const at::NoGradGuard no_gradient;
    const auto features =
        camera_network::encode_images(parameters_, masked_image_tensor(view, camera_network::image_size).unsqueeze(0));
    auto kept =
        distinct(score(parameters_, features, prior, coarse_hypotheses(cells, view.mask)), search.kept, search.apart);
    for (int round = 0; round < search.refinements; ++round) {
        std::vector<CropCamera> moved;
        for (const auto& hypothesis : kept) {
            moved.push_back(camera_network::corrected(hypothesis.camera, hypothesis.correction.data()));
        }
        auto scored = score(parameters_, features, prior, moved);
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
    const auto found = file.metadata.find("architecture");
    if (found == file.metadata.end() || found->second != camera_architecture) {
        throw InputError(fmt::format("{}: these are not the weights of the camera estimator (architecture '{}')",
                                     weights.string(), found == file.metadata.end() ? "" : found->second));
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
