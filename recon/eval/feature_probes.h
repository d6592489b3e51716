#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

namespace maquette::recon {

/// One picture's features a row.
using FeatureRows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// What of a picture a probe is told. As many of each as rows of features.
struct ProbeLabels {
    std::vector<int> label;  ///< 0..classes-1
    std::vector<int> shape;  ///< pictures of one shape are kept together where rows are split
    int classes = 0;
};

/// Linear classifier in closed form: ridge regression from standardised features to one column a class (1 for it, 0
/// else).
class LinearProbe {
public:
    /// ridge: added to the diagonal of the standardised covariance; above 0. Throws UsageError where rows and labels
    /// differ in number, or a label is out of range.
    static LinearProbe fit(const FeatureRows& rows, const std::vector<int>& labels, int classes, double ridge);
    /// The same with the ridge of {1e-4, ..., 10} that is best in fivefold cross-validation over shapes.
    static LinearProbe fit(const FeatureRows& rows, const ProbeLabels& labels);

    [[nodiscard]] std::vector<int> predict(const FeatureRows& rows) const;
    [[nodiscard]] double ridge() const { return ridge_; }

private:
    Eigen::RowVectorXd mean_;
    Eigen::RowVectorXd scale_;
    Eigen::MatrixXd weights_;  ///< [D, classes]
    Eigen::RowVectorXd bias_;
    double ridge_ = 0;
};

/// Rows less `mean`, of unit length.
FeatureRows unit_rows(const FeatureRows& rows, const Eigen::RowVectorXf& mean);

/// Who is nearest: rows of unit length, by cosine.
struct Neighbours {
    std::vector<std::vector<int>> rows;  ///< of each query, nearest first; [queries, k] or fewer
    std::vector<std::vector<float>> similarities;
};
/// query_shapes, gallery_shapes: rows of the same shape are no neighbours; both empty: all are.
Neighbours nearest_rows(const FeatureRows& gallery, const FeatureRows& queries, int k,
                        const std::vector<int>& gallery_shapes = {}, const std::vector<int>& query_shapes = {});

/// The class with most votes among the neighbours, each as heavy as exp(similarity / 0.1); -1 without neighbours.
std::vector<int> knn_labels(const Neighbours& neighbours, const std::vector<int>& gallery_labels);

/// 1 where `label` is among the first `count` different classes, nearest first, else 0.
std::vector<double> recall_of_labels(const Neighbours& neighbours, const std::vector<int>& gallery_labels,
                                     const std::vector<int>& labels, int count);

/// Share of rows whose random label, of `classes`, a linear classifier learns by heart: how easily features are told
/// apart, whatever they mean (Wallace & Hariharan, ECCV 2020, section 5).
double random_label_accuracy(const FeatureRows& rows, int classes, std::uint64_t seed);

/// Shares of the variance along the principal axes, largest first; they sum to 1.
std::vector<double> principal_spectrum(const FeatureRows& rows);
/// Axes that hold `share` of the variance together.
int components_for(const std::vector<double>& spectrum, double share);

/// Projection on the first principal axes, each to unit variance.
class PcaWhitening {
public:
    /// Throws UsageError unless 1 <= dimensions <= columns.
    PcaWhitening(const FeatureRows& rows, int dimensions);
    [[nodiscard]] FeatureRows operator()(const FeatureRows& rows) const;

private:
    Eigen::RowVectorXf mean_;
    Eigen::MatrixXf projection_;  ///< [D, dimensions]
};

}  // namespace maquette::recon
