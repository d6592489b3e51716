#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>

#include "recon/encoders/pretext_task.h"
#include "recon/eval/encoder_parts.h"
#include "recon/eval/prior_sampler.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

using encoders::ImageEncoder;
using encoders::PictureDomain;

constexpr int neighbours = 10;
constexpr int shots = 5;
constexpr int draws = 5;
constexpr int random_samples = 500;
constexpr int random_classes = 10;
constexpr std::int64_t pretext_pictures = 256;

/// Per-picture figures of one encoder, or means over several.
struct Probed {
    std::vector<double> linear;    // test pictures, right or not
    std::vector<double> nearest;   // the same by kNN
    std::vector<double> few;       // the same by the nearest of few labelled shapes; not-a-number: category left out
    std::vector<double> exemplar;  // novel pictures, whether the nearest other one is of the same shape
    double random_labels = 0;
    std::vector<double> spectrum;
};

std::vector<double> rightness(const std::vector<int>& guesses, const std::vector<int>& labels) {
    std::vector<double> right;
    for (std::size_t i = 0; i < labels.size(); ++i) right.push_back(guesses[i] == labels[i] ? 1 : 0);
    return right;
}

FeatureRows selected(const FeatureRows& rows, const std::vector<int>& which) {
    FeatureRows result(static_cast<Eigen::Index>(which.size()), rows.cols());
    for (std::size_t i = 0; i < which.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = rows.row(which[i]);
    return result;
}

/// One picture of each of `shots` shapes a category, for the categories that are asked about.
std::vector<int> few_of(const ProbeLabels& gallery, const std::vector<int>& asked, std::mt19937_64& random) {
    std::map<int, std::map<int, std::vector<int>>> pictures;  // by category, by shape
    for (std::size_t i = 0; i < gallery.label.size(); ++i) {
        pictures[gallery.label[i]][gallery.shape[i]].push_back(static_cast<int>(i));
    }
    std::vector<int> chosen;
    for (auto& [label, shapes] : pictures) {
        if (std::find(asked.begin(), asked.end(), label) == asked.end()) continue;
        std::vector<std::vector<int>> views;
        for (auto& [shape, rows] : shapes) views.push_back(rows);
        for (int k = 0; k < shots && !views.empty(); ++k) {
            const auto s = static_cast<std::ptrdiff_t>(uniform_below(random, views.size()));
            const auto& rows = views[static_cast<std::size_t>(s)];
            chosen.push_back(rows[uniform_below(random, rows.size())]);
            views.erase(views.begin() + s);
        }
    }
    return chosen;
}

Probed probe(const EncoderBench& bench, const ImageEncoder& encoder, PictureDomain domain) {
    const auto& training = bench.features(encoder, domain, PictureGroup::training);
    const auto& test = bench.features(encoder, domain, PictureGroup::test);
    const auto& novel = bench.features(encoder, domain, PictureGroup::novel);
    const auto known = bench.labels(domain, PictureGroup::training);
    const auto asked = bench.labels(domain, PictureGroup::test);
    const auto instances = bench.labels(domain, PictureGroup::novel);
    const Eigen::RowVectorXf mean = training.colwise().mean();
    const auto gallery = unit_rows(training, mean);
    const auto queries = unit_rows(test, mean);

    Probed result;
    result.linear = rightness(LinearProbe::fit(training, known).predict(test), asked.label);
    result.nearest = rightness(knn_labels(nearest_rows(gallery, queries, neighbours), known.label), asked.label);
    std::mt19937_64 random(bench.options().seed);
    result.few.assign(asked.label.size(), 0);
    for (int d = 0; d < draws; ++d) {
        const auto chosen = few_of(known, asked.label, random);
        std::vector<int> labels;
        for (const int row : chosen) labels.push_back(known.label[static_cast<std::size_t>(row)]);
        const auto right =
            rightness(knn_labels(nearest_rows(selected(gallery, chosen), queries, 1), labels), asked.label);
        for (std::size_t i = 0; i < right.size(); ++i) result.few[i] += right[i] / draws;
    }
    const auto novel_rows = unit_rows(novel, mean);
    const auto near = nearest_rows(novel_rows, novel_rows, 2);
    for (std::size_t i = 0; i < instances.shape.size(); ++i) {
        // The nearest of all is the picture itself.
        const auto& rows = near.rows[i];
        const int other = rows.front() == static_cast<int>(i) && rows.size() > 1 ? rows[1] : rows.front();
        result.exemplar.push_back(instances.shape[static_cast<std::size_t>(other)] == instances.shape[i] ? 1 : 0);
    }
    std::vector<int> some;
    const auto count = std::min<Eigen::Index>(random_samples, training.rows());
    for (Eigen::Index i = 0; i < count; ++i) some.push_back(static_cast<int>(i * training.rows() / count));
    const auto sample = selected(training, some);
    for (int d = 0; d < draws; ++d) {
        result.random_labels +=
            random_label_accuracy(sample, random_classes, bench.options().seed + static_cast<std::uint64_t>(d)) / draws;
    }
    result.spectrum = principal_spectrum(training);
    return result;
}

void add(std::vector<double>& sum, const std::vector<double>& values, double weight) {
    sum.resize(values.size(), 0);
    for (std::size_t i = 0; i < values.size(); ++i) sum[i] += weight * values[i];
}

Probed probe(const EncoderBench& bench, const EncoderBench::Row& row, PictureDomain domain) {
    Probed mean;
    const double weight = 1.0 / static_cast<double>(row.encoders.size());
    for (const ImageEncoder* encoder : row.encoders) {
        const Probed one = probe(bench, *encoder, domain);
        add(mean.linear, one.linear, weight);
        add(mean.nearest, one.nearest, weight);
        add(mean.few, one.few, weight);
        add(mean.exemplar, one.exemplar, weight);
        add(mean.spectrum, one.spectrum, weight);
        mean.random_labels += weight * one.random_labels;
    }
    return mean;
}

/// The task's own score on pictures of a group; empty: the encoder's file has no fitting head.
std::optional<double> pretext_score(const EncoderBench& bench, const ImageEncoder& encoder, PictureDomain domain,
                                    PictureGroup group) {
    const at::NoGradGuard no_gradient;
    const auto number = [&](const char* key) {
        const auto found = encoder.metadata().find(key);
        return found == encoder.metadata().end() ? 2 : std::max(2, std::atoi(found->second.c_str()));
    };
    const auto& source = bench.source(domain, group);
    if (encoder.task() != "rotation" && encoder.task() != "jigsaw" && encoder.task() != "instance" &&
        encoder.task() != "autoencoder") {
        return std::nullopt;
    }
    const auto task = encoders::make_pretext_task(
        encoder.task(), {.instances = number("instances"), .labels = 2, .permutations = number("permutations")});
    for (const auto& shape : task->head_shapes()) {
        if (task->keeps(shape.name) && !encoder.parameters().contains(shape.name)) return std::nullopt;
    }
    const auto count = std::min<std::int64_t>(pretext_pictures, source.instances());
    const auto drawn = [&](std::uint64_t seed) {
        std::vector<render::FloatImage> pictures;
        for (std::int64_t i = 0; i < count; ++i) {
            pictures.push_back(source.picture(static_cast<int>(i * source.instances() / count),
                                              encoders::mixed_seed(seed, static_cast<std::uint64_t>(i))));
        }
        return encoders::picture_tensor(pictures);
    };
    encoders::PretextBatch batch;
    batch.pictures = drawn(bench.options().seed + 11);
    if (task->needs_others()) batch.others = drawn(bench.options().seed + 12);
    batch.seed = bench.options().seed + 13;
    return task->score(encoder.parameters(), batch);
}

void add_pretext_scores(const EncoderBench& bench, const std::vector<PictureDomain>& domains, ReportPart& part) {
    ReportTable table{
        "The pretext task's own score: on pictures of training shapes, of test shapes, and of test shapes "
        "in other domains (rotation, jigsaw: share right; instance: share of 256 found again; "
        "autoencoder: 1 - mean squared error)",
        {"task", "trained on", "training shapes", "test shapes"},
        {}};
    for (const auto domain : domains) table.columns.push_back(to_string(domain));
    for (const auto& row : bench.rows()) {
        if (row.domain == "none" || row.domain == "photos") continue;
        const auto own = encoders::domain_from_string(row.domain);
        const ImageEncoder& encoder = *row.encoders.front();
        const auto seen = pretext_score(bench, encoder, own, PictureGroup::training);
        if (!seen) continue;
        const double unseen = *pretext_score(bench, encoder, own, PictureGroup::test);
        std::vector<std::string> cells = {row.task, row.domain, fmt::format("{:.3f}", *seen),
                                          fmt::format("{:.3f}", unseen)};
        auto& figures = part.figures["pretext"][row.domain][row.task];
        figures = {{"training_shapes", *seen}, {"test_shapes", unseen}};
        for (const auto domain : domains) {
            bench.announce("pretext tasks", 0);
            const double score = *pretext_score(bench, encoder, domain, PictureGroup::test);
            cells.push_back(fmt::format("{:.3f}", score));
            figures["on"][to_string(domain)] = score;
        }
        table.rows.push_back(std::move(cells));
    }
    if (!table.rows.empty()) part.tables.push_back(std::move(table));
}

render::PlotSeries spectrum_curve(const std::string& name, const std::vector<double>& spectrum) {
    render::PlotSeries series{.name = name};
    double sum = 0;
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
        sum += spectrum[i];
        series.x.push_back(static_cast<double>(i + 1));
        series.y.push_back(sum);
    }
    return series;
}

}  // namespace

