#include "recon/train/training_batch.h"

#include <ATen/Functions.h>

#include <cstring>
#include <utility>

#include "recon/data/random_stream.h"
#include "recon/eval/dataset_views.h"
#include "recon/refine/tensor_conversion.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

void copy_values(torch::Tensor& rows, std::size_t row, const render::Grid& grid) {
    std::memcpy(rows.data_ptr<float>() + row * grid.values.size(), grid.values.data(),
                grid.values.size() * sizeof(float));
}

}  // namespace

BatchSource::BatchSource(const ShapeDataset& dataset, std::vector<int> shapes, BatchSettings settings)
    : dataset_(&dataset), shapes_(std::move(shapes)), settings_(settings), sampler_(dataset, shapes_) {
    if (shapes_.empty()) throw InputError("the dataset holds no training shapes; run `maquette data build` again");
}

TrainingBatch BatchSource::batch(long long number) const {
    struct Sample {
        int shape = 0;
        int view = 0;
        bool mirrored = false;
        std::vector<int> exemplars;
    };
    RandomStream random(settings_.seed, static_cast<std::uint64_t>(number));
    std::vector<Sample> samples(static_cast<std::size_t>(settings_.batch_size));
    for (auto& sample : samples) {
        sample.shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
        const auto& info = dataset_->shapes()[static_cast<std::size_t>(sample.shape)];
        sample.view = random.below(info.view_count);
        sample.mirrored = settings_.mirror && random.chance(0.5);
        const int shots = 1 + random.below(settings_.max_shots);
        if (info.category != unnamed_category && !random.chance(settings_.zero_prior_fraction)) {
            sample.exemplars = sampler_.draw(info.category, sample.shape, shots, random.engine());
        }
    }

    const std::int64_t n = settings_.batch_size;
    const std::int64_t size = settings_.image_size;
    TrainingBatch batch{at::empty({n, 3, size, size}, torch::kFloat32), at::empty({n, 1, 32, 32, 32}, torch::kFloat32),
                        at::empty({n, 1, 32, 32, 32}, torch::kFloat32)};
    render::parallel_for(samples.size(), 4, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Sample& sample = samples[i];
            auto image = image_tensor(view_of(*dataset_, sample.shape, sample.view), settings_.image_size);
            if (sample.mirrored) image = image.flip({2});
            batch.images[static_cast<std::int64_t>(i)].copy_(image);
            copy_values(batch.priors, i, sampler_.mean(sample.exemplars));
            copy_values(batch.targets, i, sampler_.occupancy(sample.shape));
            if (sample.mirrored) {
                // A mirrored photo is a photo of the shape mirrored in X, taken from the opposite azimuth.
                for (auto* grids : {&batch.priors, &batch.targets}) {
                    auto row = (*grids)[static_cast<std::int64_t>(i)];
                    row.copy_(row.flip({3}).contiguous());
                }
            }
        }
    });
    return batch;
}

}  // namespace maquette::recon
