#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "recon/encoders/ensemble.h"
#include "recon/eval/encoder_parts.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

using encoders::Ensemble;
using encoders::PictureDomain;

constexpr int neighbours = 10;
constexpr int recalled = 3;
constexpr int candidates = 50;
constexpr int fits = 5;  ///< of each ensemble, by other seeds

/// Where a way to join encoders is tried.
struct Setting {
    std::string name;
    PictureDomain domain;
    PictureGroup gallery;
    PictureGroup queries;
    /// Whether queries are the gallery's own pictures: then those of the same shape are no neighbours.
    bool own = false;
};

const std::vector<Setting>& settings() {
    static const std::vector<Setting> all = {
        {"in domain", PictureDomain::renders, PictureGroup::training, PictureGroup::test, false},
        {"novel categories", PictureDomain::renders, PictureGroup::novel, PictureGroup::novel, true},
        {"normals", PictureDomain::normals, PictureGroup::training, PictureGroup::test, false},
    };
    return all;
}

struct Figures {
    std::vector<double> nearest;
    std::vector<double> recall;
    int count = 0;
};

Figures judge(const FeatureRows& gallery, const FeatureRows& queries, const ProbeLabels& known,
              const ProbeLabels& asked, bool own) {
    const std::vector<int> none;
    const auto near = nearest_rows(gallery, queries, candidates, own ? known.shape : none, own ? asked.shape : none);
    Neighbours few = near;
    for (auto& rows : few.rows) rows.resize(std::min<std::size_t>(rows.size(), neighbours));
    const auto guesses = knn_labels(few, known.label);
    Figures figures{.count = 1};
    for (std::size_t i = 0; i < guesses.size(); ++i) figures.nearest.push_back(guesses[i] == asked.label[i] ? 1 : 0);
    figures.recall = recall_of_labels(near, known.label, asked.label, recalled);
    return figures;
}

void add(Figures& sum, const Figures& one) {
    if (sum.count == 0) {
        sum = one;
        return;
    }
    for (std::size_t i = 0; i < sum.nearest.size(); ++i) {
        sum.nearest[i] += one.nearest[i];
        sum.recall[i] += one.recall[i];
    }
    sum.count += one.count;
}

FeatureRows unit(const torch::Tensor& rows) {
    return rows_of(rows / rows.norm(2, {1}, true).clamp_min(1e-8));
}

FeatureRows unit(const FeatureRows& rows) {
    return unit_rows(rows, Eigen::RowVectorXf::Zero(rows.cols()));
}

class Rivals {
public:
    Rivals(const EncoderBench& bench, std::vector<const encoders::ImageEncoder*> joined)
        : bench_(bench), joined_(std::move(joined)) {
        for (const auto* encoder : joined_) {
            fitted_on_.push_back(tensor_of(bench.features(*encoder, PictureDomain::renders, PictureGroup::training)));
        }
    }

    /// Rows by name, in the order of the report.
    std::vector<std::pair<std::string, Figures>> in(const Setting& setting) {
        const auto known = bench_.labels(setting.domain, setting.gallery);
        const auto asked = bench_.labels(setting.domain, setting.queries);
        const auto gallery = features(setting.domain, setting.gallery);
        const auto queries = features(setting.domain, setting.queries);
        std::vector<std::pair<std::string, Figures>> rows;
        const auto compare = [&](const FeatureRows& g, const FeatureRows& q) {
            return judge(g, q, known, asked, setting.own);
        };
        // Means and lengths are the fitted gallery's everywhere: nothing is known of a new domain as a whole.
        const Ensemble& all = ensemble_of(-1, 0);
        const auto g = all.normalised(gallery);
        const auto q = all.normalised(queries);
        for (std::size_t j = 0; j < joined_.size(); ++j) {
            rows.emplace_back(joined_[j]->task(), compare(rows_of(g[j]), rows_of(q[j])));
        }
        rows.emplace_back("average", compare(unit(mean_of(g)), unit(mean_of(q))));
        rows.emplace_back("concatenation", compare(unit(at::cat(g, 1)), unit(at::cat(q, 1))));
        const FeatureRows basis = rows_of(at::cat(all.normalised(fitted_on_), 1));
        for (const int dimensions : {16, 32, 64}) {
            if (dimensions > basis.cols()) continue;
            const PcaWhitening whitening(basis, dimensions);
            rows.emplace_back(
                fmt::format("concatenation, PCA-whitened {}", dimensions),
                compare(unit(whitening(rows_of(at::cat(g, 1)))), unit(whitening(rows_of(at::cat(q, 1))))));
        }
        for (const int steps : {0, 50, 200}) {
            Figures sum;
            for (int f = 0; f < fits; ++f) {
                bench_.announce("ensembles", static_cast<double>(f) / fits);
                const Ensemble& ensemble = ensemble_of(-1, f);
                // Optimised and other psi are never compared: the gallery's come from the same steps.
                add(sum, compare(rows_of(ensemble.representation(gallery, steps)),
                                 rows_of(ensemble.representation(queries, steps))));
                if (steps == 0) break;
            }
            rows.emplace_back(fmt::format("psi of all, {} steps", steps), std::move(sum));
        }
        for (std::size_t j = 0; j < joined_.size(); ++j) {
            Figures sum;
            for (int f = 0; f < fits; ++f) {
                const Ensemble& ensemble = ensemble_of(static_cast<int>(j), f);
                add(sum, compare(rows_of(ensemble.representation({gallery[j]})),
                                 rows_of(ensemble.representation({queries[j]}))));
            }
            rows.emplace_back(fmt::format("psi of {} alone", joined_[j]->task()), std::move(sum));
        }
        return rows;
    }

private:
    [[nodiscard]] std::vector<torch::Tensor> features(PictureDomain domain, PictureGroup group) const {
        std::vector<torch::Tensor> result;
        for (const auto* encoder : joined_) result.push_back(tensor_of(bench_.features(*encoder, domain, group)));
        return result;
    }

