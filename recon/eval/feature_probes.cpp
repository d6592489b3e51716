#include "recon/eval/feature_probes.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "recon/eval/prior_sampler.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int folds = 5;
constexpr std::array<double, 6> ridges = {1e-4, 1e-3, 1e-2, 1e-1, 1, 10};
constexpr double vote_temperature = 0.1;
constexpr double least_scale = 1e-6;

struct Standardised {
    Eigen::RowVectorXd mean;
    Eigen::RowVectorXd scale;
    Eigen::MatrixXd rows;
};

Standardised standardised(const FeatureRows& rows) {
    Standardised s;
    s.rows = rows.cast<double>();
    s.mean = s.rows.colwise().mean();
    s.rows.rowwise() -= s.mean;
    s.scale = (s.rows.colwise().squaredNorm() / static_cast<double>(rows.rows())).cwiseSqrt();
    s.scale = s.scale.cwiseMax(least_scale).eval();
    s.rows.array().rowwise() /= s.scale.array();
    return s;
}

Eigen::MatrixXd targets_of(const std::vector<int>& labels, int classes) {
    Eigen::MatrixXd targets = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(labels.size()), classes);
    for (std::size_t i = 0; i < labels.size(); ++i) targets(static_cast<Eigen::Index>(i), labels[i]) = 1;
    return targets;
}

void check(const FeatureRows& rows, const std::vector<int>& labels, int classes) {
    if (rows.rows() != static_cast<Eigen::Index>(labels.size()) || labels.empty()) {
        throw UsageError(fmt::format("{} labels for {} rows of features", labels.size(), rows.rows()));
    }
    for (const int label : labels) {
        if (label < 0 || label >= classes) {
            throw UsageError(fmt::format("label {} of a probe with {} classes", label, classes));
        }
    }
}

FeatureRows selected(const FeatureRows& rows, const std::vector<int>& which) {
    FeatureRows result(static_cast<Eigen::Index>(which.size()), rows.cols());
    for (std::size_t i = 0; i < which.size(); ++i) result.row(static_cast<Eigen::Index>(i)) = rows.row(which[i]);
    return result;
}

/// Descending.
Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> principal_axes(const FeatureRows& rows) {
    Eigen::MatrixXd centred = rows.cast<double>();
    centred.rowwise() -= centred.colwise().mean().eval();
    const Eigen::MatrixXd covariance =
        centred.transpose() * centred / static_cast<double>(std::max<Eigen::Index>(1, rows.rows() - 1));
    return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(covariance);
}

}  // namespace

LinearProbe LinearProbe::fit(const FeatureRows& rows, const std::vector<int>& labels, int classes, double ridge) {
    check(rows, labels, classes);
    const Standardised s = standardised(rows);
    const Eigen::MatrixXd targets = targets_of(labels, classes);
    LinearProbe probe;
    probe.mean_ = s.mean;
    probe.scale_ = s.scale;
    probe.ridge_ = ridge;
    probe.bias_ = targets.colwise().mean();
    Eigen::MatrixXd gram = s.rows.transpose() * s.rows / static_cast<double>(rows.rows());
    gram.diagonal().array() += ridge;
    const Eigen::MatrixXd cross =
        s.rows.transpose() * (targets.rowwise() - probe.bias_) / static_cast<double>(rows.rows());
    probe.weights_ = gram.ldlt().solve(cross);
    return probe;
}

LinearProbe LinearProbe::fit(const FeatureRows& rows, const ProbeLabels& labels) {
    check(rows, labels.label, labels.classes);
    // Shapes go to folds in the order in which they appear: neighbours of one category end up in different ones.
    std::map<int, int> fold_of;
    for (const int shape : labels.shape) fold_of.try_emplace(shape, static_cast<int>(fold_of.size()) % folds);
    std::array<int, ridges.size()> right{};
    for (int fold = 0; fold < folds; ++fold) {
        std::vector<int> inside;
        std::vector<int> outside;
        for (std::size_t i = 0; i < labels.shape.size(); ++i) {
            (fold_of.at(labels.shape[i]) == fold ? outside : inside).push_back(static_cast<int>(i));
        }
        if (inside.empty() || outside.empty()) continue;
        std::vector<int> known;
        known.reserve(inside.size());
        for (const int i : inside) known.push_back(labels.label[static_cast<std::size_t>(i)]);
        const FeatureRows training = selected(rows, inside);
        const FeatureRows asked = selected(rows, outside);
        for (std::size_t r = 0; r < ridges.size(); ++r) {
            const auto guesses = fit(training, known, labels.classes, ridges[r]).predict(asked);
            for (std::size_t i = 0; i < outside.size(); ++i) {
                right[r] += guesses[i] == labels.label[static_cast<std::size_t>(outside[i])] ? 1 : 0;
            }
        }
    }
    const auto best = static_cast<std::size_t>(std::max_element(right.begin(), right.end()) - right.begin());
    return fit(rows, labels.label, labels.classes, ridges[best]);
}

