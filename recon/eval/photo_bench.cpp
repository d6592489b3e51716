#include "recon/eval/photo_bench.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "recon/encoders/picture_domain.h"
#include "recon/eval/prior_sampler.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

using encoders::mixed_seed;

constexpr int longer_side = 320;  // pixels of a composite
constexpr std::array<int, 5> shorter_sides = {180, 214, 240, 256, 320};
constexpr double narrowest_box = 0.02;  // of the object's extent, beyond it to each side
constexpr double widest_box = 0.06;

}  // namespace

PhotoBench::PhotoBench(const ShapeDataset& dataset, priors::Split split, std::span<const render::Image> backgrounds,
                       int count, std::uint64_t seed, const render::ForegroundModel& model,
                       std::function<void(const std::string&, double)> progress, std::stop_token stop)
    : dataset_(&dataset), seed_(seed), progress_(std::move(progress)), stop_(std::move(stop)) {
    draw_photos(split, backgrounds, count);
    cut_out("saliency and GrabCut", false, {});
    cut_out("saliency and GrabCut", true, {});
    if (!model) return;
    cut_out("network", false, model);
    cut_out("network", true, model);
}

void PhotoBench::draw_photos(priors::Split split, std::span<const render::Image> backgrounds, int count) {
    std::map<std::string, std::vector<int>> by_category;
    for (const int shape : shapes_of(*dataset_, split)) {
        by_category[dataset_->shapes()[static_cast<std::size_t>(shape)].category].push_back(shape);
    }
    if (by_category.empty()) {
        throw InputError("the dataset holds no shapes of this split; build it from the whole catalogue");
    }
    for (const auto& [category, shapes] : by_category) categories_.push_back(category);
    for (int i = 0; i < count; ++i) {
        announce("composites", static_cast<double>(i) / count);
        const auto seed = mixed_seed(seed_, static_cast<std::uint64_t>(i));
        const auto pick = [&](std::uint64_t stream, std::size_t bound) { return mixed_seed(seed, stream) % bound; };
        Photo photo;
        photo.category = i % static_cast<int>(categories_.size());
        const auto& shapes = by_category.at(categories_[static_cast<std::size_t>(photo.category)]);
        photo.shape = shapes[pick(1, shapes.size())];
        const int views = dataset_->shapes()[static_cast<std::size_t>(photo.shape)].view_count;
        const DatasetView view =
            dataset_->view_colour(photo.shape, static_cast<int>(pick(2, static_cast<std::size_t>(views))));
        segment::CompositeSettings settings{.width = longer_side,
                                            .height = shorter_sides[pick(3, shorter_sides.size())],
                                            .smallest = 0.35,
                                            .largest = 0.85,
                                            .closest_crop = 0.6,
                                            .turned = false};
        if (pick(4, 2) == 0) std::swap(settings.width, settings.height);
        photo.composite = segment::draw_composite(
            {.object = &view, .background = &backgrounds[pick(5, backgrounds.size())]}, settings, mixed_seed(seed, 6));
        photo.box = segment::box_around(photo.composite.mask, narrowest_box, widest_box, mixed_seed(seed, 7));
        photos_.push_back(std::move(photo));
    }
}

void PhotoBench::cut_out(const std::string& name, bool box, const render::ForegroundModel& model) {
    Way way{.name = name, .box = box};
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < photos_.size(); ++i) {
        announce(name + (box ? ", box" : ""), static_cast<double>(i) / static_cast<double>(photos_.size()));
        const Photo& photo = photos_[i];
        const auto hint = box ? std::optional(photo.box) : std::nullopt;
        try {
            way.masks.push_back(render::cut_out(photo.composite.photo, hint, model).mask);
        } catch (const InputError&) {
            way.masks.emplace_back(photo.composite.photo.width, photo.composite.photo.height, 1);
        }
    }
    way.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
                  static_cast<double>(std::max<std::size_t>(photos_.size(), 1));
    ways_.push_back(std::move(way));
}

std::vector<ShapeScore> PhotoBench::scores(const std::vector<double>& figures) const {
    std::vector<ShapeScore> scores;
    for (std::size_t i = 0; i < figures.size(); ++i) scores.push_back({photos_[i].category, figures[i]});
    return scores;
}

void PhotoBench::announce(const std::string& stage, double share) const {
    if (stop_.stop_requested()) throw Interrupted("evaluation interrupted; nothing was written");
    if (progress_) progress_(stage, share);
}

}  // namespace maquette::recon
