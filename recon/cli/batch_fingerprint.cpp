#include "recon/cli/batch_fingerprint.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <system_error>

#include "recon/cli/camera_file.h"
#include "recon/cli/preset.h"
#include "recon/cli/shipped_weights.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

/// Places and names, in whose stead the digests of what is there count, and what changes no result.
constexpr std::array unimportant = {
    "photo",   "batch",  "out",     "cameras", "prior",          "prior-alternatives", "weights",
    "preview", "report", "threads", "device",  "camera-weights", "diffusion-weights",  "diffusion-preferences",
    "matting"};

std::string without_weight(const std::string& part) {
    std::error_code error;
    return std::filesystem::is_regular_file(part, error) ? part : part.substr(0, part.rfind(':'));
}

}  // namespace

const std::string& BatchFingerprints::digest_of(const std::filesystem::path& file) {
    const auto found = digests_.find(file);
    return found != digests_.end() ? found->second : digests_.emplace(file, render::sha256_of_file(file)).first->second;
}

/// A name stands for what the library holds under it now.
json BatchFingerprints::priors_of(const std::vector<std::string>& parts) {
    json list = json::array();
    const auto entries = library_->list();
    for (const std::string& part : parts) {
        const std::string name = without_weight(part);
        const auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.name == name; });
        std::error_code error;
        json digest;
        if (entry != entries.end()) {
            digest = digest_of(entry->path);
        } else if (std::filesystem::is_regular_file(name, error)) {
            digest = digest_of(name);
        }
        // Where a file lies does not matter, what is in it does.
        list.push_back({std::filesystem::path(part).filename().string(), digest});
    }
    return list;
}

json BatchFingerprints::of(const ReconstructOptions& given) {
    ReconstructOptions options = given;
    json facts = {{"version", MAQUETTE_VERSION},
                  {"options", options_as_json([&](const OptionVisitor& visitor) { options.visit(visitor); })}};
    for (const char* name : unimportant) facts["options"].erase(name);
    facts["options"]["output"] = options.output.filename().string();
    for (const std::string& photo : options.photos) facts["photos"].push_back(render::sha256_of_file(photo));
    if (options.prior.empty()) {
        // The closest is chosen among all.
        std::vector<std::string> names;
        for (const auto& entry : library_->list()) names.push_back(entry.name);
        facts["closest_of"] = priors_of(names);
    } else {
        facts["prior"] = priors_of(options.prior);
    }
    facts["alternatives"] = priors_of(options.prior_alternatives);
    facts["cameras"] = nullptr;
    if (!options.cameras.empty()) {
        json digests = json::array();
        for (const auto& file : files_of_cameras(options.cameras)) digests.push_back(render::sha256_of_file(file));
        facts["cameras"] = digests.size() == 1 ? digests.front() : digests;
    }
    facts["weights"] = {digest_of(networks_->refiner_weights())};
    if (networks_->refiner()->needs_cameras()) facts["weights"].push_back(digest_of(networks_->camera_weights()));
    if (const auto finder = resolve_matting(options.matting); !finder.empty())
        facts["weights"].push_back(digest_of(finder));
    if (options.views_from_diffusion > 0) {
        facts["weights"].push_back(digest_of(networks_->diffusion_weights()));
        const auto preferences = networks_->diffusion_preferences();
        facts["preferences"] = preferences.empty() ? json(nullptr) : json(digest_of(preferences));
    }
    return facts;
}

}  // namespace maquette::recon::cli
