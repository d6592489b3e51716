#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <random>

#include "recon/eval/dataset_views.h"
#include "recon/eval/encoder_parts.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/mixed_views.h"
#include "render/error.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

constexpr int photos = 2;  ///< of each novel shape
constexpr const char* nothing = "random";
constexpr int headline_shapes = 50;

/// IoU of each novel shape from 1-shot priors with the camera given.
std::vector<ShapeScore> scores_of(const EncoderBench& bench, const std::filesystem::path& weights) {
    const ShapeDataset& dataset = bench.dataset();
    const auto network = mixing(load_refinement_network(weights));
    const auto shapes = shapes_of(dataset, priors::Split::novel);
    const PriorSampler sampler(dataset, shapes);
    std::mt19937_64 random(bench.options().seed);
    std::map<std::string, int> categories;
    std::map<std::string, int> taken;
    std::vector<ShapeScore> scores;
    for (std::size_t s = 0; s < shapes.size(); ++s) {
        bench.announce(weights.parent_path().filename().string(),
                       static_cast<double>(s) / static_cast<double>(shapes.size()));
        const auto& info = dataset.shapes()[static_cast<std::size_t>(shapes[s])];
        const auto prior = sampler.prior(sampler.draw(info.category, shapes[s], 1, random));
        const int limit = bench.options().shapes_per_category;
        if (limit > 0 && taken[info.category]++ >= limit) continue;
        const auto truth = dataset.occupancy(shapes[s], priors::prior_resolution);
        ShapeScore score{categories.try_emplace(info.category, static_cast<int>(categories.size())).first->second, 0};
        for (int v = 0; v < photos; ++v) {
            const View view = view_of(dataset, shapes[s], v * info.view_count / photos);
            const auto encoded = network->encode({&view, 1});
            render::VoxelGrid shape = prior.mean;
            for (int t = 0; t < network->default_iterations(); ++t) shape = network->step(*encoded, prior, shape, t);
            score.value += iou(shape, truth, network->threshold()) / photos;
        }
        scores.push_back(score);
    }
    return scores;
}

}  // namespace

ReportPart initialisation_part(const EncoderBench& bench, const std::filesystem::path& runs) {
    ReportPart part{.title = "Refiners that begin with an encoder", .key = "initialisation"};
    if (runs.empty() || !std::filesystem::is_directory(runs)) {
        part.notes.emplace_back("not measured: no folder of trained refiners was given (--label-efficiency)");
        return part;
    }
    std::map<int, std::map<std::string, std::vector<ShapeScore>>> scores;  // by training shapes, by beginning
    std::vector<std::filesystem::path> folders;
    for (const auto& folder : std::filesystem::directory_iterator(runs)) folders.push_back(folder.path());
    std::sort(folders.begin(), folders.end());
    for (const auto& folder : folders) {
        const std::string name = folder.filename().string();
        const auto dash = name.find('-');
        int count = 0;
        if (dash == std::string::npos || !std::filesystem::exists(folder / "weights.safetensors")) continue;
        if (std::from_chars(name.data(), name.data() + dash, count).ec != std::errc() || count < 1) continue;
        scores[count][name.substr(dash + 1)] = scores_of(bench, folder / "weights.safetensors");
    }
    if (scores.empty()) {
        throw InputError(
            fmt::format("{}: no trained refiners in it; train some into folders such as 50-random and "
                        "50-rotation",
                        runs.string()));
    }
    ReportTable table{"", {"training shapes", "begins with", "IoU", "gain"}, {}};
    std::map<std::string, render::PlotSeries> curves;
    double best_gain = -1;
    for (const auto& [count, by_name] : scores) {
        for (const auto& [name, values] : by_name) {
            const Interval mean = bootstrap(values);
            std::string gain = "-";
            part.figures[std::to_string(count)][name] = interval_json(mean);
            if (name != nothing && by_name.contains(nothing)) {
                const Interval difference = bootstrap_difference(values, by_name.at(nothing));
                gain = interval_text(difference, 3, true);
                part.figures[std::to_string(count)][name + ", gain"] = interval_json(difference);
                if (count == headline_shapes && difference.mean > best_gain) {
                    best_gain = difference.mean;
                    part.headlines["pretraining_iou_gain"] = difference.mean;
                    part.headlines["pretraining_iou_gain_ci"] = {difference.low, difference.high};
                    part.headlines["pretraining_task"] = name;
                }
            }
            table.rows.push_back({std::to_string(count), name, interval_text(mean), gain});
            auto& curve = curves[name];
            curve.name = name;
            curve.x.push_back(count);
            curve.y.push_back(mean.mean);
            curve.low.push_back(mean.low);
            curve.high.push_back(mean.high);
        }
    }
    std::vector<render::PlotSeries> series;
    for (auto& [name, curve] : curves) series.push_back(std::move(curve));
    part.pictures.push_back(
        {"label-efficiency", "Final IoU on novel categories by shapes trained on.",
         render::line_plot(series,
                           {.title = "IoU on novel categories", .x = {"training shapes", true}, .y = {"IoU"}})});
    part.tables.push_back(std::move(table));
    part.notes.push_back(
        fmt::format("novel categories, {} photos a shape, camera given, 1-shot priors; encoders saw all training "
                    "shapes without their "
                    "labels; gain: paired, over a refiner that begins untrained. One training a row",
                    photos));
    return part;
}

}  // namespace maquette::recon
