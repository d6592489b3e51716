#include "recon/cli/reconstruct_report.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "recon/cli/build_facts.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/exported_mesh.h"
#include "recon/cli/preset.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/prior_trust.h"
#include "render/io/atomic_file.h"
#include "render/self_intersections.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

json input_file(const std::string& role, const std::filesystem::path& path) {
    return {{"role", role}, {"path", path.string()}, {"sha256", render::sha256_of_file(path)}};
}

/// The file that a part of a prior names, or nothing.
void add_prior_file(const std::string& part, json& inputs) {
    const std::filesystem::path whole = part;
    const std::filesystem::path unweighted = part.substr(0, part.rfind(':'));
    const std::filesystem::path& file = std::filesystem::is_regular_file(whole) ? whole : unweighted;
    if (std::filesystem::is_regular_file(file)) inputs.push_back(input_file("prior", file));
}

json inputs_of(const ReconstructOptions& options) {
    json inputs = json::array();
    for (const std::string& photo : options.photos) {
        inputs.push_back(input_file("photo", photo));
    }
    for (const std::string& mask : options.masks) {
        if (mask != "-") inputs.push_back(input_file("mask", mask));
    }
    for (const std::string& part : options.prior) add_prior_file(part, inputs);
    for (const std::string& part : options.prior_alternatives) add_prior_file(part, inputs);
    inputs.push_back(input_file("weights", options.weights));
    if (!options.camera_weights.empty()) {
        inputs.push_back(input_file("camera weights", options.camera_weights));
    }
    if (const auto finder = resolve_matting(options.matting); !finder.empty())
        inputs.push_back(input_file("matting", finder));
    if (const auto domain = shipped_capture_domain(); !domain.empty()) {
        inputs.push_back(input_file("covariate weights", domain));
    }
    if (!options.diffusion_weights.empty()) {
        inputs.push_back(input_file("diffusion weights", options.diffusion_weights));
        if (options.diffusion_preferences != "none") {
            inputs.push_back(input_file("diffusion preferences", options.diffusion_preferences));
        }
    }
    if (!options.cameras.empty()) {
        for (const auto& file : files_of_cameras(options.cameras)) inputs.push_back(input_file("cameras", file));
    }
    return inputs;
}

json prior_facts(const Reconstruction& run) {
    const priors::CategoryPrior& prior = run.chosen.prior;
    json exemplars = json::array();
    for (std::size_t i = 0; i < prior.exemplars.size(); ++i) {
        const priors::Provenance& origin = prior.exemplars[i].provenance;
        exemplars.push_back({{"name", origin.name},
                             {"creator", origin.creator},
                             {"source", origin.source},
                             {"licence", origin.licence},
                             {"weight", prior.weights[i]}});
    }
    return {{"name", prior.name},
            {"chosen", run.chosen.choice},
            {"exemplars", exemplars},
            {"agreement", run.agreement ? json(*run.agreement) : json(nullptr)},
            {"agreement_is_low", run.agreement && *run.agreement < low_agreement},
            {"share", run.prior_share},
            {"parts", run.part_names}};
}

json figures_of(const Reconstruction& run, float threshold) {
    const RefinementSnapshot& last = *run.result.final;
    json changes = json::array();
    for (const auto& snapshot : run.snapshots) {
        if (snapshot->iteration > 0) {
            changes.push_back(snapshot->change);
        }
    }
    const auto fit = run.fit ? json{{"before", run.fit->before}, {"after", run.fit->after}} : json(nullptr);
    return {{"iterations", last.iteration},
            {"stopped_by_tolerance", run.result.settled},
            {"silhouette_iou_of_fit", fit},
            {"outline_pixels_completed", run.completed_pixels},
            {"change_per_iteration", changes},
            {"threshold", threshold},
            {"solid_cells_of_32768", std::count_if(last.occupancy.values.begin(), last.occupancy.values.end(),
                                                   [threshold](float value) { return value >= threshold; })},
            {"vertices", run.mesh.vertices.size()},
            {"triangles", run.mesh.triangles.size()},
            {"closed", run.topology.closed()},
            {"boundary_edges", run.topology.boundary_edges},
            {"non_manifold_edges", run.topology.non_manifold_edges},
            {"non_manifold_vertices", run.topology.non_manifold_vertices},
            {"components", run.topology.components},
            {"self_intersecting_triangles", render::count_self_intersecting_triangles(run.mesh)},
            {"surface_area", render::surface_area(run.mesh)},
            {"volume", render::enclosed_volume(run.mesh)}};
}

json camera_facts(const CropCamera& camera) {
    return {{"azimuth", camera.azimuth}, {"elevation", camera.elevation},
            {"roll", camera.roll},       {"distance", camera.distance},
            {"scale", camera.scale},     {"centre", {camera.centre_x, camera.centre_y}}};
}

