#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "recon/encoders/covariate_network.h"
#include "recon/eval/capture_regions.h"
#include "recon/eval/capture_scores.h"
#include "recon/eval/encoder_parts.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon {
namespace {

constexpr int photos = 24;  ///< of each shape, at the most

/// Sums over the photos of each shape, of several networks.
struct Tally {
    std::map<int, std::pair<double, int>> overlap;   ///< by shape
    std::map<int, std::pair<double, int>> category;  ///< by shape

    void add(const CaptureSamples& samples, const std::vector<std::int64_t>& rows, const CaptureScores& scores) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const int shape = samples.shape[static_cast<std::size_t>(rows[i])];
            auto& [sum, count] = overlap[shape];
            sum += scores.overlap[i];
            ++count;
            if (scores.category[i] < 0) continue;
            auto& [right, asked] = category[shape];
            right += scores.category[i];
            ++asked;
        }
    }
};

struct Run {
    std::string arm;
    int region = 0;
    int seed = 0;
    CaptureRegions cut;
    encoders::CovariateNetwork network;
};

Run read_run(const std::filesystem::path& path) {
    const auto file = render::read_safetensors(path);
    Run run{.network = encoders::covariate_network_from(file, path.string())};
    const auto text = [&](const char* key) {
        const auto found = file.metadata.find(key);
        if (found == file.metadata.end()) {
            throw InputError(fmt::format("{}: no '{}' in its metadata; it is none of `maquette train covariate-study`",
                                         path.string(), key));
        }
        return found->second;
    };
    const auto number = [&](const char* key) {
        const std::string value = text(key);
        double parsed = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
        if (error != std::errc{} || end != value.data() + value.size()) {
            throw InputError(fmt::format("{}: '{}' is '{}', which is no number", path.string(), key, value));
        }
        return parsed;
    };
    run.arm = text("arm");
    run.region = static_cast<int>(number("region"));
    run.seed = static_cast<int>(number("seed"));
    run.cut = {number("elevation"), number("field_of_view")};
    return run;
}

std::vector<ShapeScore> scores_of(const EncoderBench& bench, const std::map<int, std::pair<double, int>>& sums) {
    std::map<std::string, int> categories;
    std::vector<ShapeScore> scores;
    for (const auto& [shape, sum] : sums) {
        const auto& name = bench.dataset().shapes()[static_cast<std::size_t>(shape)].category;
        scores.push_back(
            {categories.try_emplace(name, static_cast<int>(categories.size())).first->second, sum.first / sum.second});
    }
    return scores;
}

const char* meaning_of(const std::string& arm) {
    static const std::map<std::string, const char*> meanings = {{"none", "photo alone"},
                                                                {"input", "covariates as input"},
                                                                {"regress", "covariates regressed"},
                                                                {"both", "input and regressed"},
                                                                {"forget", "regressed with weight -0.5"},
                                                                {"placebo", "another photo's, input and regressed"}};
    const auto found = meanings.find(arm);
    return found == meanings.end() ? "unknown" : found->second;
}

}  // namespace

