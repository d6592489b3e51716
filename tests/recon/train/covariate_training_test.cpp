#include "recon/train/covariate_training.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "recon/encoders/activation_regression.h"
#include "recon/encoders/capture_domain.h"
#include "recon/encoders/covariate_network.h"
#include "recon/eval/capture_regions.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/encoder_suite.h"
#include "recon/eval/part_report.h"
#include "recon/train/covariate_task.h"
#include "recon/train/optimizer.h"
#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

class CovariateTrainingTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        boxes_ = new testing::BoxDataset("covariate_training",
                                         {{"tall", priors::Split::train, 3},
                                          {"flat", priors::Split::train, 3},
                                          {"tall", priors::Split::validation, 2},
                                          {"flat", priors::Split::held_out, 2},
                                          {"tallest", priors::Split::novel, 2}},
                                         10);
    }
    static void TearDownTestSuite() {
        delete boxes_;
        boxes_ = nullptr;
    }
    [[nodiscard]] static CovariateTrainingOptions options(const std::string& name, long long steps) {
        CovariateTrainingOptions o;
        o.dataset = boxes_->file();
        o.output = boxes_->folder() / name;
        o.batch_size = 72;
        o.steps = steps;
        o.max_minutes = 0;
        o.constant_after = 1;
        o.validate_every = 100;
        o.learning_rate = 1e-3;
        o.threads = 1;
        return o;
    }
    static testing::BoxDataset* boxes_;
};
testing::BoxDataset* CovariateTrainingTest::boxes_ = nullptr;

TEST_F(CovariateTrainingTest, LearnsWhatIsToBeSeen) {
    const ShapeDataset dataset(boxes_->file());
    const auto samples = capture_samples(dataset, {0, 1, 2, 3, 4, 5}, {.views = 10, .change = {}});
    Rows rows;
    for (std::int64_t row = 0; row < samples.size(); ++row) rows.push_back(row);
    CovariateTask task(samples, rows, rows, {.batch_size = 72}, "boxes");
    auto parameters = initial_parameters(task.parameter_shapes(), 1);
    const double before = task.validate(parameters).figure;
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    Optimizer optimizer({}, parameters);
    for (int step = 0; step < 40; ++step) {
        task.begin_batch(step);
        task.loss(parameters, 0).backward();
        clip_gradients(parameters, 1);
        optimizer.step(parameters, 3e-3);
    }
    const auto after = task.validate(parameters);
    EXPECT_GT(after.figure, before + 0.2);
    EXPECT_GT(after.figure, 0.5);
    EXPECT_GT(std::stod(after.facts.at("category_accuracy")), 0.8);
    EXPECT_THROW(CovariateTask(samples, rows, rows, {.batch_size = 64}, "boxes"), UsageError);
    EXPECT_THROW(CovariateTask(samples, {}, rows, {.batch_size = 72}, "boxes"), UsageError);
}

TEST_F(CovariateTrainingTest, WeightsKnowHowPhotosWereTaken) {
    train_covariates(options("product", 4), nullptr, {});
    const auto weights = boxes_->folder() / "product" / "weights.safetensors";
    const encoders::CaptureDomain domain(weights);
    const ShapeDataset dataset(boxes_->file());
    const View view = view_of(dataset, 6, 0);
    auto known = encoders::capture_of(view);
    known.of(encoders::Covariate::elevation) = 89;
    const auto found = domain.findings(view, known);
    const auto above = std::find_if(found.begin(), found.end(), [](const encoders::CaptureFinding& finding) {
        return finding.covariate == encoders::Covariate::elevation;
    });
    ASSERT_NE(above, found.end());
    EXPECT_LT(above->high, 61);
    EXPECT_FALSE(above->predicted);
}

TEST_F(CovariateTrainingTest, AStudyIsEvaluatedAndNotDoneTwice) {
    const auto folder = boxes_->folder() / "study";
    const CovariateStudyOptions study{.dataset = boxes_->file(),
                                      .output = folder,
                                      .views = 10,
                                      .seeds = 1,
                                      .steps = 2,
                                      .batch_size = 72,
                                      .threads = 1};
    train_covariate_study(study, nullptr, {});
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        EXPECT_EQ(entry.path().extension(), ".safetensors");
        ++files;
    }
    EXPECT_EQ(files, covariate_arm_names().size() * capture_region_count);
    const auto first = folder / "both-2-1.safetensors";
    const auto written = std::filesystem::last_write_time(first);
    std::filesystem::remove(folder / "none-0-1.safetensors");
    train_covariate_study(study, nullptr, {});
    EXPECT_EQ(std::filesystem::last_write_time(first), written);
    EXPECT_TRUE(std::filesystem::exists(folder / "none-0-1.safetensors"));

    train_covariates(options("ranges", 2), nullptr, {});
    const auto json = to_json(run_encoder_suite({.dataset = boxes_->file(),
                                                 .covariates = folder,
                                                 .capture_domain = boxes_->folder() / "ranges" / "weights.safetensors",
                                                 .parts = {"covariates", "capture-range"},
                                                 .views = 2},
                                                nullptr, {}));
    ASSERT_TRUE(json.contains("covariates_gain_ci"));
    EXPECT_LE(json["covariates_gain_ci"][0].get<double>(), json["covariates_gain_ci"][1].get<double>());
    EXPECT_TRUE(json.contains("covariates_placebo_gain_ci"));
    // Elevation and roll are told.
    EXPECT_EQ(json["capture_range"]["from straight above"]["camera_known"]["mean"].get<double>(), 1);
    EXPECT_EQ(json["capture_range"]["camera on its side"]["camera_known"]["mean"].get<double>(), 1);
}

