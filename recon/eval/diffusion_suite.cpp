#include "recon/eval/diffusion_suite.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/diffusion/usual_views.h"
#include "recon/eval/diffusion_bench.h"
#include "recon/eval/diffusion_parts.h"
#include "recon/eval/suite_parts.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon {
namespace {

const std::vector<std::pair<std::string, std::function<ReportPart(const DiffusionBench&)>>>& known_parts() {
    static const std::vector<std::pair<std::string, std::function<ReportPart(const DiffusionBench&)>>> parts = {
        {"novel-view", novel_view_part}, {"final-shape", final_shape_part},
        {"round-trip", round_trip_part}, {"render-inversion", render_inversion_part},
        {"latent", latent_part},         {"preferences", preference_part},
        {"speed", speed_part},
    };
    return parts;
}

/// A delta on the base, or weights of their own.
std::shared_ptr<const diffusion::NovelViewWeights> tuned_weights(const diffusion::NovelViewWeights& base,
                                                                 const std::filesystem::path& weights) {
    const auto file = render::read_safetensors(weights);
    const auto architecture = file.metadata.find("architecture");
    const bool delta =
        architecture != file.metadata.end() && architecture->second == diffusion::preference_delta_architecture;
    return delta ? diffusion::apply_preference_delta(base, weights) : diffusion::load_novel_view(weights);
}

}  // namespace

std::vector<std::string> diffusion_part_names() {
    std::vector<std::string> names;
    for (const auto& [name, part] : known_parts()) names.push_back(name);
    return names;
}

PartReport run_diffusion_suite(const DiffusionSuiteOptions& options,
                               const std::function<void(const std::string&, double)>& progress, std::stop_token stop) {
    check_measured_split(options.split);
    const AskedParts asked(options.parts, diffusion_part_names());
    const ShapeDataset dataset(options.dataset);
    PartReport report{.suite = "diffusion", .data_digest = dataset.digest()};
    const auto digest = [&report](const std::filesystem::path& weights) { add_weights_digest(report, weights); };
    DiffusionBench::Networks networks;
    networks.novel_view = diffusion::load_novel_view(options.weights);
    digest(options.weights);
    networks.refiner = mixing(load_refinement_network(options.refiner_weights));
    digest(options.refiner_weights);
    if (!options.camera_weights.empty()) {
        networks.estimator = std::make_shared<const CameraEstimator>(load_camera_estimator(options.camera_weights));
        digest(options.camera_weights);
    }
    if (!options.without_geometry_weights.empty()) {
        networks.without_geometry = diffusion::load_novel_view(options.without_geometry_weights);
        if (networks.without_geometry->knows_geometry) {
            throw InputError(
                fmt::format("{}: these weights were trained with geometry; train others with --no-geometry",
                            options.without_geometry_weights.string()));
        }
        digest(options.without_geometry_weights);
    }
    const auto add_tuned = [&](const std::string& name, const std::filesystem::path& weights) {
        networks.tuned.emplace_back(name, tuned_weights(*networks.novel_view, weights));
        digest(weights);
    };
    if (!options.preferences.empty()) add_tuned("preferences", options.preferences);
    for (const auto& rival : options.rivals) add_tuned(rival.stem().string(), rival);
    const DiffusionBench bench(
        dataset, options.split == "novel" ? priors::Split::novel : priors::Split::validation, networks,
        {.views = options.views, .shapes_per_category = options.shapes_per_category, .seed = options.seed}, progress,
        std::move(stop));
    report.choices = {
        "figures are means over categories of category means; intervals are 95 % bootstrap over shapes, differences "
        "paired",
        "coarse shapes: of the refiner with the photo's true camera and a 1-shot prior, as reconstruct gives them",
        fmt::format("{} DDIM steps on a Karras grid where nothing else is said; one seed a view",
                    diffusion::usual_view_steps)};
    for (const auto& [name, part] : known_parts()) {
        if (!asked.contains(name)) continue;
        report.parts.push_back(part(bench));
        report.parts.back().notes.insert(
            report.parts.back().notes.begin(),
            fmt::format("{} photos of {} shapes, split {}, {} categories, none of them seen in training",
                        bench.queries().size(), bench.queries().size() / static_cast<std::size_t>(options.views),
                        options.split, bench.categories().size()));
    }
    return report;
}

}  // namespace maquette::recon