/// Angles in degrees, distance in object units, scale, centre and focal length in fractions of the square crop.
json cameras_of(const std::vector<ViewCamera>& cameras) {
    json list = json::array();
    for (const ViewCamera& view : cameras) {
        json facts = camera_facts(view.camera);
        facts["source"] = view.source;
        facts["silhouette_iou"] = view.silhouette_iou;
        if (view.focal_length) facts["focal_length_of_photo"] = *view.focal_length;
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

/// Of the world that the cameras were given in: x_in_object = rotation * (x_in_world - centre) / size.
json world_of(const Reconstruction& run) {
    if (!run.world) return nullptr;
    const WorldPlacement& placement = run.world->placement;
    json rotation = json::array();
    for (int row = 0; row < 3; ++row) {
        const Eigen::RowVector3d values = placement.object_from_world.row(row);
        rotation.push_back({values.x(), values.y(), values.z()});
    }
    return {{"rotation", rotation},
            {"centre", {placement.centre.x(), placement.centre.y(), placement.centre.z()}},
            {"size", placement.size},
            {"turned_by", run.world->turned_by},
            {"confidence", run.world->confidence}};
}

json generated_views_of(const Reconstruction& run) {
    json list = json::array();
    for (std::size_t i = 0; i < run.generated.size(); ++i) {
        const View& view = run.generated[i];
        json facts = camera_facts(crop_camera_of(*view.camera));
        facts["weight"] = view.weight;
        if (i < run.generated_agreement.size()) {
            facts["constraint_before"] = run.generated_agreement[i].before;
            facts["constraint_after"] = run.generated_agreement[i].after;
        }
        list.push_back(facts);
    }
    return list;
}

json timings_of(const ReconstructionRecord& record, const StageTimer& timer) {
    json stages = json::object();
    for (const auto& [name, seconds] : timer.stages()) {
        // Stages that come once a prior are added up.
        stages[name] = stages.value(name, 0.0) + seconds;
    }
    return {{"unit", "seconds"},
            {"stages", stages},
            {"steps", record.runs->front().result.step_seconds},
            {"warm_step", record.warm_step_seconds > 0 ? json(record.warm_step_seconds) : json(nullptr)},
            {"total_wall", timer.total()}};
}

json alternatives_of(const std::vector<Reconstruction>& runs, float threshold) {
    json list = json::array();
    for (std::size_t i = 1; i < runs.size(); ++i) {
        list.push_back({{"prior", prior_facts(runs[i])},
                        {"cameras", cameras_of(runs[i].cameras)},
                        {"world", world_of(runs[i])},
                        {"figures", figures_of(runs[i], threshold)},
                        {"seconds", runs[i].seconds},
                        {"mesh", runs[i].chosen.output.string()}});
    }
    return list;
}

}  // namespace

const Reconstruction* best_agreeing(const std::vector<Reconstruction>& runs) {
    const Reconstruction* best = nullptr;
    for (const auto& run : runs) {
        if (run.agreement && (best == nullptr || *run.agreement > *best->agreement)) best = &run;
    }
    return best;
}

json reconstruction_report(const ReconstructionRecord& record, const StageTimer& timer) {
    const std::vector<Reconstruction>& runs = *record.runs;
    ReconstructOptions options = record.options;
    const auto threshold = static_cast<float>(options.threshold.value_or(record.network->threshold()));
    const Reconstruction* best = best_agreeing(runs);
    return {{"command", "reconstruct"},
            {"options", options_as_json([&](const OptionVisitor& visitor) { options.visit(visitor); })},
            {"seed", options.views_from_diffusion > 0 ? json(options.diffusion_seed) : json(nullptr)},
            {"interrupted", record.interrupted},
            {"inputs", inputs_of(options)},
            {"prior", prior_facts(runs.front())},
            {"model",
             {{"architecture", record.network->architecture()},
              {"parameters", record.network->parameter_count()},
              {"metadata", record.network->metadata()}}},
            {"cutouts", record.cutouts},
            {"cameras", cameras_of(runs.front().cameras)},
            {"world", world_of(runs.front())},
            {"generated_views", generated_views_of(runs.front())},
            {"versions", build_versions()},
            {"device", device_facts()},
            {"timings", timings_of(record, timer)},
            {"figures", figures_of(runs.front(), threshold)},
            {"alternatives", alternatives_of(runs, threshold)},
            {"best_agreeing_prior", best == nullptr ? json(nullptr) : json(best->chosen.prior.name)},
            {"outputs",
             {{"mesh", options.output.string()},
              {"units_of_an_object_unit", file_units(options, runs.front().mesh)},
              {"preview", options.preview.string()},
              {"report", options.report.string()}}}};
}

}  // namespace maquette::recon::cli