/// Spectra over a season whose course depends on the class and on two climate variables: the setting of the paper.
struct Season {
    torch::Tensor series;   ///< [N, 8, 3]
    torch::Tensor climate;  ///< [N, 2]
    torch::Tensor classes;  ///< [N]
};

/// held_out: warm and wet places alone, else all but these.
Season season(std::int64_t count, bool held_out, unsigned seed) {
    std::mt19937 random(seed);
    const auto uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
    Season s{torch::empty({count, 8, 3}, torch::kFloat32), torch::empty({count, 2}, torch::kFloat32),
             torch::empty({count}, torch::kInt64)};
    for (std::int64_t i = 0; i < count; ++i) {
        double warm = 0;
        double wet = 0;
        do {
            warm = 2 * uniform() - 1;
            wet = 2 * uniform() - 1;
        } while ((warm > 0 && wet > 0) != held_out);
        const auto crop = static_cast<std::int64_t>(random() % 3);
        // Classes lie a third of a year apart, and climate moves them by as much: the series alone cannot tell.
        const double phase = 2 * std::numbers::pi / 3 * (static_cast<double>(crop) + 0.6 * warm + 0.6 * wet);
        for (int t = 0; t < 8; ++t) {
            const double angle = 2 * std::numbers::pi * t / 8 + phase;
            const double values[] = {std::sin(angle), std::cos(angle), 0.5 * std::sin(2 * angle)};
            for (int c = 0; c < 3; ++c) {
                s.series.data_ptr<float>()[(i * 8 + t) * 3 + c] =
                    static_cast<float>(values[c] + 0.2 * (uniform() - 0.5));
            }
        }
        s.climate.data_ptr<float>()[2 * i] = static_cast<float>(warm);
        s.climate.data_ptr<float>()[2 * i + 1] = static_cast<float>(wet);
        s.classes.data_ptr<std::int64_t>()[i] = crop;
    }
    return s;
}

/// Share of right answers in the region that was held out.
double held_out_accuracy(bool input, double regression) {
    const encoders::CovariateEncoderConfig config{
        .channels = 3, .covariates = 2, .width = 32, .heads = 2, .feedforward = 64};
    auto shapes = encoders::covariate_encoder_shapes(config);
    shapes.push_back({"head.weight", {3, config.width}});
    shapes.push_back({"head.bias", {3}});
    auto parameters = initial_parameters(shapes, 3);
    for (auto& [name, tensor] : parameters) tensor.requires_grad_(true);
    Optimizer optimizer({}, parameters);
    const auto features = [&](const Season& s) {
        auto rows = encoders::unknown_covariates(s.series.size(0), 2);
        if (input) rows = {s.climate, at::ones_like(s.climate)};
        return encoders::covariate_features(parameters, config, s.series, rows);
    };
    const auto logits = [&](const torch::Tensor& f) {
        return at::linear(f, parameters.at("head.weight"), parameters.at("head.bias"));
    };
    for (unsigned step = 0; step < 120; ++step) {
        const Season s = season(128, false, 100 + step);
        const auto f = features(s);
        auto loss = at::cross_entropy_loss(logits(f), s.classes);
        if (regression != 0) loss = loss + regression * encoders::unexplained_covariates(f, s.climate);
        loss.backward();
        clip_gradients(parameters, 1);
        optimizer.step(parameters, 3e-3);
    }
    const Season s = season(600, true, 7);
    return logits(features(s)).argmax(1).eq(s.classes).to(torch::kFloat64).mean().item<double>();
}

TEST(CovariateEncoder, ClimateHelpsWhereNothingWasTrained) {
    const double none = held_out_accuracy(false, 0);
    const double both = held_out_accuracy(true, 0.5);
    EXPECT_GT(both, none + 0.15);
    EXPECT_GT(both, 0.6);
}

}  // namespace
}  // namespace maquette::recon
