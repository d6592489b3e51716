#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/unseen_directions.h"
#include "recon/diffusion/usual_views.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/diffusion_parts.h"
#include "recon/eval/refined_with_views.h"

namespace maquette::recon {
namespace {

const char* const photo_only = "photo alone";
const char* const with_views = "with generated views";

std::vector<View> generated(const DiffusionBench& bench, const KnownPhoto& known, std::span<const CropCamera> targets,
                            std::uint64_t seed) {
    diffusion::ViewGenerationOptions options;
    options.seed = seed;
    const auto pictures =
        generate_views(*bench.networks().novel_view, known.photos.front(), &known.shape, targets, options);
    std::vector<View> views;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        views.push_back(diffusion::firm_view_from_picture(
            pictures[static_cast<std::int64_t>(i)], camera_of(targets[i], view_size), diffusion::usual_view_weight));
    }
    return views;
}

}  // namespace

ReportPart final_shape_part(const DiffusionBench& bench) {
    ReportPart part{.title = "The final shape", .key = "final_shape"};
    const at::NoGradGuard no_gradient;
    const auto& queries = bench.queries();
    const auto& network = *bench.networks().refiner;
    const std::vector<double> none(queries.size(), std::numeric_limits<double>::quiet_NaN());
    std::map<std::string, std::map<std::string, std::vector<double>>> figures;
    const auto put = [&](const std::string& camera, const std::string& name, std::size_t q, double value) {
        figures[camera].try_emplace(name, none).first->second[q] = value;
    };
    for (std::size_t q = 0; q < queries.size(); ++q) {
        bench.announce("final shapes", static_cast<double>(q) / static_cast<double>(queries.size()));
        const auto& query = queries[q];
        for (const bool estimated : {false, true}) {
            if (estimated && !bench.networks().estimator) continue;
            const std::string camera = estimated ? "estimated" : "given";
            const KnownPhoto known = known_photo(bench, query, estimated);
            put(camera, photo_only, q, iou_with_views(bench, query, known, {}));
            const CropCamera seen = crop_camera_of(*known.photos.front().camera);
            const auto targets =
                diffusion::cameras_for_unseen(known.shape, network.threshold(), {&seen, 1}, diffusion::usual_views);
            if (targets.empty()) {
                put(camera, with_views, q, figures[camera][photo_only][q]);
            } else {
                put(camera, with_views, q,
                    iou_with_views(bench, query, known, generated(bench, known, targets, bench.seed() + 100 * q)));
            }
            if (estimated || query.targets.empty()) continue;
            // What views of the same weight could give at the most: true ones.
            std::vector<View> truths;
            std::vector<CropCamera> same;
            for (const auto& target : query.targets) {
                truths.push_back(target.truth);
                truths.back().weight = diffusion::usual_view_weight;
                same.push_back(crop_camera_of(*target.truth.camera));
            }
            put(camera, "with true views at 30 to 180 degrees", q,
                iou_with_views(bench, query, known, std::move(truths)));
            put(camera, "with generated views at the same", q,
                iou_with_views(bench, query, known, generated(bench, known, same, bench.seed() + 100 * q)));
        }
    }
    ReportTable table{"", {"camera", "shape from", "IoU", "over the photo alone"}, {}};
    for (const auto& [camera, rows] : figures) {
        const auto alone = bench.by_shape(rows.at(photo_only));
        for (const auto& [name, values] : rows) {
            const auto scores = bench.by_shape(values);
            const Interval mean = bootstrap(scores);
            part.figures[camera][name] = interval_json(mean);
            std::string gain = "-";
            if (name != photo_only && scores.size() == alone.size()) {
                const Interval difference = bootstrap_difference(scores, alone);
                gain = interval_text(difference, 3, true);
                part.figures[camera][name + ", gain"] = interval_json(difference);
                if (name == with_views) {
                    // What reconstruct does where nobody gives a camera.
                    const std::string key = camera == "estimated" ? "final_iou_gain" : "final_iou_gain_given_camera";
                    part.headlines[key] = difference.mean;
                    part.headlines[key + "_ci"] = {difference.low, difference.high};
                }
            }
            table.rows.push_back({camera, name, interval_text(mean), gain});
        }
    }
    part.notes.push_back(
        fmt::format("{} views where the photo shows least, weight {:g}, one round, 1-shot priors, "
                    "mixed by the photo's agreement with the prior as reconstruct does",
                    diffusion::usual_views, diffusion::usual_view_weight));
    part.tables.push_back(std::move(table));
    return part;
}

}  // namespace maquette::recon
