#include "recon/train/training_batch.h"

#include <ATen/Functions.h>

#include <cstring>
#include <random>
#include <utility>

#include "recon/eval/dataset_views.h"
#include "recon/refine/tensor_conversion.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

/// Decorrelates neighbouring batch numbers (the finaliser of SplitMix64).
std::uint64_t mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31U);
}

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
    std::mt19937_64 random(mix(settings_.seed * 0x100000001b3ULL + static_cast<std::uint64_t>(number)));
    const auto chance = [&random](double probability) {
        return static_cast<double>(random() >> 11U) * 0x1.0p-53 < probability;
    };
    std::vector<Sample> samples(static_cast<std::size_t>(settings_.batch_size));
    for (auto& sample : samples) {
        sample.shape = shapes_[uniform_below(random, shapes_.size())];
        const auto& info = dataset_->shapes()[static_cast<std::size_t>(sample.shape)];
        sample.view = static_cast<int>(uniform_below(random, static_cast<std::uint64_t>(info.view_count)));
        sample.mirrored = settings_.mirror && chance(0.5);
        const int shots = 1 + static_cast<int>(uniform_below(random, static_cast<std::uint64_t>(settings_.max_shots)));
        if (info.category != unnamed_category && !chance(settings_.zero_prior_fraction)) {
            sample.exemplars = sampler_.draw(info.category, sample.shape, shots, random);
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
