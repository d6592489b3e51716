#include "recon/cli/reconstruct_priors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "priors/default_locations.h"
#include "recon/cli/output_files.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

/// "a,b" and "c" typed as two values are three names.
std::vector<std::string> split_at_commas(const std::vector<std::string>& typed) {
    std::vector<std::string> names;
    for (const std::string& text : typed) {
        std::istringstream stream(text);
        for (std::string name; std::getline(stream, name, ',');) {
            if (name.empty()) throw UsageError(fmt::format("--prior-alternatives {}: a name is missing", text));
            names.push_back(name);
        }
    }
    return names;
}

/// What of a prior's name can stand in a file's.
std::string file_part(const std::string& name) {
    std::string part = std::filesystem::path(name).stem().string();
    for (char& c : part) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
        if (!plain) c = '_';
    }
    return part;
}

}  // namespace

void fall_back_to_demo(ReconstructOptions& options) {
    if (!options.photos.empty()) {
        return;
    }
    const std::filesystem::path folder = priors::assets_folder() / "demo";
    options.photos = {(folder / "demo.png").string()};
    if (options.prior.empty()) {
        const auto demo = nlohmann::json::parse(render::read_file(folder / "demo.json"), nullptr, false);
        if (!demo.is_object() || !demo.contains("prior") || !demo["prior"].is_string()) {
            throw InputError(fmt::format("{}: no \"prior\" in it", (folder / "demo.json").string()));
        }
        options.prior = {demo["prior"].get<std::string>()};
    }
    fmt::print(stderr, "no photo given: the demo, {} with prior {}\n", options.photos.front(),
               fmt::join(options.prior, " "));
}

std::vector<std::filesystem::path> resolve_outputs(ReconstructOptions& options) {
    if (options.preview.empty()) {
        options.preview = beside(options.output, "_preview.png");
    }
    if (options.report.empty()) {
        options.report = beside(options.output, ".json");
    }
    check_extension(options.output, {".glb", ".obj", ".ply", ".stl", ".binvox"});
    check_extension(options.preview, {".png", ".jpg", ".jpeg", ".webp"});
    options.prior_alternatives = split_at_commas(options.prior_alternatives);
    std::vector<std::filesystem::path> meshes = {options.output};
    for (const std::string& name : options.prior_alternatives) {
        meshes.push_back(beside(options.output, "_" + file_part(name) + options.output.extension().string()));
    }
    std::set<std::filesystem::path> outputs = {options.preview.lexically_normal(), options.report.lexically_normal()};
    if (outputs.size() < 2 || outputs.contains(options.output.lexically_normal())) {
        throw UsageError("--output, --preview and --report name the same file; give each its own");
    }
    for (const auto& mesh : meshes) {
        if (!outputs.insert(mesh.lexically_normal()).second) {
            throw UsageError(
                fmt::format("{} would be written twice; give alternatives of different names", mesh.string()));
        }
    }
    for (const std::filesystem::path& output : outputs) {
        check_writable(output);
    }
    return meshes;
}

const PriorRanker& KnownPriors::ranker() {
    if (!ranker_) ranker_.emplace(library_);
    return *ranker_;
}

std::vector<ChosenPrior> choose_priors(ReconstructOptions& options, const View& photo, KnownPriors& known,
                                       const std::vector<std::filesystem::path>& outputs, const Note& note) {
    ChosenPrior first{.parts = options.prior, .choice = "given", .output = outputs.front()};
    if (options.prior.empty()) {
        const std::vector<RankedPrior> ranking = known.ranker().rank(photo);
        if (ranking.empty()) {
            first.parts = {"none"};
            first.choice = "none known";
            note("no prior given and none in the library: starting from nothing; --prior MESH helps");
        } else {
            first.parts = {ranking.front().name};
            first.choice =
                fmt::format("closest by {}, distance {:.3f}", known.ranker().method(), ranking.front().distance);
            note(fmt::format("no prior given: {} looks closest; --prior NAME chooses another (`maquette prior list`)",
                             ranking.front().name));
        }
        options.prior = first.parts;
    }
    std::vector<ChosenPrior> chosen = {std::move(first)};
    for (std::size_t i = 0; i < options.prior_alternatives.size(); ++i) {
        chosen.push_back({.parts = {options.prior_alternatives[i]}, .choice = "alternative", .output = outputs[i + 1]});
    }
    for (ChosenPrior& prior : chosen) prior.prior = known.library().resolve(prior.parts);
    return chosen;
}

}  // namespace maquette::recon::cli
