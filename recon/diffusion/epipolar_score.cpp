#include "recon/diffusion/epipolar_score.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cstring>
#include <vector>

#include "recon/diffusion/novel_view_model.h"
#include "recon/diffusion/ray_places.h"
#include "recon/refine/lifting.h"
#include "recon/refine/picture_sampling.h"
#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::recon::diffusion {
namespace {

constexpr double solid = 0.5;    // coverage
constexpr double nowhere = 1e3;  // far outside every picture

/// Maximum over the pixels within `tolerance`. masks: [..., S, S].
torch::Tensor widened(const torch::Tensor& masks, int tolerance) {
    if (tolerance == 0) return masks;
    return at::max_pool2d(masks, {2 * tolerance + 1}, {1}, {tolerance});
}

struct PhotoMask {
    torch::Tensor coverage;    ///< [1, 1, S, S], widened by the tolerance
    torch::Tensor projection;  ///< [1, 3, 4]
    RayPlaces rays;            ///< of its solid pixels
};

/// Whether places [P, 3] are on the mask, [P] 0..1.
torch::Tensor on_mask(const PhotoMask& photo, const torch::Tensor& places) {
    return sample_pictures(photo.coverage, project_points(photo.projection, places).coordinates).flatten();
}

/// The epipolar lines of a photo's solid pixels in all targets.
struct Lines {
    torch::Tensor coordinates;  ///< [N, Q * samples, 2]
    std::int64_t pixels = 0;    ///< Q
};

class EpipolarScore {
public:
    EpipolarScore(std::span<const View> photos, std::span<const CropCamera> targets, const EpipolarOptions& options)
        : options_(options) {
        const at::NoGradGuard no_gradient;
        for (const View& photo : photos) add_photo(photo);
        if (photos_.empty()) {
            throw UsageError(
                "no photo with a camera and foreground to hold generated views against; give a camera to one");
        }
        std::vector<torch::Tensor> projections;
        std::vector<torch::Tensor> impossible;
        for (const CropCamera& target : targets) {
            const auto camera = camera_of(target, options.size);
            projections.push_back(projection_tensor(camera));
            impossible.push_back(impossible_pixels(camera));
        }
        impossible_ = at::stack(impossible);
        const auto projection = at::stack(projections);
        for (std::size_t i = 0; i < photos_.size(); ++i) add_lines(i, projection);
        area_ /= static_cast<double>(photos_.size());
    }

    [[nodiscard]] torch::Tensor operator()(const torch::Tensor& pictures) const {
        if (pictures.dim() != 4 || pictures.size(0) != impossible_.size(0) || pictures.size(1) != picture_channels ||
            pictures.size(2) != options_.size || pictures.size(3) != options_.size) {
            throw UsageError(fmt::format("epipolar score of {} targets at {} pixels was asked for {} pictures of {}",
                                         impossible_.size(0), options_.size, pictures.size(0), pictures.size(-1)));
        }
        // Not clamped where a gradient would be lost that points to the right answer: a wrong pixel above 1 is still
        // wrong, and one that is needed and below 0 is still needed.
        const auto coverage = (pictures.narrow(1, 3, 1) + 1) / 2;
        auto score = (coverage.relu().flatten(1) * impossible_).sum(1) / area_;
        if (options_.missing == 0) return score;
        // What is beyond a picture reads 0, which must be below anything within: hence the 1.
        const auto above = widened(coverage, options_.tolerance) + 1;
        for (const Lines& lines : lines_) {
            const auto met =
                sample_pictures(above, lines.coordinates).view({above.size(0), lines.pixels, options_.samples}) - 1;
            const auto lacking = (1 - std::get<0>(met.max(2))).relu().mean(1);
            score = score + lacking * (options_.missing / static_cast<double>(lines_.size()));
        }
        return score;
    }

private:
    void add_photo(const View& photo) {
        if (!photo.camera || !(photo.weight > 0)) return;
        const auto mask = render::resize(photo.mask, options_.size, options_.size);
        auto coverage = at::empty({1, 1, options_.size, options_.size}, torch::kFloat32);
        std::memcpy(coverage.data_ptr<float>(), mask.pixels.data(), mask.pixels.size() * sizeof(float));
        const auto covered = (coverage.flatten() >= solid).nonzero().flatten();
        if (covered.size(0) == 0) return;
        PhotoMask result;
        result.coverage = widened(coverage, options_.tolerance);
        // Orthographic cameras have no depth to sample along: far away they are perspective enough.
        const auto camera = camera_of(crop_camera_of(*photo.camera), options_.size);
        result.projection = projection_tensor(camera).unsqueeze(0);
        const auto rays = ray_places(camera, options_.size, options_.samples);
        result.rays = {rays.places.index_select(0, covered), rays.inside.index_select(0, covered)};
        area_ += static_cast<double>(covered.size(0));
        photos_.push_back(std::move(result));
    }

    /// [size * size]: how sure a pixel of the target is not of the object.
    [[nodiscard]] torch::Tensor impossible_pixels(const render::Camera& target) const {
        const auto rays = ray_places(target, options_.size, options_.samples);
        auto possible = rays.inside.to(torch::kFloat32).flatten();
        for (const PhotoMask& photo : photos_) {
            possible = at::minimum(possible, on_mask(photo, rays.places.view({-1, 3})));
        }
        return (1 - possible.view(rays.inside.sizes()).amax(1)).clamp(0, 1);
    }

    /// Only places that all the other photos cover, too, can be what a pixel shows. Where there is none, the photos
    /// themselves contradict each other, and nothing is asked of the picture.
    void add_lines(std::size_t index, const torch::Tensor& projections) {
        const PhotoMask& photo = photos_[index];
        auto possible = photo.rays.inside;
        const auto places = photo.rays.places.view({-1, 3});
        for (std::size_t other = 0; other < photos_.size(); ++other) {
            if (other == index) continue;
            possible = possible & (on_mask(photos_[other], places).view(possible.sizes()) >= solid);
        }
        const auto rows = possible.any(1).nonzero().flatten();
        if (rows.size(0) == 0) return;
        const auto kept = possible.index_select(0, rows).flatten();
        const auto where =
            project_points(projections, photo.rays.places.index_select(0, rows).view({-1, 3})).coordinates;
        lines_.push_back({at::where(kept.view({1, -1, 1}), where, at::full({1}, nowhere, where.options())).contiguous(),
                          rows.size(0)});
    }

    EpipolarOptions options_;
    double area_ = 0;  ///< of the photos' masks, pixels, in the mean
    std::vector<PhotoMask> photos_;
    torch::Tensor impossible_;  ///< [N, size * size]
    std::vector<Lines> lines_;
};

}  // namespace

PictureScore epipolar_score(std::span<const View> photos, std::span<const CropCamera> targets,
                            const EpipolarOptions& options) {
    if (options.size < 8 || options.samples < 2 || options.tolerance < 0 || !(options.missing >= 0) ||
        targets.empty()) {
        throw UsageError(
            fmt::format("epipolar score of {} targets at {} pixels with {} samples, tolerance {} and weight {} of what "
                        "is missing; 1 target, 8 pixels, 2 samples, 0 and 0 are the least",
                        targets.size(), options.size, options.samples, options.tolerance, options.missing));
    }
    return EpipolarScore(photos, targets, options);
}

}  // namespace maquette::recon::diffusion
