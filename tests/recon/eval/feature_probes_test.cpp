#include "recon/eval/feature_probes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "render/error.h"

namespace maquette::recon {
namespace {

FeatureRows normal(int rows, int columns, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> draw;
    FeatureRows result(rows, columns);
    for (Eigen::Index i = 0; i < result.size(); ++i) result.data()[i] = draw(random);
    return result;
}

/// Class c lies `apart` along axis c.
FeatureRows clusters(int rows, int classes, int columns, float apart, unsigned seed) {
    FeatureRows result = normal(rows, columns, seed);
    for (int i = 0; i < rows; ++i) result(i, i % classes) += apart;
    return result;
}

ProbeLabels labels_of(int rows, int classes) {
    ProbeLabels labels{.classes = classes};
    for (int i = 0; i < rows; ++i) {
        labels.label.push_back(i % classes);
        labels.shape.push_back(i / 2);
    }
    return labels;
}

double share_right(const std::vector<int>& guesses, const std::vector<int>& labels) {
    double right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) right += guesses[i] == labels[i] ? 1 : 0;
    return right / static_cast<double>(labels.size());
}

TEST(LinearProbe, TellsApartWhatIsApart) {
    const auto labels = labels_of(300, 4);
    const auto far = LinearProbe::fit(clusters(300, 4, 10, 8, 1), labels);
    EXPECT_GT(share_right(far.predict(clusters(300, 4, 10, 8, 2)), labels.label), 0.99);
    const auto near = LinearProbe::fit(clusters(300, 4, 10, 0, 1), labels);
    EXPECT_NEAR(share_right(near.predict(clusters(300, 4, 10, 0, 2)), labels.label), 0.25, 0.1);
}

TEST(LinearProbe, ChoosesAStrongRidgeWhereThereAreFewRows) {
    // As many columns as rows: without a ridge the noise is learned by heart.
    const auto labels = labels_of(60, 2);
    const auto probe = LinearProbe::fit(clusters(60, 2, 60, 2, 1), labels);
    EXPECT_GT(probe.ridge(), 1e-3);
    const auto bare = LinearProbe::fit(clusters(60, 2, 60, 2, 1), labels.label, 2, 1e-6);
    const auto asked = clusters(600, 2, 60, 2, 7);
    const auto truth = labels_of(600, 2);
    EXPECT_GT(share_right(probe.predict(asked), truth.label), share_right(bare.predict(asked), truth.label));
}

TEST(LinearProbe, IsTheSolutionOfTheNormalEquations) {
    // One standardised column, two classes: the weight is covariance over variance plus ridge.
    FeatureRows rows(4, 1);
    rows << -1, -1, 1, 1;
    const std::vector<int> labels = {0, 0, 1, 1};
    const auto probe = LinearProbe::fit(rows, labels, 2, 1.0);
    FeatureRows middle(2, 1);
    middle << -0.01F, 0.01F;
    EXPECT_EQ(probe.predict(middle), (std::vector<int>{0, 1}));
    EXPECT_THROW(LinearProbe::fit(rows, {0, 0, 1}, 2, 1), UsageError);
    EXPECT_THROW(LinearProbe::fit(rows, {0, 0, 1, 2}, 2, 1), UsageError);
}

TEST(Neighbours, AreNearestFirstAndNeverOfTheSameShape) {
    FeatureRows gallery(3, 2);
    gallery << 1, 0, 0.8F, 0.6F, 0, 1;
    FeatureRows query(1, 2);
    query << 1, 0;
    EXPECT_EQ(nearest_rows(gallery, query, 2).rows.front(), (std::vector<int>{0, 1}));
    const auto others = nearest_rows(gallery, query, 5, {7, 8, 9}, {7});
    EXPECT_EQ(others.rows.front(), (std::vector<int>{1, 2}));
    EXPECT_NEAR(others.similarities.front()[0], 0.8, 1e-6);
}

TEST(Neighbours, VoteByHowNearTheyAre) {
    // One very near against two that are far: exp(10) against 2 exp(5).
    const Neighbours near{{{0, 1, 2}}, {{1, 0.5F, 0.5F}}};
    EXPECT_EQ(knn_labels(near, {3, 4, 4}).front(), 3);
    const Neighbours close{{{0, 1, 2}}, {{1, 0.99F, 0.99F}}};
    EXPECT_EQ(knn_labels(close, {3, 4, 4}).front(), 4);
    EXPECT_EQ(knn_labels(Neighbours{{{}}, {{}}}, {}).front(), -1);
}

TEST(Neighbours, RecallCountsDifferentClasses) {
    const Neighbours near{{{0, 1, 2, 3}}, {{0.9F, 0.8F, 0.7F, 0.6F}}};
    const std::vector<int> gallery = {5, 5, 6, 7};
    EXPECT_EQ(recall_of_labels(near, gallery, {6}, 1).front(), 0);
    EXPECT_EQ(recall_of_labels(near, gallery, {6}, 2).front(), 1);
    EXPECT_EQ(recall_of_labels(near, gallery, {7}, 2).front(), 0);
    EXPECT_EQ(recall_of_labels(near, gallery, {7}, 3).front(), 1);
}

TEST(RandomLabels, AreLearnedByHeartWhereThereAreAsManyFeaturesAsRows) {
    EXPECT_GT(random_label_accuracy(normal(60, 64, 1), 10, 1), 0.99);
    const double few = random_label_accuracy(normal(600, 8, 1), 10, 1);
    EXPECT_LT(few, 0.3);
    EXPECT_GT(few, 0.1);
}

TEST(PrincipalSpectrum, IsThatOfTheCovariance) {
    FeatureRows rows = normal(4000, 3, 5);
    rows.col(0) *= 3;
    rows.col(2) *= 0;
    const auto spectrum = principal_spectrum(rows);
    EXPECT_NEAR(spectrum[0], 0.9, 0.02);
    EXPECT_NEAR(spectrum[1], 0.1, 0.02);
    EXPECT_NEAR(spectrum[2], 0, 1e-6);
    EXPECT_EQ(components_for(spectrum, 0.85), 1);
    EXPECT_EQ(components_for(spectrum, 0.95), 2);
    EXPECT_EQ(components_for(spectrum, 2), 3);
}

TEST(PcaWhitening, LeavesUnitVarianceAndNoCorrelation) {
    FeatureRows rows = normal(2000, 4, 5);
    rows.col(1) = 0.9F * rows.col(0) + 0.2F * rows.col(1);
    rows.col(2) *= 20;
    const FeatureRows white = PcaWhitening(rows, 3)(rows);
    const Eigen::MatrixXf covariance = white.transpose() * white / 1999.0F;
    EXPECT_LT((covariance - Eigen::MatrixXf::Identity(3, 3)).cwiseAbs().maxCoeff(), 1e-2);
    EXPECT_THROW(PcaWhitening(rows, 5), UsageError);
}

}  // namespace
}  // namespace maquette::recon
