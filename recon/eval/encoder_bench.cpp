#include "recon/eval/encoder_bench.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <utility>

#include "recon/eval/prior_sampler.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr int random_encoders = 3;
constexpr const char* unnamed = "other";

std::vector<int> kept(const ShapeDataset& dataset, const std::vector<priors::Split>& splits, int per_category) {
    std::map<std::string, int> taken;
    std::vector<int> shapes;
    for (const auto split : splits) {
        for (const int shape : shapes_of(dataset, split)) {
            const auto& category = dataset.shapes()[static_cast<std::size_t>(shape)].category;
            if (category == unnamed || (per_category > 0 && taken[category] >= per_category)) continue;
            ++taken[category];
            shapes.push_back(shape);
        }
    }
    return shapes;
}

}  // namespace

FeatureRows rows_of(const torch::Tensor& features) {
    const auto values = features.to(torch::kFloat32).contiguous();
    FeatureRows rows(values.size(0), values.size(1));
    std::memcpy(rows.data(), values.data_ptr<float>(), static_cast<std::size_t>(values.numel()) * sizeof(float));
    return rows;
}

torch::Tensor tensor_of(const FeatureRows& rows) {
    auto tensor = torch::empty({rows.rows(), rows.cols()}, torch::kFloat32);
    std::memcpy(tensor.data_ptr<float>(), rows.data(), static_cast<std::size_t>(rows.size()) * sizeof(float));
    return tensor;
}

EncoderBench::EncoderBench(const ShapeDataset& dataset, const std::vector<std::filesystem::path>& weights,
                           const EncoderBenchOptions& options, std::function<void(const std::string&, double)> progress,
                           std::stop_token stop)
    : dataset_(&dataset), options_(options), progress_(std::move(progress)), stop_(std::move(stop)) {
    for (int i = 0; i < random_encoders; ++i) {
        encoders_.push_back(std::make_unique<encoders::ImageEncoder>(
            encoders::random_image_encoder(options.seed + static_cast<std::uint64_t>(i))));
    }
    for (const auto& file : weights) {
        encoders_.push_back(std::make_unique<encoders::ImageEncoder>(encoders::load_image_encoder(file)));
        encoders::domain_from_string(encoders_.back()->domain());
    }
    for (const auto& encoder : encoders_) {
        auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) {
            return r.task == encoder->task() && r.domain == encoder->domain();
        });
        if (row == rows_.end()) row = rows_.insert(rows_.end(), {encoder->task(), encoder->domain(), {}});
        row->encoders.push_back(encoder.get());
    }
    std::stable_sort(rows_.begin() + 1, rows_.end(), [](const Row& a, const Row& b) {
        return std::tie(a.domain, a.task) < std::tie(b.domain, b.task);
    });

    const int limit = options.shapes_per_category;
    shapes_[PictureGroup::training] = kept(dataset, {priors::Split::train}, limit);
    shapes_[PictureGroup::test] = kept(dataset, {priors::Split::validation, priors::Split::held_out}, limit);
    shapes_[PictureGroup::novel] = kept(dataset, {priors::Split::novel}, limit);
    const auto names_of = [&](PictureGroup group) {
        std::set<std::string> names;
        for (const int shape : shapes_[group]) {
            names.insert(dataset.shapes()[static_cast<std::size_t>(shape)].category);
        }
        return std::vector<std::string>(names.begin(), names.end());
    };
    categories_[PictureGroup::training] = names_of(PictureGroup::training);
    // Test shapes of a category that no training shape has cannot be recognised.
    const auto& known = categories_[PictureGroup::training];
    std::erase_if(shapes_[PictureGroup::test], [&](int shape) {
        return std::find(known.begin(), known.end(), dataset.shapes()[static_cast<std::size_t>(shape)].category) ==
               known.end();
    });
    categories_[PictureGroup::test] = known;
    categories_[PictureGroup::novel] = names_of(PictureGroup::novel);
    for (const auto& [group, shapes] : shapes_) {
        if (shapes.size() < 2) {
            throw InputError("the dataset lacks training, test or novel shapes; build it from the whole catalogue");
        }
    }
}

