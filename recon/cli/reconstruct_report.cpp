#include "recon/cli/reconstruct_report.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "recon/cli/build_facts.h"
#include "recon/cli/preset.h"
#include "render/io/atomic_file.h"
#include "render/surface_extraction.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

json input_file(const std::string& role, const std::filesystem::path& path) {
    return {{"role", role}, {"path", path.string()}, {"sha256", render::sha256_of_file(path)}};
}

json inputs_of(const ReconstructOptions& options) {
    json inputs = json::array();
    for (const std::string& photo : options.photos) {
        inputs.push_back(input_file("photo", photo));
    }
    for (const std::string& part : options.prior) {
        const std::filesystem::path whole = part;
        const std::filesystem::path unweighted = part.substr(0, part.rfind(':'));
        const std::filesystem::path& file = std::filesystem::is_regular_file(whole) ? whole : unweighted;
        if (std::filesystem::is_regular_file(file)) {
            inputs.push_back(input_file("prior", file));
        }
    }
    inputs.push_back(input_file("weights", options.weights));
    if (!options.camera_weights.empty()) {
        inputs.push_back(input_file("camera weights", options.camera_weights));
    }
    if (!options.cameras.empty()) {
        inputs.push_back(input_file("cameras", options.cameras));
    }
    return inputs;
}

json prior_facts(const priors::CategoryPrior& prior, const std::string& choice) {
    json exemplars = json::array();
    for (std::size_t i = 0; i < prior.exemplars.size(); ++i) {
        const priors::Provenance& origin = prior.exemplars[i].provenance;
        exemplars.push_back({{"name", origin.name},
                             {"creator", origin.creator},
                             {"source", origin.source},
                             {"licence", origin.licence},
                             {"weight", prior.weights[i]}});
    }
    return {{"name", prior.name}, {"chosen", choice}, {"exemplars", exemplars}};
}

json figures_of(const ReconstructionRecord& record) {
    const RefinementSnapshot& last = *record.result->final;
    const auto threshold = static_cast<float>(record.options.threshold.value_or(record.network->threshold()));
    json changes = json::array();
    for (const auto& snapshot : *record.snapshots) {
        if (snapshot->iteration > 0) {
            changes.push_back(snapshot->change);
        }
    }
    const auto fit = record.fit ? json{{"before", record.fit->before}, {"after", record.fit->after}} : json(nullptr);
    return {{"iterations", last.iteration},
            {"silhouette_iou_of_fit", fit},
            {"change_per_iteration", changes},
            {"threshold", threshold},
            {"solid_cells_of_32768", std::count_if(last.occupancy.values.begin(), last.occupancy.values.end(),
                                                   [threshold](float value) { return value >= threshold; })},
            {"vertices", record.mesh->vertices.size()},
            {"triangles", record.mesh->triangles.size()},
            {"boundary_edges", render::count_boundary_edges(*record.mesh)}};
}

json camera_facts(const CropCamera& camera) {
    return {{"azimuth", camera.azimuth}, {"elevation", camera.elevation},
            {"roll", camera.roll},       {"distance", camera.distance},
            {"scale", camera.scale},     {"centre", {camera.centre_x, camera.centre_y}}};
}

/// Angles in degrees, distance in object units, scale and centre in fractions of the square crop.
json cameras_of(const std::vector<ViewCamera>& cameras) {
    json list = json::array();
    for (const ViewCamera& view : cameras) {
        json facts = camera_facts(view.camera);
        facts["source"] = view.source;
        facts["silhouette_iou"] = view.silhouette_iou;
        if (!view.candidates.empty()) facts["confidence"] = view.candidates.front().confidence;
        for (std::size_t i = 1; i < view.candidates.size(); ++i) {
            json rival = camera_facts(view.candidates[i].camera);
            rival["confidence"] = view.candidates[i].confidence;
            rival["silhouette_iou"] = view.candidates[i].silhouette_iou;
            facts["rivals"].push_back(rival);
        }
        list.push_back(facts);
    }
    return list;
}

json timings_of(const ReconstructionRecord& record, const StageTimer& timer) {
    json stages = json::object();
    for (const auto& [name, seconds] : timer.stages()) {
        stages[name] = seconds;
    }
    return {{"unit", "seconds"},
            {"stages", stages},
            {"steps", record.result->step_seconds},
            {"warm_step", record.warm_step_seconds > 0 ? json(record.warm_step_seconds) : json(nullptr)},
            {"total_wall", timer.total()}};
}

}  // namespace

json reconstruction_report(ReconstructionRecord record, const StageTimer& timer) {
    record.options.threshold = record.options.threshold.value_or(record.network->threshold());
    return {{"command", "reconstruct"},
            {"options", options_as_json([&](const OptionVisitor& visitor) { record.options.visit(visitor); })},
            {"seed", nullptr},
            {"interrupted", record.result->interrupted},
            {"inputs", inputs_of(record.options)},
            {"prior", prior_facts(*record.prior, record.prior_choice)},
            {"model",
             {{"architecture", record.network->architecture()},
              {"parameters", record.network->parameter_count()},
              {"metadata", record.network->metadata()}}},
            {"cameras", cameras_of(*record.cameras)},
            {"versions", build_versions()},
            {"device", device_facts()},
            {"timings", timings_of(record, timer)},
            {"figures", figures_of(record)},
            {"outputs",
             {{"mesh", record.options.output.string()},
              {"preview", record.options.preview.string()},
              {"report", record.options.report.string()}}}};
}

}  // namespace maquette::recon::cli
