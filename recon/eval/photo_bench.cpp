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

/// Choices for composite `index`, each from a stream of its own.
class Picks {
public:
    Picks(std::uint64_t seed, int index) : seed_(mixed_seed(seed, static_cast<std::uint64_t>(index))) {}
    [[nodiscard]] std::uint64_t seed(std::uint64_t stream) const { return mixed_seed(seed_, stream); }
    [[nodiscard]] std::size_t operator()(std::uint64_t stream, std::size_t bound) const { return seed(stream) % bound; }

private:
    std::uint64_t seed_;
};

}  // namespace

PhotoObjects dataset_objects(const ShapeDataset& dataset, priors::Split split, int count, std::uint64_t seed) {
    std::map<std::string, std::vector<int>> by_category;
    for (const int shape : shapes_of(dataset, split)) {
        by_category[dataset.shapes()[static_cast<std::size_t>(shape)].category].push_back(shape);
    }
    if (by_category.empty()) {
        throw InputError("the dataset holds no shapes of this split; build it from the whole catalogue");
    }
    PhotoObjects result;
    for (const auto& [category, shapes] : by_category) result.categories.push_back(category);
    for (int i = 0; i < count; ++i) {
        const Picks pick(seed, i);
        PhotoObjects::Object object{.category = i % static_cast<int>(result.categories.size())};
        const auto& shapes = by_category.at(result.categories[static_cast<std::size_t>(object.category)]);
        object.shape = shapes[pick(1, shapes.size())];
        const int views = dataset.shapes()[static_cast<std::size_t>(object.shape)].view_count;
        object.view = dataset.view_colour(object.shape, static_cast<int>(pick(2, static_cast<std::size_t>(views))));
        result.objects.push_back(std::move(object));
    }
    return result;
}

PhotoObjects photographed_objects(const segment::CutoutPhotos& photos, int count) {
    PhotoObjects result;
    result.categories = photos.groups;
    std::sort(result.categories.begin(), result.categories.end());
    result.categories.erase(std::unique(result.categories.begin(), result.categories.end()), result.categories.end());
    for (int i = 0; i < count; ++i) {
        const auto photo = static_cast<std::size_t>(i) % photos.views.size();
        const auto group = std::lower_bound(result.categories.begin(), result.categories.end(), photos.groups[photo]);
        result.objects.push_back(
            {.category = static_cast<int>(group - result.categories.begin()), .view = photos.views[photo]});
    }
    return result;
}

PhotoBench::PhotoBench(const PhotoObjects& objects, std::span<const render::Image> backgrounds, std::uint64_t seed,
                       const render::ForegroundModel& model, std::function<void(const std::string&, double)> progress,
                       std::stop_token stop)
    : seed_(seed), progress_(std::move(progress)), stop_(std::move(stop)), categories_(objects.categories) {
    draw_photos(objects.objects, backgrounds);
    cut_out("saliency and GrabCut", false, {});
    cut_out("saliency and GrabCut", true, {});
    if (!model) return;
    cut_out("network", false, model);
    cut_out("network", true, model);
}

void PhotoBench::draw_photos(const std::vector<PhotoObjects::Object>& objects,
                             std::span<const render::Image> backgrounds) {
    for (std::size_t i = 0; i < objects.size(); ++i) {
        announce("composites", static_cast<double>(i) / static_cast<double>(objects.size()));
        const auto& object = objects[i];
        const Picks pick(seed_, static_cast<int>(i));
        Photo photo{.shape = object.shape, .category = object.category};
        segment::CompositeSettings settings{.width = longer_side,
                                            .height = shorter_sides[pick(3, shorter_sides.size())],
                                            .smallest = 0.35,
                                            .largest = 0.85,
                                            .closest_crop = 0.6,
                                            .turned = false};
        if (pick(4, 2) == 0) std::swap(settings.width, settings.height);
        photo.composite = segment::draw_composite(
            {.object = &object.view, .background = &backgrounds[pick(5, backgrounds.size())]}, settings, pick.seed(6));
        photo.box = segment::box_around(photo.composite.mask, narrowest_box, widest_box, pick.seed(7));
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
