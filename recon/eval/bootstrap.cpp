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

void check_settings(std::size_t scores, int resamples, double confidence) {
    if (scores == 0) {
        throw UsageError("cannot take the mean of no scores; the query set is empty");
    }
    if (resamples < 1 || !(confidence > 0 && confidence < 1)) {
        throw UsageError(
            fmt::format("a bootstrap needs at least 1 resample and a confidence between 0 and 1, not {} and {}",
                        resamples, confidence));
    }
}

void check_paired(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b) {
    if (a.size() != b.size()) {
        throw UsageError(
            fmt::format("cannot pair {} scores with {}; both lists must hold the same shapes in the same order",
                        a.size(), b.size()));
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i].category != b[i].category) {
            throw UsageError(
                fmt::format("cannot pair scores: entry {} is of category {} in one list and {} in the other", i,
                            a[i].category, b[i].category));
        }
    }
}

Interval interval_of(double mean, std::vector<double> resampled, double confidence) {
    std::sort(resampled.begin(), resampled.end());
    return {mean, quantile(resampled, (1 - confidence) / 2), quantile(resampled, (1 + confidence) / 2)};
}

}  // namespace

Interval bootstrap(const std::vector<ShapeScore>& scores, int resamples, double confidence, std::uint64_t seed) {
    check_settings(scores.size(), resamples, confidence);
    const Groups groups = by_category(scores);
    std::mt19937_64 random(seed);
    std::vector<double> means(static_cast<std::size_t>(resamples));
    for (double& mean : means) {
        mean = mean_of_means(groups, [&random](const std::vector<double>& group, std::size_t) {
            return group[draw_below(group.size(), random)];
        });
    }
    const double mean = mean_of_means(groups, [](const std::vector<double>& group, std::size_t i) { return group[i]; });
    return interval_of(mean, std::move(means), confidence);
}

Interval bootstrap_difference(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b, int resamples,
                              double confidence, std::uint64_t seed) {
    check_paired(a, b);
    std::vector<ShapeScore> differences(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) differences[i] = {a[i].category, a[i].value - b[i].value};
    return bootstrap(differences, resamples, confidence, seed);
}

Interval bootstrap_ratio(const std::vector<ShapeScore>& a, const std::vector<ShapeScore>& b, int resamples,
                         double confidence, std::uint64_t seed) {
    check_paired(a, b);
    check_settings(a.size(), resamples, confidence);
    const Groups above = by_category(a);
    const Groups below = by_category(b);
    const auto ratio = [&](std::mt19937_64* random) {
        double numerator = 0;
        double denominator = 0;
        for (std::size_t g = 0; g < above.size(); ++g) {
            double sum_above = 0;
            double sum_below = 0;
            for (std::size_t i = 0; i < above[g].size(); ++i) {
                const std::size_t pick = random != nullptr ? draw_below(above[g].size(), *random) : i;
                sum_above += above[g][pick];
                sum_below += below[g][pick];
            }
            numerator += sum_above / static_cast<double>(above[g].size());
            denominator += sum_below / static_cast<double>(above[g].size());
        }
        if (!(denominator > 0)) throw UsageError("cannot give a ratio to scores that are all 0");
        return numerator / denominator;
    };
    std::mt19937_64 random(seed);
    std::vector<double> ratios(static_cast<std::size_t>(resamples));
    for (double& value : ratios) value = ratio(&random);
    return interval_of(ratio(nullptr), std::move(ratios), confidence);
}

}  // namespace maquette::recon
