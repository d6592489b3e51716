#include "recon/eval/suites.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "recon/eval/prior_sampler.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/flagship.h"
#include "recon/refine/wallace2019.h"
#include "render/error.h"
#include "tests/support/box_dataset.h"

namespace maquette::recon {
namespace {

namespace fs = std::filesystem;

class Suites : public ::testing::Test {
protected:
    void SetUp() override { save_random_wallace2019(folder_ / "w.safetensors", 3); }

    [[nodiscard]] SuiteOptions options() const {
        SuiteOptions o;
        o.dataset = boxes_.file();
        o.weights = {folder_ / "w.safetensors"};
        o.views = 1;
        o.draws = 2;
        return o;
    }

    recon::testing::BoxDataset boxes_{"suites",
                                      {{"standing", priors::Split::train, 2},
                                       {"standing", priors::Split::validation, 1},
                                       {"tall", priors::Split::novel, 3},
                                       {"flat", priors::Split::novel, 3}},
                                      3};
    fs::path folder_ = boxes_.folder();
};

TEST_F(Suites, RowsHaveTheFiguresOfTheirDefinition) {
    const Report report = run_suite("novel", options(), nullptr, {});
    const auto row = [&report](const std::string& model, const std::string& prior, int shots) {
        const auto found = std::find_if(report.rows.begin(), report.rows.end(), [&](const ReportRow& r) {
            return r.model == model && r.prior == prior && r.shots == shots;
        });
        EXPECT_NE(found, report.rows.end()) << model << " " << prior << " " << shots;
        return found == report.rows.end() ? ReportRow{} : *found;
    };
    std::set<int> views;
    std::set<int> iterations;
    for (const auto& r : report.rows) {
        EXPECT_GE(r.iou.low, 0);
        EXPECT_LE(r.iou.low, r.iou.mean + 1e-9);
        EXPECT_LE(r.iou.mean, r.iou.high + 1e-9);
        if (r.model != "wallace2019") continue;
        views.insert(r.views);
        if (r.views == 1) iterations.insert(r.iterations);
    }
    EXPECT_EQ(views, (std::set<int>{1, 2, 3, 5, 8}));
    EXPECT_EQ(iterations, (std::set<int>{1, 2, 3, 4, 5, 6}));

    // Two other boxes of each category: the oracle takes the larger overlap, the mean of one shot is a box itself.
    const ShapeDataset dataset(boxes_.file());
    double expected = 0;
    const auto novel = shapes_of(dataset, priors::Split::novel);
    for (const int a : novel) {
        double best = 0;
        for (const int b : novel) {
            const auto& shapes = dataset.shapes();
            if (a == b ||
                shapes[static_cast<std::size_t>(a)].category != shapes[static_cast<std::size_t>(b)].category) {
                continue;
            }
            best = std::max(best, iou(dataset.occupancy(b, 32), dataset.occupancy(a, 32), 0.5F));
        }
        expected += best / static_cast<double>(novel.size());
    }
    EXPECT_NEAR(row("oracle", "k-shot", 0).iou.mean, expected, 1e-6);
    EXPECT_NEAR(row("oracle", "k-shot", 10).iou.mean, expected, 1e-6);
    EXPECT_LE(row("nearest", "k-shot", 0).iou.mean, expected + 1e-9);
    EXPECT_LT(row("mean", "k-shot", 1).iou.mean, expected);
    EXPECT_NO_THROW((void)row("wallace2019", "wrong", 1));
    EXPECT_TRUE(report.differences.contains("1-shot (wallace2019) - none (wallace2019)"));
}

TEST_F(Suites, FlagshipHasRowsWithTrueAndEstimatedCameras) {
    save_random_flagship(folder_ / "f.safetensors", 3);
    save_random_camera_estimator(folder_ / "c.safetensors", 5);
    auto o = options();
    o.weights.push_back(folder_ / "f.safetensors");
    o.camera_weights = folder_ / "c.safetensors";
    o.shapes_per_category = 1;
    const Report report = run_suite("novel", o, nullptr, {});
    std::set<std::string> cameras;
    for (const auto& row : report.rows) {
        if (row.model != "flagship") continue;
        cameras.insert(row.camera);
        const bool last = row.iterations != 1 || row.camera == "estimated";
        if (last && row.silhouette_iou) {
            EXPECT_GE(*row.silhouette_iou, 0);
            EXPECT_LE(*row.silhouette_iou, 1);
        }
        if (row.camera == "estimated" && row.views == 1 && (row.prior_figures || row.prior == "none")) {
            ASSERT_TRUE(row.camera_estimate.has_value());
            EXPECT_LE(row.camera_estimate->within_30, row.camera_estimate->looks_same);
        }
    }
    EXPECT_EQ(cameras, (std::set<std::string>{"estimated", "true"}));
    const auto rows = [&report](const auto& wanted) {
        return std::count_if(report.rows.begin(), report.rows.end(),
                             [&](const ReportRow& row) { return row.model == "flagship" && wanted(row); });
    };
    for (const char* camera : {"estimated", "true"}) {
        for (int t = 1; t <= 6; ++t) {
            EXPECT_GE(rows([&](const ReportRow& row) { return row.camera == camera && row.iterations == t; }), 1);
        }
        for (const char* trust : {"auto", "full"}) {
            EXPECT_GE(rows([&](const ReportRow& row) {
                          return row.camera == camera && row.prior == "wrong" && row.trust == trust;
                      }),
                      1);
        }
        const std::string who = std::string(" (flagship, ") + camera + " camera)";
        EXPECT_TRUE(report.category_differences.contains("1-shot" + who + " - mean 1-shot"));
        EXPECT_TRUE(report.differences.contains("wrong 1-shot" + who + " - wrong 1-shot full trust" + who));
        EXPECT_EQ(
            std::count_if(report.differences.begin(), report.differences.end(),
                          [&](const auto& d) {
                              return d.first.starts_with("5-shot" + who + " - best of (mean 5-shot, nearest all)");
                          }),
            1);
        EXPECT_TRUE(report.ratios.contains("Chamfer-L1: 1-shot" + who + " / 1-shot (wallace2019)"));
    }
    // The same queries with and without the fit: the outline fills, and nothing else of the row differs.
    EXPECT_EQ(rows([](const ReportRow& row) { return row.silhouette_iou_unseen.has_value(); }), 2);
    const auto fitted = std::find_if(report.rows.begin(), report.rows.end(),
                                     [](const ReportRow& row) { return row.silhouette_steps > 0; });
    ASSERT_NE(fitted, report.rows.end());
    const auto plain = std::prev(fitted);
    EXPECT_TRUE(plain->silhouette_iou_unseen.has_value());
    EXPECT_GE(fitted->silhouette_iou.value(), plain->silhouette_iou.value());
    EXPECT_TRUE(report.differences.contains(
        "1-shot with fit (flagship, true camera) - 1-shot without fit (flagship, true camera)"));
    for (const auto& row : report.rows) {
        if (!row.prior_figures) continue;
        EXPECT_GE(row.prior_figures->agreement, 0);
        EXPECT_LE(row.prior_figures->share, 1);
    }
    const std::string text = to_markdown(report);
    EXPECT_NE(text.find("share of the prior"), std::string::npos);
    EXPECT_NE(text.find("shapes without symmetry"), std::string::npos);
    EXPECT_NE(text.find("difference in IoU by category"), std::string::npos);
    EXPECT_TRUE(report.ratios.contains("1-shot (flagship, true camera) / 1-shot (wallace2019)"));
    EXPECT_TRUE(report.ratios.contains("5-shot (flagship, estimated camera) / 5-shot (wallace2019)"));
    EXPECT_TRUE(report.differences.contains("1-shot (flagship, estimated camera) - 1-shot (flagship, true camera)"));
}

TEST_F(Suites, WithFullTrustNothingIsMixed) {
    save_random_flagship(folder_ / "f.safetensors", 3);
    auto o = options();
    o.weights = {folder_ / "f.safetensors"};
    o.shapes_per_category = 1;
    o.trust_prior = "full";
    for (const auto& row : run_suite("novel", o, nullptr, {}).rows) {
        EXPECT_EQ(row.trust, "full");
        EXPECT_FALSE(row.prior_figures.has_value());
    }
    o.trust_prior = "half";
    EXPECT_THROW((void)run_suite("novel", o, nullptr, {}), UsageError);
}

TEST_F(Suites, IconsAreComparedWithRendersOfTheSameShapes) {
    const recon::testing::BoxDataset boxes{"icon_suites",
                                           {{"standing", priors::Split::train, 2},
                                            {"standing", priors::Split::validation, 1},
                                            {"tall", priors::Split::novel, 3}},
                                           2,
                                           true};
    auto o = options();
    o.dataset = boxes.file();
    const Report report = run_suite("icons", o, nullptr, {});
    std::set<std::string> domains;
    for (const auto& row : report.rows) domains.insert(row.domain);
    EXPECT_EQ(domains, (std::set<std::string>{"icons", "renders"}));
    EXPECT_TRUE(report.differences.contains("1-shot (wallace2019), icons - 1-shot (wallace2019), renders"));
    EXPECT_THROW((void)run_suite("icons", options(), nullptr, {}), InputError) << "no icons";
}

TEST_F(Suites, SameSeedSameFigures) {
    const Report first = run_suite("novel", options(), nullptr, {});
    const Report second = run_suite("novel", options(), nullptr, {});
    ASSERT_EQ(first.rows.size(), second.rows.size());
    for (std::size_t i = 0; i < first.rows.size(); ++i) {
        EXPECT_EQ(first.rows[i].iou.mean, second.rows[i].iou.mean);
    }
}

TEST_F(Suites, RefusesWhatItCannotDo) {
    auto o = options();
    EXPECT_THROW((void)run_suite("novelty", o, nullptr, {}), UsageError);
    EXPECT_THROW((void)run_suite("base", o, nullptr, {}), InputError) << "no held-out shapes";
    o.views = 0;
    EXPECT_THROW((void)run_suite("novel", o, nullptr, {}), UsageError);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW((void)run_suite("novel", options(), nullptr, stop.get_token()), Interrupted);
}

TEST_F(Suites, ExemplarsAreNeverTheQuery) {
    const ShapeDataset dataset(boxes_.file());
    const auto novel = shapes_of(dataset, priors::Split::novel);
    const PriorSampler sampler(dataset, novel);
    std::mt19937_64 random(1);
    for (const int query : novel) {
        const auto& category = dataset.shapes()[static_cast<std::size_t>(query)].category;
        for (int i = 0; i < 20; ++i) {
            const auto drawn = sampler.draw(category, query, 10, random);
            EXPECT_EQ(drawn.size(), 2U);
            EXPECT_EQ(std::count(drawn.begin(), drawn.end(), query), 0);
        }
    }
}

}  // namespace
}  // namespace maquette::recon
