#include "render/io/binvox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>

#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using ::testing::HasSubstr;

std::string binvox(const std::string& dimensions, const std::string& runs) {
    return "#binvox 1\ndim " + dimensions + "\ntranslate 0 0 0\nscale 2\ndata\n" + runs;
}

std::string problem(const std::string& bytes) {
    return input_error_of([&] { parse_binvox(bytes, "test.binvox"); });
}

TEST(Binvox, AxesOfTheFile) {
    // Two cells a side: the file counts y fastest, then z, then x.
    const auto with_cell = [](char before) {
        const auto after = static_cast<char>(7 - before);
        std::string runs;
        if (before > 0) {
            runs += std::string{'\0', before};
        }
        runs += std::string{'\1', '\1'};
        if (after > 0) {
            runs += std::string{'\0', after};
        }
        return parse_binvox(binvox("2 2 2", runs), "test");
    };
    EXPECT_EQ(with_cell(0).at(0, 0, 0), 1);
    EXPECT_EQ(with_cell(1).at(0, 1, 0), 1);
    EXPECT_EQ(with_cell(2).at(0, 0, 1), 1);
    EXPECT_EQ(with_cell(4).at(1, 0, 0), 1);
    EXPECT_EQ(with_cell(4).at(0, 1, 0), 0);
    EXPECT_DOUBLE_EQ(with_cell(0).side, 2);
}

class BinvoxFiles : public MeshFileTest {};

TEST_F(BinvoxFiles, RoundTrip) {
    std::mt19937 random(5);
    std::uniform_real_distribution<float> value(0, 1);
    VoxelGrid grid(20, 0, 1.25);
    for (float& cell : grid.values) {
        cell = value(random);
    }
    // A run longer than 255 cells.
    std::fill(grid.values.begin(), grid.values.begin() + 3000, 1.0F);
    write_binvox(folder_ / "a.binvox", grid, 0.5F);
    const VoxelGrid read = read_binvox(folder_ / "a.binvox");
    ASSERT_EQ(read.resolution, 20);
    EXPECT_DOUBLE_EQ(read.side, 1.25);
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
        ASSERT_EQ(read.values[i], grid.values[i] >= 0.5F ? 1.0F : 0.0F) << i;
    }
    std::ifstream file(folder_ / "a.binvox", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t length = 0; length < bytes.size(); length += 7) {
        EXPECT_THROW(parse_binvox(std::string_view(bytes).substr(0, length), "cut"), InputError) << length;
    }
}

TEST_F(BinvoxFiles, ThresholdIsInclusiveAndEmptyGridsAreRefused) {
    VoxelGrid grid(1, 0.4F);
    write_binvox(folder_ / "a.binvox", grid, 0.4F);
    EXPECT_EQ(read_binvox(folder_ / "a.binvox").at(0, 0, 0), 1);
    EXPECT_THROW(write_binvox(folder_ / "b.binvox", VoxelGrid(), 0.5F), InputError);
    EXPECT_FALSE(std::filesystem::exists(folder_ / "b.binvox"));
    EXPECT_THROW(read_binvox(folder_ / "gone.binvox"), InputError);
}

TEST(Binvox, Refusals) {
    using namespace std::string_literals;
    EXPECT_THAT(problem(""), HasSubstr("data"));
    EXPECT_THAT(problem("#binvox 2\ndim 1 1 1\ndata\n\1\1"), HasSubstr("#binvox 1"));
    EXPECT_THAT(problem("#binvox 1\ndata\n\1\1"), HasSubstr("dim"));
    EXPECT_THAT(problem(binvox("2 2 3", "")), HasSubstr("2x2x3"));
    EXPECT_THAT(problem(binvox("2000 2000 2000", "")), HasSubstr("1024"));
    EXPECT_THAT(problem(binvox("1024 1024 1024", "\1\1")), HasSubstr("fill 1 cells"));
    EXPECT_THAT(problem(binvox("-1 -1 -1", "")), HasSubstr("-1"));
    EXPECT_THAT(problem(binvox("1 1 1", "\1\2")), HasSubstr("fill 2"));
    EXPECT_THAT(problem(binvox("1 1 1", "\2\1")), HasSubstr("value 2"));
    EXPECT_THAT(problem(binvox("1 1 1", "\1\0"s)), HasSubstr("length 0"));
    EXPECT_THAT(problem(binvox("1 1 1", "\1\1\1")), HasSubstr("3 bytes"));
    EXPECT_THAT(problem("#binvox 1\ndim 1 1 1\nscale -3\ndata\n\1\1"), HasSubstr("scale"));
    EXPECT_THAT(problem("#binvox 1\ndim 1 1 1\nvirus yes\ndata\n\1\1"), HasSubstr("virus"));
    EXPECT_THAT(problem(std::string(100000, '#')), HasSubstr("header"));
}

}  // namespace
}  // namespace maquette::render
