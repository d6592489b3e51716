#include "recon/encoders/capture_limits.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/encoders/capture_domain.h"
#include "recon/encoders/covariate_network.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

using ::testing::HasSubstr;

constexpr auto count = static_cast<std::int64_t>(covariate_count);

torch::Tensor normal(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
    return at::randn({rows, columns}, at::detail::createCPUGenerator(seed), torch::kFloat32);
}

double share_outside(const torch::Tensor& values, const CaptureLimits& limits) {
    int outside = 0;
    for (std::int64_t row = 0; row < values.size(0); ++row) {
        bool out = false;
        for (std::size_t k = 0; k < covariate_count; ++k) {
            const double value = values[row][static_cast<std::int64_t>(k)].item<double>();
            out = out || value < limits.of_values[k].first || value > limits.of_values[k].second;
        }
        outside += out ? 1 : 0;
    }
    return static_cast<double>(outside) / static_cast<double>(values.size(0));
}

CaptureLimits limits_of(std::int64_t features) {
    CaptureLimits limits;
    limits.map = {torch::zeros({features}), torch::zeros({count}), torch::zeros({features, count})};
    set_ranges(limits, normal(2000, count, 1), 0.5 * normal(2000, 4, 2), 0.05);
    return limits;
}

TEST(CaptureLimits, LeaveOutAsManyAsAskedFor) {
    const auto limits = limits_of(3);
    // All fourteen ends move by one capture at a time.
    EXPECT_LE(share_outside(normal(2000, count, 1), limits), 0.05);
    EXPECT_GE(share_outside(normal(2000, count, 1), limits), 0.05 - 14.0 / 2000);
    EXPECT_NEAR(share_outside(normal(2000, count, 9), limits), 0.05, 0.02);
    // Seven ranges of a normal distribution that together leave out one in twenty.
    for (const auto& [low, high] : limits.of_values) {
        EXPECT_NEAR(low, -2.7, 0.7);
        EXPECT_NEAR(high, 2.7, 0.7);
    }
    for (const auto& [low, high] : limits.of_predictions) EXPECT_NEAR(high - low, 2.7, 0.7);
}

TEST(CaptureLimits, TooFewCapturesAreRefused) {
    CaptureLimits limits;
    EXPECT_THROW(set_ranges(limits, normal(10, count, 1), normal(10, 4, 1), 0.05), UsageError);
    EXPECT_THROW(set_ranges(limits, normal(50, count, 1), normal(40, 4, 1), 0.05), UsageError);
}

TEST(CaptureLimits, AFileGivesThemBack) {
    const auto limits = limits_of(3);
    render::SafetensorsFile file;
    add_limits(file, limits);
    const auto read = capture_limits_from(file, 3, "file");
    for (std::size_t k = 0; k < covariate_count; ++k) {
        EXPECT_FLOAT_EQ(static_cast<float>(read.of_values[k].first), static_cast<float>(limits.of_values[k].first));
    }
    EXPECT_THROW(capture_limits_from(file, 4, "file"), InputError);
    file.tensors.erase("limits.predictions");
    EXPECT_THROW(capture_limits_from(file, 3, "file"), InputError);
}

class CaptureDomainTest : public ::testing::Test {
protected:
    CaptureDomainTest() {
        network_.config.covariates = static_cast<int>(covariate_count);
        network_.categories = {"box"};
        network_.parameters = initial_parameters(network_.parameter_shapes(), 1);
        network_.mean = torch::zeros({count});
        network_.scale = torch::ones({count});
        limits_ = limits_of(network_.config.width);
        view_.rgb = render::Image(view_size, view_size, 3, 255);
        view_.mask = render::FloatImage(view_size, view_size, 1);
        for (int y = 30; y < 90; ++y) {
            for (int x = 30; x < 90; ++x) {
                view_.mask.at(x, y) = 1;
                for (int c = 0; c < 3; ++c) view_.rgb.at(x, y, c) = 120;
            }
        }
    }
    CovariateNetwork network_;
    CaptureLimits limits_;
    View view_;
};

TEST_F(CaptureDomainTest, SaysWhatLiesOutside) {
    const CaptureDomain domain(network_, limits_);
    Capture usual;
    for (auto& value : usual.values) value = 0;
    EXPECT_TRUE(domain.findings(view_, usual).empty());
    Capture odd = usual;
    odd.of(Covariate::blur) = 5;
    odd.of(Covariate::roll) = -80;
    const auto found = domain.findings(view_, odd);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].covariate, Covariate::roll);
    EXPECT_EQ(found[1].covariate, Covariate::blur);
    EXPECT_THAT(sentence_of(found[0]), HasSubstr("roll of -80 degrees is outside"));
    EXPECT_THAT(sentence_of(found[0]), HasSubstr("turn the photo upright"));
    EXPECT_THAT(sentence_of(found[1]), HasSubstr("sharper"));
}

TEST_F(CaptureDomainTest, WhatNobodyKnowsOfTheCameraIsReadFromThePicture) {
    // Features that say nothing say the mean, which is made to lie outside.
    limits_.map.mean[0] = 70;
    const CaptureDomain domain(network_, limits_);
    Capture measured = capture_of(view_);
    for (std::size_t k = camera_covariates; k < covariate_count; ++k) measured.values[k] = 0;
    const auto found = domain.findings(view_, measured);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].predicted);
    EXPECT_NEAR(found[0].value, 70, 1e-3);
    EXPECT_THAT(sentence_of(found[0]), HasSubstr("as the picture looks"));
    measured.of(Covariate::elevation) = 0;
    EXPECT_TRUE(domain.findings(view_, measured).empty());
}

TEST_F(CaptureDomainTest, AFileWithoutRangesIsRefused) {
    render::SafetensorsFile file;
    file.metadata["architecture"] = covariate_architecture;
    add_network(file, network_);
    const auto network = covariate_network_from(file, "file");
    EXPECT_EQ(network.categories, network_.categories);
    EXPECT_THROW(capture_limits_from(file, network.config.width, "file"), InputError);
    file.tensors.erase("head.shape.bias");
    EXPECT_THROW(covariate_network_from(file, "file"), InputError);
    file.metadata["architecture"] = "flagship";
    EXPECT_THROW(covariate_network_from(file, "file"), InputError);
}

}  // namespace
}  // namespace maquette::recon::encoders
