#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "recon/eval/metrics.h"
#include "render/error.h"

namespace maquette::recon {

namespace {

using Groups = std::vector<std::vector<double>>;

Groups by_category(const std::vector<ShapeScore>& scores) {
    std::map<int, std::vector<double>> categories;
    for (const ShapeScore& score : scores) {
        categories[score.category].push_back(score.value);
    }
    Groups groups;
    for (auto& [category, values] : categories) {
        groups.push_back(std::move(values));
    }
    return groups;
}

/// Mean over groups of the group means, with value_of(group, i) as the i-th value of a group.
template <typename ValueOf>
double mean_of_means(const Groups& groups, ValueOf value_of) {
    double total = 0;
    for (const std::vector<double>& group : groups) {
        double sum = 0;
        for (std::size_t i = 0; i < group.size(); ++i) {
            sum += value_of(group, i);
        }
        total += sum / static_cast<double>(group.size());
    }
    return total / static_cast<double>(groups.size());
}

/// Evenly drawn below `count`. The library's own distributions differ between implementations, reports must not.
std::size_t draw_below(std::size_t count, std::mt19937_64& random) {
    const double unit = std::ldexp(static_cast<double>(random() >> 11U), -53);
    return static_cast<std::size_t>(unit * static_cast<double>(count));
}

/// sorted: ascending; linear between neighbours.
double quantile(const std::vector<double>& sorted, double fraction) {
    const double position = fraction * static_cast<double>(sorted.size() - 1);
    const auto lower = static_cast<std::size_t>(position);
    const std::size_t upper = std::min(lower + 1, sorted.size() - 1);
    return std::lerp(sorted[lower], sorted[upper], position - static_cast<double>(lower));
}

}  // namespace

Interval bootstrap(const std::vector<ShapeScore>& scores, int resamples, double confidence, std::uint64_t seed) {
    if (scores.empty()) {
        throw UsageError("cannot take the mean of no scores; the query set is empty");
    }
    if (resamples < 1 || !(confidence > 0 && confidence < 1)) {
        throw UsageError(
            fmt::format("a bootstrap needs at least 1 resample and a confidence between 0 and 1, not {} and {}",
                        resamples, confidence));
    }
    const Groups groups = by_category(scores);
    std::mt19937_64 random(seed);
    std::vector<double> means(static_cast<std::size_t>(resamples));
    for (double& mean : means) {
        mean = mean_of_means(groups, [&random](const std::vector<double>& group, std::size_t) {
            return group[draw_below(group.size(), random)];
        });
    }
    std::sort(means.begin(), means.end());
    Interval interval;
    interval.mean = mean_of_means(groups, [](const std::vector<double>& group, std::size_t i) { return group[i]; });
    interval.low = quantile(means, (1 - confidence) / 2);
    interval.high = quantile(means, (1 + confidence) / 2);
    return interval;
}

Interval bootstrap_difference(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b, int resamples,
                              double confidence, std::uint64_t seed) {
    if (a.size() != b.size()) {
        throw UsageError(
            fmt::format("cannot pair {} scores with {}; both lists must hold the same shapes in the same order",
                        a.size(), b.size()));
    }
    std::vector<ShapeScore> differences(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].category != b[i].category) {
            throw UsageError(
                fmt::format("cannot pair scores: entry {} is of category {} in one list and {} in the other", i,
                            a[i].category, b[i].category));
        }
        differences[i] = {a[i].category, a[i].value - b[i].value};
    }
    return bootstrap(differences, resamples, confidence, seed);
}

}  // namespace maquette::recon