std::vector<encoders::PictureDomain> EncoderBench::domains() const {
    std::vector<encoders::PictureDomain> found;
    for (const auto& name : encoders::domain_names()) {
        const auto domain = encoders::domain_from_string(name);
        const bool trained = std::any_of(rows_.begin(), rows_.end(), [&](const Row& r) { return r.domain == name; });
        if (trained && domain != encoders::PictureDomain::photos) found.push_back(domain);
    }
    return found;
}

const encoders::PictureSource& EncoderBench::source(encoders::PictureDomain domain, PictureGroup group) const {
    auto& source = sources_[{domain, group}];
    if (!source) {
        source = encoders::dataset_pictures(*dataset_, shapes_.at(group),
                                            {.domain = domain, .cut_out_fraction = 1, .views = options_.views},
                                            categories_.at(group));
    }
    return *source;
}

torch::Tensor EncoderBench::pictures(encoders::PictureDomain domain, PictureGroup group) const {
    const auto& drawn = source(domain, group);
    announce("pictures", 0);
    std::vector<render::FloatImage> images(static_cast<std::size_t>(drawn.instances()));
    const auto seed = encoders::mixed_seed(options_.seed, static_cast<std::uint64_t>(group));
    render::parallel_for(images.size(), 16, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            images[i] = drawn.picture(static_cast<int>(i), encoders::mixed_seed(seed, i));
        }
    });
    return encoders::picture_tensor(images);
}

const FeatureRows& EncoderBench::features(const encoders::ImageEncoder& encoder, encoders::PictureDomain domain,
                                          PictureGroup group) const {
    const auto key = std::make_tuple(&encoder, domain, group);
    if (const auto found = features_.find(key); found != features_.end()) return found->second;
    // Drawing costs more than encoding: all encoders that are asked about a domain see its pictures at once.
    const auto seen = pictures(domain, group);
    for (std::size_t i = 0; i < encoders_.size(); ++i) {
        const auto& trained_on = encoders_[i]->domain();
        const bool asked = trained_on == to_string(domain) || encoders_[i]->task() == "random";
        if (!asked && encoders_[i].get() != &encoder) continue;
        announce("features", static_cast<double>(i) / static_cast<double>(encoders_.size()));
        features_[std::make_tuple(encoders_[i].get(), domain, group)] = rows_of(encoders_[i]->features(seen));
    }
    return features_.at(key);
}

ProbeLabels EncoderBench::labels(encoders::PictureDomain domain, PictureGroup group) const {
    const auto& drawn = source(domain, group);
    ProbeLabels labels;
    labels.classes = static_cast<int>(drawn.labels().size());
    for (int i = 0; i < drawn.instances(); ++i) {
        labels.label.push_back(drawn.label(i));
        labels.shape.push_back(drawn.shape(i));
    }
    return labels;
}

std::vector<ShapeScore> EncoderBench::by_shape(const ProbeLabels& labels, const std::vector<double>& figures) const {
    if (labels.shape.size() != figures.size()) {
        throw UsageError(fmt::format("{} figures for {} pictures", figures.size(), labels.shape.size()));
    }
    std::map<int, std::pair<ShapeScore, int>> sums;
    for (std::size_t i = 0; i < figures.size(); ++i) {
        auto& [score, count] = sums[labels.shape[i]];
        score.category = labels.label[i];
        score.value += figures[i];
        ++count;
    }
    std::vector<ShapeScore> scores;
    for (const auto& [shape, sum] : sums) scores.push_back({sum.first.category, sum.first.value / sum.second});
    return scores;
}

void EncoderBench::announce(const std::string& stage, double share) const {
    if (stop_.stop_requested()) throw Interrupted("interrupted; no report was written");
    if (progress_) progress_(stage, share);
}

}  // namespace maquette::recon
