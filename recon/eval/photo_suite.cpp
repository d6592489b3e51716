#include "recon/eval/photo_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/encoders/photo_folder.h"
#include "recon/eval/photo_bench.h"
#include "recon/eval/photo_parts.h"
#include "recon/eval/suite_parts.h"
#include "recon/refine/mixed_views.h"
#include "recon/segment/cutout_photos.h"
#include "recon/segment/foreground_weights.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

constexpr int kept_side = 640;  // of background photos, pixels of the shorter side
constexpr int kept_object_side = 400;
constexpr int least_side = 180;  // smaller pictures are no photos

/// Diagrams and logos have many neighbours of exactly one colour.
bool is_photo(const render::Image& picture) {
    constexpr double most_equal = 0.4;
    if (picture.channels != 3 || std::min(picture.width, picture.height) < least_side) return false;
    long long equal = 0;
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 1; x < picture.width; ++x) {
            equal += std::equal(&picture.at(x, y), &picture.at(x, y) + 3, &picture.at(x - 1, y)) ? 1 : 0;
        }
    }
    return static_cast<double>(equal) < most_equal * picture.width * picture.height;
}

encoders::PhotoFolder read_photos(const std::vector<std::filesystem::path>& folders) {
    encoders::PhotoFolder all;
    for (const auto& folder : folders) {
        auto photos = encoders::read_photo_folder(folder, kept_side);
        all.digest += photos.digest;
        for (auto& photo : photos.photos) {
            if (is_photo(photo)) all.photos.push_back(std::move(photo));
        }
    }
    if (all.photos.empty()) {
        throw InputError(
            fmt::format("no colour photo of {} pixels a side or more among the backgrounds; name a folder with some "
                        "by --backgrounds",
                        least_side));
    }
    all.digest = render::sha256_of(all.digest);
    return all;
}

}  // namespace

std::vector<std::string> photo_part_names() {
    return {"masks", "real-masks", "final-shape"};
}

PartReport run_photo_suite(const PhotoSuiteOptions& options,
                           const std::function<void(const std::string&, double)>& progress, std::stop_token stop) {
    check_measured_split(options.split);
    const AskedParts asked(options.parts, photo_part_names());
    if (options.composites < 1) {
        throw UsageError(fmt::format("{} composites; one is needed at the least", options.composites));
    }
    const ShapeDataset dataset(options.dataset);
    const auto backgrounds = read_photos(options.backgrounds);
    PartReport report{.suite = "photos", .data_digest = dataset.digest()};
    const auto digest = [&report](const std::filesystem::path& weights) { add_weights_digest(report, weights); };
    render::ForegroundModel model;
    if (!options.mask_weights.empty()) {
        digest(options.mask_weights);
        model = segment::foreground_model(options.mask_weights);
    }
    report.choices = {"figures are means over categories of category means; intervals are 95 % bootstrap over photos",
                      fmt::format("split {}, seed {}, {} background photos, digest {}", options.split, options.seed,
                                  backgrounds.photos.size(), backgrounds.digest.substr(0, 12))};
    if (asked.contains("masks") || asked.contains("final-shape")) {
        const auto split = options.split == "novel" ? priors::Split::novel : priors::Split::validation;
        const PhotoBench bench(dataset_objects(dataset, split, options.composites, options.seed), backgrounds.photos,
                               options.seed, model, progress, stop);
        if (asked.contains("masks")) report.parts.push_back(mask_part(bench, {"Cut-outs", "", "renders"}));
        if (asked.contains("final-shape") && !options.refiner_weights.empty()) {
            digest(options.refiner_weights);
            const auto network = mixing(load_refinement_network(options.refiner_weights));
            report.parts.push_back(masked_shape_part(dataset, bench, *network));
        }
    }
    if (asked.contains("real-masks")) {
        const auto photos = segment::read_cutouts(options.objects, kept_object_side);
        report.choices.push_back(
            fmt::format("{} photographs of objects, digest {}", photos.views.size(), photos.digest.substr(0, 12)));
        const PhotoBench bench(photographed_objects(photos, options.composites), backgrounds.photos, options.seed,
                               model, progress, std::move(stop));
        report.parts.push_back(
            mask_part(bench, {"Cut-outs of photographed objects", "real_", "photographs of objects"}));
    }
    return report;
}

}  // namespace maquette::recon