ReportPart covariates_part(const EncoderBench& bench, const std::filesystem::path& study) {
    ReportPart part{.title = "Capture covariates where nothing was trained", .key = "covariates"};
    if (study.empty() || !std::filesystem::is_directory(study)) {
        part.notes.emplace_back("not measured: no folder of `maquette train covariate-study` was given (--covariates)");
        return part;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(study)) {
        if (entry.path().extension() == ".safetensors") files.push_back(entry.path());
    }
    if (files.empty()) throw InputError(fmt::format("{}: no networks in it", study.string()));
    std::sort(files.begin(), files.end());

    std::optional<CaptureSamples> samples;
    std::map<std::string, Tally> held_out;
    std::map<std::string, Tally> inside;
    std::map<std::string, std::map<int, Tally>> by_region;
    int seeds = 0;
    for (std::size_t f = 0; f < files.size(); ++f) {
        bench.announce(files[f].stem().string(), static_cast<double>(f) / static_cast<double>(files.size()));
        const Run run = read_run(files[f]);
        if (!samples) {
            samples = capture_samples(bench.dataset(), bench.shapes(PictureGroup::test),
                                      {.views = photos, .change = {}}, run.network.categories);
        }
        seeds = std::max(seeds, run.seed);
        const auto regions = run.cut.of(*samples);
        std::vector<std::int64_t> out;
        std::vector<std::int64_t> in;
        for (std::int64_t row = 0; row < samples->size(); ++row) {
            (regions[static_cast<std::size_t>(row)] == run.region ? out : in).push_back(row);
        }
        const auto covariates = run.arm == "placebo"
                                    ? shuffled_rows(samples->covariates, static_cast<std::uint64_t>(run.seed))
                                    : samples->covariates;
        const auto score = [&](const std::vector<std::int64_t>& rows) {
            return capture_scores(run.network, run.network.parameters, *samples, index_tensor(rows), covariates);
        };
        const auto outside = score(out);
        held_out[run.arm].add(*samples, out, outside);
        by_region[run.arm][run.region].add(*samples, out, outside);
        inside[run.arm].add(*samples, in, score(in));
    }

    ReportTable table{"",
                      {"covariates", "IoU, held-out region", "gain over none", "category right, held-out region",
                       "gain over none", "IoU, regions trained on"},
                      {}};
    ReportTable regions{"IoU by the region held out", {"covariates"}, {}};
    for (int region = 0; region < capture_region_count; ++region) regions.columns.push_back(region_name(region));
    for (const auto& arm : covariate_arm_names()) {
        if (!held_out.contains(arm)) continue;
        const auto overlap = scores_of(bench, held_out[arm].overlap);
        const auto category = scores_of(bench, held_out[arm].category);
        std::string overlap_gain = "-";
        std::string category_gain = "-";
        auto& figures = part.figures[arm];
        if (arm != "none" && held_out.contains("none")) {
            const auto gain = bootstrap_difference(overlap, scores_of(bench, held_out["none"].overlap));
            const auto right = bootstrap_difference(category, scores_of(bench, held_out["none"].category));
            overlap_gain = interval_text(gain, 4, true);
            category_gain = interval_text(right, 4, true);
            figures["iou_gain"] = interval_json(gain);
            figures["category_gain"] = interval_json(right);
            const std::string prefix = arm == "both" ? "covariates" : "covariates_" + arm;
            if (arm == "both" || arm == "placebo") {
                part.headlines[prefix + "_gain"] = gain.mean;
                part.headlines[prefix + "_gain_ci"] = {gain.low, gain.high};
                part.headlines[prefix + "_category_gain_ci"] = {right.low, right.high};
            }
        }
        const auto within = bootstrap(scores_of(bench, inside[arm].overlap));
        figures["iou"] = interval_json(bootstrap(overlap));
        figures["category"] = interval_json(bootstrap(category));
        figures["iou_inside"] = interval_json(within);
        table.rows.push_back({meaning_of(arm), interval_text(bootstrap(overlap)), overlap_gain,
                              interval_text(bootstrap(category)), category_gain, interval_text(within)});
        std::vector<std::string> row = {meaning_of(arm)};
        for (int region = 0; region < capture_region_count; ++region) {
            const auto scores = scores_of(bench, by_region[arm][region].overlap);
            row.push_back(scores.empty() ? "-" : fmt::format("{:.3f}", bootstrap(scores).mean));
        }
        regions.rows.push_back(std::move(row));
    }
    part.tables.push_back(std::move(table));
    part.tables.push_back(std::move(regions));
    part.notes.push_back(fmt::format(
        "small Transformers on patches of 64x64 photos say 16^3 cells of the shape as the camera sees it, and the "
        "category; trained on training shapes in three of four regions of elevation and perspective, measured on test "
        "shapes of known categories in the fourth; {} seeds, their photos taken together; gains paired over shapes",
        seeds));
    return part;
}

}  // namespace maquette::recon
