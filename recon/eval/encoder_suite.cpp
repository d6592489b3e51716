#include "recon/eval/encoder_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/eval/encoder_bench.h"
#include "recon/eval/encoder_parts.h"
#include "recon/eval/suite_parts.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr const char* weights_name = "weights.safetensors";

std::vector<std::filesystem::path> files_of(const std::vector<std::filesystem::path>& given) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : given) {
        if (!std::filesystem::is_directory(path)) {
            files.push_back(path);
            continue;
        }
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
            if (entry.is_regular_file() && entry.path().filename() == weights_name) found.push_back(entry.path());
        }
        if (found.empty()) {
            throw InputError(fmt::format("{}: no {} in it; train encoders with `maquette train encoder`", path.string(),
                                         weights_name));
        }
        std::sort(found.begin(), found.end());
        files.insert(files.end(), found.begin(), found.end());
    }
    return files;
}

}  // namespace

std::vector<std::string> encoder_part_names() {
    return {"pretext", "ensemble", "proposal", "initialisation", "covariates", "capture-range"};
}

PartReport run_encoder_suite(const EncoderSuiteOptions& options,
                             const std::function<void(const std::string&, double)>& progress, std::stop_token stop) {
    check_measured_split(options.split);
    const AskedParts asked(options.parts, encoder_part_names());
    const ShapeDataset dataset(options.dataset);
    PartReport report{.suite = "encoders", .data_digest = dataset.digest()};
    const auto files = files_of(options.encoders);
    const auto digest = [&report](const std::filesystem::path& weights) { add_weights_digest(report, weights); };
    for (const auto& file : files) digest(file);
    const EncoderBench bench(
        dataset, files,
        {.views = options.views, .shapes_per_category = options.shapes_per_category, .seed = options.seed}, progress,
        std::move(stop));
    report.choices = {
        "figures are means over categories of category means; intervals are 95 % bootstrap over shapes, differences "
        "paired over shapes; they do not cover how a training may come out",
        "the untrained reference is the mean of three networks",
        "renders are cut out, as the program does with photos, lit from a random direction and rolled by up to 20 "
        "degrees",
        "they carry the sun of the dataset's renderer besides the light added here, so that some of what is up "
        "remains in their shading"};
    if (asked.contains("pretext")) report.parts.push_back(pretext_part(bench));
    if (asked.contains("ensemble")) report.parts.push_back(ensemble_part(bench));
    if (asked.contains("proposal") && !options.descriptor.empty() && !options.refiner_weights.empty()) {
        digest(options.descriptor);
        digest(options.refiner_weights);
        report.parts.push_back(
            proposal_part(bench, std::make_shared<const encoders::PhotoDescriptor>(options.descriptor),
                          *mixing(load_refinement_network(options.refiner_weights)),
                          options.split == "novel" ? priors::Split::novel : priors::Split::validation));
    }
    if (asked.contains("initialisation")) report.parts.push_back(initialisation_part(bench, options.label_efficiency));
    if (asked.contains("covariates")) report.parts.push_back(covariates_part(bench, options.covariates));
    if (asked.contains("capture-range") && !options.capture_domain.empty()) {
        digest(options.capture_domain);
        report.parts.push_back(capture_range_part(bench, encoders::CaptureDomain(options.capture_domain)));
    }
    return report;
}

}  // namespace maquette::recon
