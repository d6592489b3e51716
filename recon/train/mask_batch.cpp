#include "recon/train/mask_batch.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "recon/segment/mask_network.h"
#include "recon/segment/photo_composite.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr int most_others = 3;
constexpr double tightest_box = -0.02;  // of the object's extent, beyond it to each side
constexpr double widest_box = 0.15;

/// Sides of the picture that are not photo.
struct Padding {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
};

/// Half of the time two equal bars, as whole photos have them; else whatever a crop beyond the border has.
Padding random_padding(int size, RandomStream& random) {
    const auto share = [&](double most) { return static_cast<int>(size * most * random.uniform()); };
    Padding padding;
    if (random.chance(0.5)) {
        const int bar = share(0.25);
        if (random.chance(0.7)) return {0, bar, 0, bar};
        return {bar, 0, bar, 0};
    }
    (random.chance(0.5) ? padding.left : padding.right) = share(0.3);
    if (random.chance(0.5)) (random.chance(0.5) ? padding.top : padding.bottom) = share(0.3);
    return padding;
}

}  // namespace

MaskBatchSource::MaskBatchSource(const ShapeDataset& dataset, std::vector<int> shapes,
                                 std::span<const render::Image> backgrounds, MaskBatchSettings settings,
                                 std::span<const DatasetView> cutouts)
    : dataset_(&dataset),
      shapes_(std::move(shapes)),
      backgrounds_(backgrounds),
      settings_(settings),
      cutouts_(cutouts) {
    if (shapes_.empty()) throw InputError("no shapes to make pictures of; build the dataset from the whole catalogue");
    if (backgrounds_.size() < 2) {
        throw UsageError(
            fmt::format("{} background photos; two are needed at the least for variety", backgrounds_.size()));
    }
    if (settings_.image_size < segment::size_multiple || settings_.image_size % segment::size_multiple != 0) {
        throw UsageError(fmt::format("image size {} is no multiple of {}; give 64, 96 or 128", settings_.image_size,
                                     segment::size_multiple));
    }
}

DatasetView MaskBatchSource::random_view(RandomStream& random) const {
    if (!cutouts_.empty() && random.chance(settings_.cutout_fraction)) {
        return cutouts_[static_cast<std::size_t>(random.below(static_cast<int>(cutouts_.size())))];
    }
    const int shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
    const int views = dataset_->shapes()[static_cast<std::size_t>(shape)].view_count;
    return dataset_->view_colour(shape, random.below(views));
}

void MaskBatchSource::draw(RandomStream& random, float* picture, float* mask) const {
    const int size = settings_.image_size;
    const auto photo = [&]() -> const render::Image& {
        return backgrounds_[static_cast<std::size_t>(random.below(static_cast<int>(backgrounds_.size())))];
    };
    const DatasetView object = random_view(random);
    std::vector<DatasetView> others;
    if (random.chance(settings_.others_fraction)) {
        others.resize(static_cast<std::size_t>(1 + random.below(most_others)));
        for (auto& other : others) other = random_view(random);
    }
    segment::CompositeParts parts{.object = &object, .background = &photo(), .other_photo = &photo()};
    for (const auto& other : others) parts.others.push_back(&other);

    const bool boxed = random.chance(settings_.box_fraction);
    const Padding padding = random.chance(settings_.padded_fraction) ? random_padding(size, random) : Padding{};
    const segment::CompositeSettings settings{.width = size - padding.left - padding.right,
                                              .height = size - padding.top - padding.bottom,
                                              .central = !boxed,
                                              .border_share = settings_.border_fraction,
                                              .patch_share = settings_.patch_fraction,
                                              .texture_share = settings_.texture_fraction};
    const segment::Composite composite = segment::draw_composite(parts, settings, random.engine()());

    render::Image square(size, size, 3, render::foreground_padding);
    for (int y = 0; y < settings.height; ++y) {
        std::memcpy(&square.at(padding.left, padding.top + y), &composite.photo.at(0, y),
                    3 * static_cast<std::size_t>(settings.width));
        std::memcpy(mask + static_cast<std::ptrdiff_t>(padding.top + y) * size + padding.left, &composite.mask.at(0, y),
                    static_cast<std::size_t>(settings.width) * sizeof(float));
    }
    std::optional<render::PixelBox> box;
    const auto box_seed = random.engine()();
    if (boxed) {
        box = segment::box_around(composite.mask, tightest_box, widest_box, box_seed);
        box->x += padding.left;
        box->y += padding.top;
    }
    const auto tensor = segment::picture_tensor(square, box);
    std::memcpy(picture, tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel()) * sizeof(float));
}

MaskBatch MaskBatchSource::batch(long long number) const {
    const std::int64_t count = settings_.batch_size;
    const std::int64_t size = settings_.image_size;
    MaskBatch batch{at::zeros({count, 4, size, size}, torch::kFloat32),
                    at::zeros({count, 1, size, size}, torch::kFloat32)};
    float* pictures = batch.pictures.data_ptr<float>();
    float* masks = batch.masks.data_ptr<float>();
    render::parallel_for(static_cast<std::size_t>(count), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            RandomStream random(settings_.seed,
                                static_cast<std::uint64_t>(number) * static_cast<std::uint64_t>(count) + i);
            const auto pixels = static_cast<std::size_t>(size * size);
            draw(random, pictures + i * 4 * pixels, masks + i * pixels);
        }
    });
    return batch;
}

}  // namespace maquette::recon
