#include "render/io/line_plot.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "render/error.h"

namespace maquette::render {
namespace {

/// Pixels of the first curve's blue.
std::vector<std::pair<int, int>> ink(const Image& image) {
    std::vector<std::pair<int, int>> places;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            if (image.at(x, y, 0) == 0 && image.at(x, y, 1) == 114 && image.at(x, y, 2) == 178)
                places.emplace_back(x, y);
        }
    }
    return places;
}

TEST(LinePlot, ARisingLineRises) {
    const Image image = line_plot({{.name = "", .x = {0, 1, 2}, .y = {0, 1, 2}}}, {.x = {"x"}, .y = {"y"}});
    ASSERT_EQ(image.width, 720);
    const auto places = ink(image);
    ASSERT_GT(places.size(), 300U);
    // Every pixel lies on the straight line between the outermost.
    auto first = places.front();
    auto last = places.front();
    for (const auto& place : places) {
        if (place.first < first.first) first = place;
        if (place.first > last.first) last = place;
    }
    EXPECT_GT(first.second, last.second);
    const double slope = static_cast<double>(last.second - first.second) / (last.first - first.first);
    for (const auto& [x, y] : places) EXPECT_NEAR(y, first.second + slope * (x - first.first), 6);
}

TEST(LinePlot, ALogarithmicAxisMakesPowersStraight) {
    const Image image =
        line_plot({{.name = "", .x = {1, 10, 100}, .y = {1, 10, 100}}}, {.x = {"x", true}, .y = {"y", true}});
    const auto places = ink(image);
    ASSERT_FALSE(places.empty());
    double middle = 0;
    int count = 0;
    const int centre = (places.front().first + places.back().first) / 2;
    for (const auto& [x, y] : places) {
        if (std::abs(x - centre) > 1) continue;
        middle += y;
        ++count;
    }
    ASSERT_GT(count, 0);
    EXPECT_NEAR(middle / count, (places.front().second + places.back().second) / 2.0, 6);
}

TEST(LinePlot, WhatCannotBeDrawnIsLeftOut) {
    const double hole = std::numeric_limits<double>::quiet_NaN();
    const auto all = ink(line_plot({{.name = "", .x = {0, 1, 2}, .y = {0, 1, 2}}}, {}));
    const auto some = ink(line_plot({{.name = "", .x = {0, 1, 2}, .y = {0, hole, 2}}}, {}));
    EXPECT_LT(some.size(), all.size() / 3);
    EXPECT_GT(some.size(), 10U);
    EXPECT_NO_THROW((void)line_plot({}, {}));
    EXPECT_NO_THROW((void)line_plot({{.name = "one", .x = {3}, .y = {3}}}, {}));
    EXPECT_NO_THROW((void)line_plot({{.name = "zero", .x = {0}, .y = {-1}}}, {.x = {"x", true}, .y = {"y", true}}));
}

TEST(LinePlot, SaysWhatDoesNotFit) {
    EXPECT_THROW((void)line_plot({{.name = "a", .x = {0, 1}, .y = {0}}}, {}), UsageError);
    EXPECT_THROW((void)line_plot({{.name = "a", .x = {0}, .y = {0}, .low = {0}, .high = {}}}, {}), UsageError);
    EXPECT_THROW((void)line_plot({}, {.width = 100}), UsageError);
}

}  // namespace
}  // namespace maquette::render
