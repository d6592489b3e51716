#include <fmt/format.h>

#include <algorithm>

#include "recon/eval/reconstruction_suite.h"
#include "recon/refine/flagship.h"
#include "recon/refine/wallace2019.h"

namespace maquette::recon {
namespace {

class Comparisons {
public:
    Comparisons(const ScoresByRow& scores, const QuerySet& queries, Report& report)
        : scores_(scores), queries_(queries), report_(report) {}

    [[nodiscard]] bool has(const std::string& row) const { return scores_.contains(row); }

    void difference(const std::string& a, const std::string& b) {
        if (!has(a) || !has(b)) return;
        report_.differences[a + " - " + b] = bootstrap_difference(scores_.at(a).iou, scores_.at(b).iou);
    }

    void ratio(const std::string& a, const std::string& b) {
        if (!has(a) || !has(b)) return;
        add_ratio(a + " / " + b, scores_.at(a).iou, scores_.at(b).iou);
    }

    void surface_ratios(const std::string& a, const std::string& b) {
        if (!has(a) || !has(b)) return;
        add_ratio("Chamfer-L1: " + a + " / " + b, scores_.at(a).chamfer_l1, scores_.at(b).chamfer_l1);
        add_ratio("F-score 0.05: " + a + " / " + b, scores_.at(a).fscore_005, scores_.at(b).fscore_005);
    }

    /// a less the better one of several, by the mean over categories.
    void difference_to_best(const std::string& a, const std::vector<std::string>& rivals) {
        const std::string* best = nullptr;
        double best_mean = -1;
        for (const auto& rival : rivals) {
            if (!has(rival)) continue;
            const double mean = bootstrap(scores_.at(rival).iou, 1).mean;
            if (mean <= best_mean) continue;
            best = &rival;
            best_mean = mean;
        }
        if (!has(a) || best == nullptr) return;
        std::string list;
        for (const auto& rival : rivals) list += (list.empty() ? "" : ", ") + rival;
        report_.differences[fmt::format("{} - best of ({}), {}", a, list, *best)] =
            bootstrap_difference(scores_.at(a).iou, scores_.at(*best).iou);
    }

    void by_category(const std::string& a, const std::string& b) {
        if (!has(a) || !has(b)) return;
        auto differences = queries_.by_category(scores_.at(a).iou);
        for (const auto& [category, mean] : queries_.by_category(scores_.at(b).iou)) differences[category] -= mean;
        report_.category_differences[a + " - " + b] = std::move(differences);
    }

private:
    void add_ratio(const std::string& name, const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b) {
        const auto positive = [](const ShapeScore& score) { return score.value > 0; };
        // A resample of nothing but zeros has no ratio.
        if (a.empty() || b.empty() || !std::all_of(b.begin(), b.end(), positive)) return;
        report_.ratios[name] = bootstrap_ratio(a, b);
    }

    const ScoresByRow& scores_;
    const QuerySet& queries_;
    Report& report_;
};

}  // namespace

void compare_rows(const ScoresByRow& scores, const QuerySet& queries, Report& report) {
    Comparisons compare(scores, queries, report);
    const std::string published = fmt::format(" ({})", wallace2019_architecture);
    const std::string ours = fmt::format(" ({}, ", flagship_architecture);
    for (const std::string& who : {published, ours + "true camera)", ours + "estimated camera)"}) {
        for (const int shots : shot_counts) {
            const std::string name = fmt::format("{}-shot", shots);
            compare.difference(name + who, "none" + who);
            compare.difference(name + who, "mean " + name);
            if (who == published) continue;
            compare.ratio(name + who, name + published);
            compare.surface_ratios(name + who, name + published);
            compare.difference(name + who, "nearest all");
            compare.difference_to_best(name + who, {"mean " + name, "nearest all"});
            compare.by_category(name + who, "mean " + name);
        }
        const bool subset = compare.has("1-shot 1 views" + who);
        for (const int views : view_counts) {
            if (views == 1) continue;
            const std::string one = subset ? "1-shot 1 views" : "1-shot";
            compare.difference(fmt::format("1-shot {} views", views) + who, one + who);
            compare.ratio(fmt::format("1-shot {} views", views) + who, one + who);
        }
        compare.difference("wrong 1-shot" + who, "none" + who);
        compare.difference("wrong 5-shot" + who, "none" + who);
        compare.difference("1-shot" + who, "1-shot full trust" + who);
        compare.difference("5-shot" + who, "5-shot full trust" + who);
        compare.difference("wrong 1-shot" + who, "wrong 1-shot full trust" + who);
        compare.difference("1-shot with fit" + who, "1-shot without fit" + who);
    }
    for (const int shots : shot_counts) {
        const std::string name = fmt::format("{}-shot", shots);
        compare.difference(name + ours + "estimated camera)", name + ours + "true camera)");
        compare.difference(name + ours + "estimated camera), icons", name + ours + "estimated camera), renders");
        compare.difference(name + published + ", icons", name + published + ", renders");
    }
}

}  // namespace maquette::recon