std::vector<int> LinearProbe::predict(const FeatureRows& rows) const {
    Eigen::MatrixXd x = rows.cast<double>();
    x.rowwise() -= mean_;
    x.array().rowwise() /= scale_.array();
    const Eigen::MatrixXd scores = (x * weights_).rowwise() + bias_;
    std::vector<int> labels(static_cast<std::size_t>(rows.rows()));
    for (Eigen::Index i = 0; i < rows.rows(); ++i) {
        Eigen::Index best = 0;
        scores.row(i).maxCoeff(&best);
        labels[static_cast<std::size_t>(i)] = static_cast<int>(best);
    }
    return labels;
}

FeatureRows unit_rows(const FeatureRows& rows, const Eigen::RowVectorXf& mean) {
    FeatureRows result = rows.rowwise() - mean;
    result.array().colwise() /= result.rowwise().norm().cwiseMax(1e-8F).array().eval();
    return result;
}

Neighbours nearest_rows(const FeatureRows& gallery, const FeatureRows& queries, int k,
                        const std::vector<int>& gallery_shapes, const std::vector<int>& query_shapes) {
    const Eigen::MatrixXf similarity = queries * gallery.transpose();
    Neighbours result;
    for (Eigen::Index q = 0; q < queries.rows(); ++q) {
        std::vector<int> order;
        for (Eigen::Index g = 0; g < gallery.rows(); ++g) {
            const bool own = !query_shapes.empty() &&
                             gallery_shapes[static_cast<std::size_t>(g)] == query_shapes[static_cast<std::size_t>(q)];
            if (!own) order.push_back(static_cast<int>(g));
        }
        const auto count = std::min<std::size_t>(static_cast<std::size_t>(k), order.size());
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end(),
                          [&](int a, int b) {
                              return similarity(q, a) != similarity(q, b) ? similarity(q, a) > similarity(q, b) : a < b;
                          });
        order.resize(count);
        std::vector<float> values;
        values.reserve(order.size());
        for (const int g : order) values.push_back(similarity(q, g));
        result.rows.push_back(std::move(order));
        result.similarities.push_back(std::move(values));
    }
    return result;
}

std::vector<int> knn_labels(const Neighbours& neighbours, const std::vector<int>& gallery_labels) {
    std::vector<int> labels;
    for (std::size_t q = 0; q < neighbours.rows.size(); ++q) {
        std::map<int, double> votes;
        for (std::size_t i = 0; i < neighbours.rows[q].size(); ++i) {
            votes[gallery_labels[static_cast<std::size_t>(neighbours.rows[q][i])]] +=
                std::exp(static_cast<double>(neighbours.similarities[q][i]) / vote_temperature);
        }
        const auto best = std::max_element(votes.begin(), votes.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        labels.push_back(best == votes.end() ? -1 : best->first);
    }
    return labels;
}

std::vector<double> recall_of_labels(const Neighbours& neighbours, const std::vector<int>& gallery_labels,
                                     const std::vector<int>& labels, int count) {
    std::vector<double> recalled;
    for (std::size_t q = 0; q < neighbours.rows.size(); ++q) {
        std::set<int> seen;
        for (const int row : neighbours.rows[q]) {
            if (static_cast<int>(seen.size()) == count) break;
            seen.insert(gallery_labels[static_cast<std::size_t>(row)]);
        }
        recalled.push_back(seen.contains(labels[q]) ? 1 : 0);
    }
    return recalled;
}

double random_label_accuracy(const FeatureRows& rows, int classes, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<int> labels(static_cast<std::size_t>(rows.rows()));
    for (int& label : labels) label = static_cast<int>(uniform_below(random, static_cast<std::uint64_t>(classes)));
    constexpr double hardly_any = 1e-6;
    const auto guesses = LinearProbe::fit(rows, labels, classes, hardly_any).predict(rows);
    int right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += guesses[i] == labels[i] ? 1 : 0;
    return static_cast<double>(right) / static_cast<double>(labels.size());
}

std::vector<double> principal_spectrum(const FeatureRows& rows) {
    const Eigen::VectorXd values = principal_axes(rows).eigenvalues().reverse().cwiseMax(0);
    const double total = std::max(values.sum(), 1e-300);
    std::vector<double> spectrum;
    for (const double value : values) spectrum.push_back(value / total);
    return spectrum;
}

int components_for(const std::vector<double>& spectrum, double share) {
    double sum = 0;
    for (std::size_t i = 0; i < spectrum.size(); ++i) {
        sum += spectrum[i];
        if (sum >= share) return static_cast<int>(i) + 1;
    }
    return static_cast<int>(spectrum.size());
}

PcaWhitening::PcaWhitening(const FeatureRows& rows, int dimensions) {
    if (dimensions < 1 || dimensions > rows.cols()) {
        throw UsageError(fmt::format("{} principal axes of {} features", dimensions, rows.cols()));
    }
    mean_ = rows.colwise().mean();
    const auto axes = principal_axes(rows);
    const Eigen::Index d = rows.cols();
    projection_.resize(d, dimensions);
    for (int i = 0; i < dimensions; ++i) {
        const double deviation = std::sqrt(std::max(axes.eigenvalues()[d - 1 - i], 1e-12));
        projection_.col(i) = (axes.eigenvectors().col(d - 1 - i) / deviation).cast<float>();
    }
}

FeatureRows PcaWhitening::operator()(const FeatureRows& rows) const {
    return (rows.rowwise() - mean_) * projection_;
}

}  // namespace maquette::recon