    /// which: encoder, or -1 for all.
    const Ensemble& ensemble_of(int which, int fit) {
        const auto key = std::make_pair(which, fit);
        auto found = ensembles_.find(key);
        if (found == ensembles_.end()) {
            encoders::EnsembleSettings settings;
            settings.seed = bench_.options().seed + static_cast<std::uint64_t>(fit);
            const auto features =
                which < 0 ? fitted_on_ : std::vector<torch::Tensor>{fitted_on_[static_cast<std::size_t>(which)]};
            found = ensembles_.emplace(key, Ensemble::fit(features, settings)).first;
        }
        return found->second;
    }

    static torch::Tensor mean_of(const std::vector<torch::Tensor>& parts) { return at::stack(parts).mean(0); }

    const EncoderBench& bench_;
    std::vector<const encoders::ImageEncoder*> joined_;
    std::vector<torch::Tensor> fitted_on_;
    std::map<std::pair<int, int>, Ensemble> ensembles_;
};

std::vector<double> mean(const std::vector<double>& sum, int count) {
    std::vector<double> values = sum;
    for (double& value : values) value /= count;
    return values;
}

}  // namespace

ReportPart ensemble_part(const EncoderBench& bench) {
    ReportPart part{.title = "Encoders joined", .key = "ensemble"};
    std::vector<const encoders::ImageEncoder*> joined;
    for (const auto& row : bench.rows()) {
        if (row.domain == "renders" && row.task != "supervised") joined.push_back(row.encoders.front());
    }
    if (joined.size() < 2) {
        part.notes.emplace_back("not measured: fewer than two encoders were trained on renders without labels");
        return part;
    }
    Rivals rivals(bench, joined);
    const std::string psi = "psi of all, 50 steps";
    std::vector<render::PlotSeries> steps_curves;
    for (const auto& setting : settings()) {
        const auto asked = bench.labels(setting.domain, setting.queries);
        ReportTable table{fmt::format("{}: nearest neighbours of {} pictures", setting.name, asked.label.size()),
                          {"representation", "kNN-10", "recall@3"},
                          {}};
        std::map<std::string, std::pair<std::vector<ShapeScore>, std::vector<ShapeScore>>> scores;
        std::string best_single;
        double best = -1;
        render::PlotSeries curve{.name = setting.name};
        for (const auto& [name, figures] : rivals.in(setting)) {
            const auto nearest = bench.by_shape(asked, mean(figures.nearest, figures.count));
            const auto recall = bench.by_shape(asked, mean(figures.recall, figures.count));
            const Interval accuracy = bootstrap(nearest);
            const Interval found = bootstrap(recall);
            table.rows.push_back({name, interval_text(accuracy), interval_text(found)});
            part.figures[setting.name][name] = {{"knn", interval_json(accuracy)}, {"recall_3", interval_json(found)}};
            scores[name] = {nearest, recall};
            const bool single = std::any_of(joined.begin(), joined.end(),
                                            [&, n = name](const auto* encoder) { return encoder->task() == n; });
            if (single && accuracy.mean > best) {
                best = accuracy.mean;
                best_single = name;
            }
            if (name.starts_with("psi of all")) {
                curve.x.push_back(name.find(", 0 ") != std::string::npos    ? 0
                                  : name.find(", 50 ") != std::string::npos ? 50
                                                                            : 200);
                curve.y.push_back(accuracy.mean);
                curve.low.push_back(accuracy.low);
                curve.high.push_back(accuracy.high);
            }
        }
        steps_curves.push_back(std::move(curve));
        part.tables.push_back(std::move(table));
        const std::string suffix = setting.name == "in domain" ? "" : setting.own ? "_novel" : "_" + setting.name;
        const auto against = [&](const std::string& key, const std::string& a, const std::string& b) {
            const Interval nearest = bootstrap_difference(scores[a].first, scores[b].first);
            const Interval recall = bootstrap_difference(scores[a].second, scores[b].second);
            part.notes.push_back(fmt::format("{}: {} less {}: kNN-10 {}, recall@3 {}", setting.name, a, b,
                                             interval_text(nearest, 3, true), interval_text(recall, 3, true)));
            if (key.empty()) return;
            part.headlines[key + suffix + "_ci"] = {nearest.low, nearest.high};
            part.headlines[key + suffix + "_recall_ci"] = {recall.low, recall.high};
        };
        against("psi_minus_best_single", psi, best_single);
        against("psi_minus_concat", psi, "concatenation");
        against("psi_minus_whitened", psi, "concatenation, PCA-whitened 32");
        for (const auto* encoder : joined) {
            against("", fmt::format("psi of {} alone", encoder->task()), encoder->task());
        }
    }
    part.pictures.push_back(
        {"psi-steps", "kNN-10 of psi by steps of its optimisation.",
         render::line_plot(steps_curves, {.title = "psi by steps", .x = {"steps"}, .y = {"kNN-10"}})});
    part.notes.push_back(fmt::format(
        "encoders trained on renders; heads and means fitted on pictures of training shapes; psi: means of {} fits. In "
        "domain: categories of test shapes among pictures of training shapes. Novel categories: each picture among "
        "those "
        "of other novel shapes. Normals: the same heads, pictures of another domain",
        fits));
    return part;
}

}  // namespace maquette::recon
