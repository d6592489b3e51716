#include "recon/train/camera_batch.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/photo_degradation.h"
#include "recon/refine/camera_network.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/training_batch.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

render::VoxelGrid mirrored(const render::VoxelGrid& grid) {
    render::VoxelGrid result = grid;
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) result.at(x, y, z) = grid.at(grid.resolution - 1 - x, y, z);
        }
    }
    return result;
}

}  // namespace

CameraBatchSource::CameraBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, CameraBatchSettings settings)
    : dataset_(&dataset),
      shapes_(std::move(shapes)),
      settings_(settings),
      sampler_(dataset, shapes_),
      viewpoint_pictures_(sampler_, shapes_) {
    if (shapes_.empty()) throw InputError("the dataset holds no training shapes; run `maquette data build` again");
    if (settings_.batch_size < 1 || settings_.hypotheses < least_hypotheses || settings_.max_shots < 1) {
        throw UsageError(fmt::format("batch size {} and shots {} must be above 0, hypotheses {} at least {}",
                                     settings_.batch_size, settings_.max_shots, settings_.hypotheses,
                                     least_hypotheses));
    }
    if (settings_.photos_a_prior < 1 || settings_.batch_size % settings_.photos_a_prior != 0 ||
        settings_.compared_a_prior < 1 || settings_.compared_a_prior > settings_.photos_a_prior) {
        throw UsageError(fmt::format(
            "batch size {} must be a multiple of the {} photos a prior, of which 1 to {} can be "
            "compared, not {}",
            settings_.batch_size, settings_.photos_a_prior, settings_.photos_a_prior, settings_.compared_a_prior));
    }
}

CameraBatch CameraBatchSource::empty_batch() const {
    constexpr std::int64_t size = camera_network::image_size;
    constexpr std::int64_t small = camera_network::picture_size;
    constexpr std::int64_t all = camera_network::viewpoints;
    const std::int64_t n = settings_.batch_size;
    const std::int64_t g = n / settings_.photos_a_prior;
    return {.images = torch::empty({n, 4, size, size}, torch::kFloat32),
            .viewpoint_pictures = torch::empty({g, all, 2, small, small}, torch::kFloat32),
            .viewpoint_targets = torch::empty({n, all}, torch::kFloat32),
            .compared = std::vector<ComparedPhoto>(static_cast<std::size_t>(g * settings_.compared_a_prior))};
}

CameraBatchSource::Subject CameraBatchSource::draw_subject(RandomStream& random, torch::Tensor pictures) const {
    const int shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
    const auto& category = dataset_->shapes()[static_cast<std::size_t>(shape)].category;
    Subject subject;
    subject.flip = settings_.mirror && random.chance(0.5);
    const int shots = random.chance(settings_.single_shot_fraction) ? 1 : 1 + random.below(settings_.max_shots);
    std::vector<int> exemplars;
    if (category != unnamed_category && !random.chance(settings_.own_shape_fraction)) {
        exemplars = sampler_.draw(category, shape, shots, random.engine());
    }
    if (exemplars.empty()) {
        subject.shapes = {shape};
        exemplars = {shape};
    } else {
        for (const int other : shapes_) {
            const bool exemplar = std::find(exemplars.begin(), exemplars.end(), other) != exemplars.end();
            if (!exemplar && dataset_->shapes()[static_cast<std::size_t>(other)].category == category) {
                subject.shapes.push_back(other);
            }
        }
    }
    subject.prior = sampler_.mean(exemplars);
    if (subject.flip) subject.prior = mirrored(subject.prior);
    // One shape's pictures are kept from the start; means are drawn anew, which takes a while.
    if (exemplars.size() > 1) {
        pictures.copy_(camera_network::draw_viewpoints(subject.prior));
    } else {
        const auto kept = viewpoint_pictures_.of(exemplars.front());
        pictures.copy_(subject.flip ? mirrored_viewpoints(kept) : kept);
    }
    return subject;
}

void CameraBatchSource::draw_photo(const Subject& subject, RandomStream& random, CameraBatch& batch, int photo,
                                   int compared) const {
    const int shape = subject.shapes[static_cast<std::size_t>(random.below(static_cast<int>(subject.shapes.size())))];
    const auto& info = dataset_->shapes()[static_cast<std::size_t>(shape)];
    View view = view_of(*dataset_, shape, random.below(info.view_count));
    if (random.chance(settings_.degraded_fraction)) {
        degrade_photo(view, random);
        recrop(view, random);
    }
    CropCamera truth = crop_camera_of(*view.camera);
    auto image = masked_image_tensor(view, camera_network::image_size);
    render::VoxelGrid occupancy = sampler_.occupancy(shape);
    if (subject.flip) {
        image = image.flip({2});
        truth.azimuth = -truth.azimuth;
        truth.roll = -truth.roll;
        truth.centre_x = 1 - truth.centre_x;
        occupancy = mirrored(occupancy);
        render::FloatImage& mask = view.mask;
        for (int y = 0; y < mask.height; ++y) {
            std::reverse(mask.pixels.begin() + static_cast<std::ptrdiff_t>(y) * mask.width,
                         mask.pixels.begin() + static_cast<std::ptrdiff_t>(y + 1) * mask.width);
        }
    }
    batch.images[photo].copy_(image);
    const auto cells = solid_cells(occupancy);
    auto overlaps = at::empty({camera_network::viewpoints}, torch::kFloat32);
    float* values = overlaps.data_ptr<float>();
    for (int j = 0; j < camera_network::viewpoints; ++j) {
        values[j] = static_cast<float>(deserved_belief(occupancy, cells, truth, camera_network::viewpoint(j)));
    }
    batch.viewpoint_targets[photo].copy_(at::softmax(overlaps, 0));
    if (compared < 0) return;
    batch.compared[static_cast<std::size_t>(compared)] = {.photo = photo,
                                                          .truth = truth,
                                                          .mask = std::move(view.mask),
                                                          .prior = subject.prior,
                                                          .shape = std::move(occupancy),
                                                          .seed = random.engine()()};
}

CameraBatch CameraBatchSource::batch(long long number) const {
    CameraBatch batch = empty_batch();
    const int groups = settings_.batch_size / settings_.photos_a_prior;
    render::parallel_for(static_cast<std::size_t>(groups), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const int group = static_cast<int>(i);
            RandomStream random(settings_.seed, static_cast<std::uint64_t>(number * groups + group));
            const Subject subject = draw_subject(random, batch.viewpoint_pictures[group]);
            for (int j = 0; j < settings_.photos_a_prior; ++j) {
                const int compared = j < settings_.compared_a_prior ? group * settings_.compared_a_prior + j : -1;
                draw_photo(subject, random, batch, group * settings_.photos_a_prior + j, compared);
            }
        }
    });
    return batch;
}

}  // namespace maquette::recon