ReportPart pretext_part(const EncoderBench& bench) {
    ReportPart part{.title = "Pretext tasks", .key = "pretext_tasks"};
    const auto domains = bench.domains();
    std::map<std::string, render::PlotSeries> across;
    const std::vector<std::string> columns = {
        "task", "linear", "kNN-10", "5-shot", "exemplar", "random labels", "axes for 90/95/99 %"};
    for (std::size_t d = 0; d < domains.size(); ++d) {
        const std::string name = to_string(domains[d]);
        ReportTable table{fmt::format("Trained and probed on {}", name), columns, {}};
        std::map<std::string, std::vector<ShapeScore>> linear;
        std::vector<render::PlotSeries> spectra;
        const auto asked = bench.labels(domains[d], PictureGroup::test);
        const auto instances = bench.labels(domains[d], PictureGroup::novel);
        for (const auto& row : bench.rows()) {
            if (row.domain != name && row.domain != "none") continue;
            bench.announce(fmt::format("probes on {}", name),
                           static_cast<double>(d) / static_cast<double>(domains.size()));
            const Probed probed = probe(bench, row, domains[d]);
            linear[row.task] = bench.by_shape(asked, probed.linear);
            const Interval accuracy = bootstrap(linear[row.task]);
            const Interval nearest = bootstrap(bench.by_shape(asked, probed.nearest));
            const Interval few = bootstrap(bench.by_shape(asked, probed.few));
            const Interval exemplar = bootstrap(bench.by_shape(instances, probed.exemplar));
            const int axes90 = components_for(probed.spectrum, 0.9);
            const int axes95 = components_for(probed.spectrum, 0.95);
            const int axes99 = components_for(probed.spectrum, 0.99);
            table.rows.push_back({row.task, interval_text(accuracy), interval_text(nearest), interval_text(few),
                                  interval_text(exemplar), fmt::format("{:.3f}", probed.random_labels),
                                  fmt::format("{}/{}/{}", axes90, axes95, axes99)});
            part.figures["probes"][name][row.task] = {
                {"linear", interval_json(accuracy)},     {"knn", interval_json(nearest)},
                {"few_shot", interval_json(few)},        {"exemplar", interval_json(exemplar)},
                {"random_labels", probed.random_labels}, {"axes", {axes90, axes95, axes99}},
                {"encoders", row.encoders.size()}};
            spectra.push_back(spectrum_curve(row.task, probed.spectrum));
            auto& curve = across[row.task];
            curve.name = row.task;
            curve.x.push_back(static_cast<double>(d + 1));
            curve.y.push_back(accuracy.mean);
            curve.low.push_back(accuracy.low);
            curve.high.push_back(accuracy.high);
        }
        part.tables.push_back(std::move(table));
        part.pictures.push_back({"spectrum-" + name,
                                 fmt::format("Share of the features' variance along the first axes, {}.", name),
                                 render::line_plot(spectra, {.title = "Variance along the first axes, " + name,
                                                             .x = {"axes", true},
                                                             .y = {"share of the variance"}})});
        const std::string suffix = name == "renders" ? "" : "_" + name;
        for (const char* rival : {"autoencoder", "random", "jigsaw", "instance"}) {
            if (!linear.contains("rotation") || !linear.contains(rival)) continue;
            const Interval difference = bootstrap_difference(linear["rotation"], linear[rival]);
            part.headlines[fmt::format("rotation_minus_{}{}_ci", rival, suffix)] = {difference.low, difference.high};
            part.notes.push_back(
                fmt::format("{}: rotation less {}, linear probe: {}", name, rival, interval_text(difference, 3, true)));
        }
    }
    if (domains.size() > 1) {
        std::vector<render::PlotSeries> curves;
        std::string order;
        for (auto& [task, curve] : across) curves.push_back(std::move(curve));
        for (std::size_t d = 0; d < domains.size(); ++d) order += fmt::format(" {} {}", d + 1, to_string(domains[d]));
        part.pictures.push_back(
            {"linear-by-domain", "Linear probe by domain:" + order + ".",
             render::line_plot(curves,
                               {.title = "Linear probe by domain", .x = {"domain:" + order}, .y = {"accuracy"}})});
    }
    part.notes.push_back(fmt::format(
        "{} pictures a shape; light from any side, a random background, other colours; probes learn from training "
        "shapes and are asked about validation and held-out shapes, among all {} named training categories",
        bench.options().views, domains.empty() ? 0 : bench.labels(domains.front(), PictureGroup::training).classes));
    part.notes.push_back(fmt::format(
        "linear: ridge regression to one column a class; kNN: cosine, 10 neighbours; 5-shot: the nearest of one "
        "picture "
        "each of 5 shapes a category, {} draws; exemplar: share of novel shapes' pictures whose nearest other picture "
        "shows the same shape; random labels: share of {} training pictures whose label, drawn of {}, a linear "
        "classifier "
        "learns by heart",
        draws, random_samples, random_classes));
    add_pretext_scores(bench, domains, part);
    return part;
}

}  // namespace maquette::recon
