#include "recon/train/novel_view_batch.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/pose_code.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/photo_degradation.h"
#include "recon/refine/crop_camera.h"
#include "recon/train/coarse_field.h"
#include "recon/train/training_batch.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

/// What is drawn before the threads start.
struct Sample {
    int shape = 0;
    int photo = 0;
    int target = 0;
    std::vector<int> exemplars;
    bool mirrored = false;
    bool with_photo = true;
    bool with_geometry = true;
};

/// The camera of the mirrored picture: the object mirrored in X, seen from the opposite azimuth.
CropCamera mirrored_camera(CropCamera camera) {
    camera.azimuth = -camera.azimuth;
    camera.roll = -camera.roll;
    camera.centre_x = 1 - camera.centre_x;
    return camera;
}

}  // namespace

NovelViewBatchSource::NovelViewBatchSource(const ShapeDataset& dataset, std::vector<int> shapes,
                                           NovelViewBatchSettings settings)
    : dataset_(&dataset), shapes_(std::move(shapes)), settings_(settings), sampler_(dataset, shapes_) {
    std::erase_if(shapes_, [&](int shape) { return dataset.shapes()[static_cast<std::size_t>(shape)].view_count < 2; });
    if (shapes_.empty()) {
        throw InputError("the dataset holds no shapes with two views or more; run `maquette data build` again");
    }
    if (settings_.batch_size < 1 || settings_.max_shots < 1 || settings_.image_size < 8) {
        throw UsageError(fmt::format("batch size {} and shots {} must be above 0, image size {} at least 8",
                                     settings_.batch_size, settings_.max_shots, settings_.image_size));
    }
}

NovelViewBatch NovelViewBatchSource::batch(long long number) const {
    RandomStream random(settings_.seed, static_cast<std::uint64_t>(number));
    std::vector<Sample> samples(static_cast<std::size_t>(settings_.batch_size));
    for (auto& sample : samples) {
        sample.shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
        const auto& info = dataset_->shapes()[static_cast<std::size_t>(sample.shape)];
        sample.photo = random.below(info.view_count);
        sample.target = (sample.photo + 1 + random.below(info.view_count - 1)) % info.view_count;
        const int shots = 1 + random.below(settings_.max_shots);
        if (info.category != unnamed_category) {
            sample.exemplars = sampler_.draw(info.category, sample.shape, shots, random.engine());
        }
        sample.mirrored = settings_.mirror && random.chance(0.5);
        sample.with_photo = !random.chance(settings_.photo_dropout);
        // Drawn in either case, so that a run without geometry sees the same samples.
        const bool dropped = random.chance(settings_.geometry_dropout);
        sample.with_geometry = settings_.geometry && !dropped;
    }

    const std::int64_t n = settings_.batch_size;
    const std::int64_t size = settings_.image_size;
    NovelViewBatch batch{torch::empty({n, diffusion::picture_channels, size, size}, torch::kFloat32),
                         {.photo = torch::zeros({n, diffusion::picture_channels, size, size}, torch::kFloat32),
                          .geometry = torch::zeros({n, diffusion::geometry_channels, size, size}, torch::kFloat32),
                          .pose = torch::empty({n, diffusion::pose_code_width}, torch::kFloat32)}};
    render::parallel_for(samples.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Sample& sample = samples[i];
            const auto row = static_cast<std::int64_t>(i);
            RandomStream own(settings_.seed + 1, static_cast<std::uint64_t>(number * n + row));
            const View target = view_of(*dataset_, sample.shape, sample.target);
            batch.targets[row].copy_(diffusion::picture_tensor(target, settings_.image_size));
            CropCamera target_camera = crop_camera_of(*target.camera);
            if (sample.mirrored) target_camera = mirrored_camera(target_camera);
            auto pose = diffusion::pose_code_without_photo(target_camera);
            View photo;
            if (sample.with_photo) {
                photo = view_of(*dataset_, sample.shape, sample.photo);
                if (own.chance(settings_.degraded_fraction)) {
                    degrade_photo(photo, own);
                    recrop(photo, own);
                }
                batch.conditions.photo[row].copy_(diffusion::picture_tensor(photo, settings_.image_size));
                CropCamera photo_camera = crop_camera_of(*photo.camera);
                if (sample.mirrored) photo_camera = mirrored_camera(photo_camera);
                pose = diffusion::pose_code(photo_camera, target_camera);
            }
            std::copy(pose.begin(), pose.end(), batch.conditions.pose[row].data_ptr<float>());
            if (sample.with_geometry) {
                const auto field = coarse_field(sampler_.occupancy(sample.shape), sampler_.mean(sample.exemplars), own);
                batch.conditions.geometry[row].copy_(diffusion::geometry_tensor(
                    field, *target.camera, settings_.image_size, sample.with_photo ? &photo : nullptr));
            }
            if (!sample.mirrored) continue;
            for (auto* pictures : {&batch.targets, &batch.conditions.photo, &batch.conditions.geometry}) {
                auto picture = (*pictures)[row];
                picture.copy_(picture.flip({2}).contiguous());
            }
            batch.conditions.geometry[row][diffusion::geometry_channel::normal].neg_();  // its X
        }
    });
    return batch;
}

}  // namespace maquette::recon
