#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "priors/default_locations.h"
#include "recon/cli/build_facts.h"
#include "recon/cli/commands.h"
#include "recon/data/shape_dataset.h"
#include "recon/diffusion/novel_view_weights.h"
#include "recon/diffusion/preference_delta.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/weights_facts.h"
#include "recon/segment/foreground_weights.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

json facts_of(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    const std::string architecture = architecture_of(file, weights.string());
    if (architecture == diffusion::novel_view_architecture ||
        architecture == diffusion::preference_delta_architecture || architecture == segment::mask_architecture) {
        std::int64_t count = 0;
        for (const auto& [name, tensor] : file.tensors) count += tensor.element_count();
        return {{"architecture", architecture}, {"parameters", count}, {"metadata", file.metadata}};
    }
    if (architecture == camera_architecture) {
        const CameraEstimator estimator = load_camera_estimator(weights);
        return {{"architecture", camera_architecture},
                {"parameters", estimator.parameter_count()},
                {"metadata", estimator.metadata()}};
    }
    const auto network = load_refinement_network(weights);
    return {{"architecture", network->architecture()},
            {"parameters", network->parameter_count()},
            {"threshold", network->threshold()},
            {"iterations", network->default_iterations()},
            {"metadata", network->metadata()}};
}

json weights_facts() {
    json listed = json::array();
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(priors::assets_folder() / "weights", error)) {
        if (file.path().extension() != ".safetensors") {
            continue;
        }
        json facts = {{"path", file.path().string()}};
        try {
            facts.update(facts_of(file.path()));
        } catch (const Error& broken) {
            facts["error"] = broken.what();
        }
        listed.push_back(facts);
    }
    return listed;
}

json prior_names() {
    json names = json::array();
    for (const auto& entry : priors::default_prior_library().list()) {
        names.push_back(entry.name);
    }
    return names;
}

json dataset_facts() {
    json facts = {{"path", default_dataset}, {"present", std::filesystem::exists(default_dataset)}};
    if (facts["present"]) {
        try {
            const ShapeDataset dataset(default_dataset);
            facts["shapes"] = dataset.shapes().size();
            facts["digest"] = dataset.digest();
        } catch (const Error& broken) {
            facts["error"] = broken.what();
        }
    }
    return facts;
}

void print_value(const std::string& name, const json& value, int indent) {
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    if (value.is_object()) {
        fmt::print("{}{}\n", margin, name);
        for (const auto& [key, inner] : value.items()) {
            print_value(key, inner, indent + 2);
        }
    } else if (value.is_array() && !value.empty() && value.front().is_object()) {
        for (const json& inner : value) {
            print_value(name, inner, indent);
        }
    } else if (value.is_array()) {
        std::string joined;
        for (const json& inner : value) {
            if (!joined.empty()) joined += " ";
            joined += inner.is_string() ? inner.get<std::string>() : inner.dump();
        }
        fmt::print("{}{:<14} {}\n", margin, name, joined.empty() ? "none" : joined);
    } else {
        fmt::print("{}{:<14} {}\n", margin, name, value.is_string() ? value.get<std::string>() : value.dump());
    }
}

}  // namespace

int run_info(const InfoOptions& options) {
    configure_compute(0);
    const json facts = {
        {"versions", build_versions()},
        {"device", device_facts()},
        {"weights", weights_facts()},
        {"priors", prior_names()},
        {"folders",
         {{"assets", priors::assets_folder().string()}, {"your priors", priors::user_priors_folder().string()}}},
        {"shape file", dataset_facts()}};
    if (options.json) {
        fmt::print("{}\n", facts.dump(2));
        return exit_done;
    }
    for (const char* section : {"versions", "device", "weights", "priors", "folders", "shape file"}) {
        print_value(section, facts[section], 0);
    }
    return exit_done;
}

}  // namespace maquette::recon::cli
