#include "recon/cli/shipped_weights.h"

#include <fmt/format.h>

#include <map>
#include <mutex>

#include "priors/default_locations.h"
#include "recon/segment/foreground_weights.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

std::filesystem::path shipped_file(const std::string& model) {
    return priors::assets_folder() / "weights" / (model + ".safetensors");
}

std::filesystem::path shipped_or_nothing(const std::string& model) {
    std::filesystem::path shipped = shipped_file(model);
    return std::filesystem::exists(shipped) ? shipped : std::filesystem::path();
}

}  // namespace

std::filesystem::path resolve_weights(const std::filesystem::path& given, const std::string& model,
                                      const char* option) {
    if (!given.empty()) {
        return given;
    }
    std::filesystem::path shipped = shipped_file(model);
    if (!std::filesystem::exists(shipped)) {
        throw InputError(
            fmt::format("no weights for {} at {}; give {} FILE, or train them with "
                        "`maquette train {}`",
                        model, shipped.string(), option, model));
    }
    return shipped;
}

std::filesystem::path resolve_preferences(const std::string& given, const std::filesystem::path& weights) {
    if (given == "none") return {};
    if (!given.empty()) return given;
    // Other weights than those shipped are another base.
    return weights.empty() ? shipped_or_nothing(preferences_model) : std::filesystem::path();
}

std::filesystem::path resolve_matting(const std::filesystem::path& given) {
    return given.empty() ? shipped_or_nothing(mask_model) : given;
}

render::ForegroundModel foreground_model_of(const std::filesystem::path& given) {
    static std::mutex mutex;
    static std::map<std::filesystem::path, render::ForegroundModel> models;
    const auto file = resolve_matting(given);
    if (file.empty()) return {};
    const std::lock_guard lock(mutex);
    const auto known = models.find(file);
    if (known != models.end()) return known->second;
    return models.emplace(file, segment::foreground_model(file)).first->second;
}

std::filesystem::path shipped_encoders() {
    return shipped_or_nothing(encoders_model);
}

std::filesystem::path shipped_capture_domain() {
    return shipped_or_nothing(covariates_model);
}

}  // namespace maquette::recon::cli
