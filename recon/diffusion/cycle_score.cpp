#include "recon/diffusion/cycle_score.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/ray_places.h"
#include "recon/refine/differentiable_refiner.h"
#include "recon/refine/picture_sampling.h"
#include "render/error.h"
#include "render/grid.h"
#include "render/image_operations.h"

namespace maquette::recon::diffusion {
namespace {

constexpr double sharpness = 3;  // the drawn field's log-odds are the network's times this, as in silhouette_fit
constexpr double empty = -20;    // log-odds beyond the cube

struct Silhouette {
    RayPlaces rays;
    torch::Tensor mask;  ///< [pixels] 0..1
    double share = 1;    ///< of all photos' weight
};

class CycleScore {
public:
    CycleScore(const RefinementNetwork& network, const priors::CategoryPrior& prior, std::span<const View> photos,
               std::span<const CropCamera> targets, const CycleOptions& options)
        : refiner_(network.differentiable()),
          prior_(&prior),
          options_(options),
          level_(std::log(network.threshold() / (1 - network.threshold()))) {
        if (refiner_ == nullptr) {
            throw UsageError(fmt::format("{} gives no gradient to pictures; leave the cycle out, or use the flagship",
                                         network.architecture()));
        }
        if (options_.iterations == 0) options_.iterations = network.default_iterations();
        std::vector<View> used;
        double total = 0;
        for (const View& photo : photos) {
            if (!photo.camera || !(photo.weight > 0)) continue;
            used.push_back(photo);
            total += photo.weight;
        }
        if (used.empty()) throw UsageError("no photo with a camera to come back to; give a camera to one");
        for (const View& photo : used) {
            const auto mask = render::resize(photo.mask, options.size, options.size);
            auto wanted = at::empty({static_cast<std::int64_t>(mask.pixels.size())}, torch::kFloat32);
            std::memcpy(wanted.data_ptr<float>(), mask.pixels.data(), mask.pixels.size() * sizeof(float));
            const auto camera = camera_of(crop_camera_of(*photo.camera), options.size);
            silhouettes_.push_back({ray_places(camera, options.size, options.samples), wanted, photo.weight / total});
        }
        photos_ = network.encode(used);
        for (const CropCamera& target : targets) cameras_.push_back(camera_of(target, view_size));
    }

    [[nodiscard]] torch::Tensor operator()(const torch::Tensor& pictures) const {
        const auto field =
            refiner_->refined_with({photos_.get(), prior_, cameras_, options_.weight, options_.iterations},
                                   refiner_pictures(pictures, refiner_->picture_size()));
        const auto log_odds = (field - level_) * sharpness;
        torch::Tensor score;
        for (const Silhouette& photo : silhouettes_) {
            const auto term = photo.share * (1 - soft_iou(covered(log_odds, photo.rays), photo.mask));
            score = score.defined() ? score + term : term;
        }
        return score;
    }

private:
    /// Coverage of each ray, [N, pixels]: 1 - exp(-sum of log(1 + exp(l))), as render::kernels::SilhouetteMarch.
    static torch::Tensor covered(const torch::Tensor& log_odds, const RayPlaces& rays) {
        const auto n = log_odds.size(0);
        const auto where = (rays.places.view({1, -1, 3}) * (2 / render::default_grid_side)).expand({n, -1, -1});
        const auto met = sample_fields(log_odds, where).view({n, rays.inside.size(0), rays.inside.size(1)});
        const auto within = at::where(rays.inside.unsqueeze(0), met, at::full({1}, empty, met.options()));
        return 1 - (-at::softplus(within).sum(2)).exp();
    }

    /// [N], of coverages [N, P] with one mask [P].
    static torch::Tensor soft_iou(const torch::Tensor& coverage, const torch::Tensor& mask) {
        const auto both = (coverage * mask).sum(1);
        return both / (coverage.sum(1) + mask.sum() - both).clamp_min(1);
    }

    const DifferentiableRefiner* refiner_;
    const priors::CategoryPrior* prior_;
    CycleOptions options_;
    double level_;
    std::vector<Silhouette> silhouettes_;
    std::shared_ptr<const EncodedViews> photos_;
    std::vector<render::Camera> cameras_;
};

}  // namespace

PictureScore cycle_score(const RefinementNetwork& network, const priors::CategoryPrior& prior,
                         std::span<const View> photos, std::span<const CropCamera> targets,
                         const CycleOptions& options) {
    if (!(options.weight > 0) || options.iterations < 0 || options.size < 8 || options.samples < 8) {
        throw UsageError(
            fmt::format("cycle with weight {}, {} iterations, {} pixels and {} samples; above 0, 0, 8 and "
                        "8 are the least",
                        options.weight, options.iterations, options.size, options.samples));
    }
    return CycleScore(network, prior, photos, targets, options);
}

}  // namespace maquette::recon::diffusion
