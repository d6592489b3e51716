#include "recon/cli/refined_field.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>

#include "recon/cli/field_surface.h"
#include "render/mesh_topology.h"

namespace maquette::recon::cli {
namespace {

render::VoxelGrid blob(int resolution, unsigned seed) {
    render::VoxelGrid grid(resolution);
    std::mt19937 random(seed);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const float away = grid.centre(x, y, z).cwiseProduct(Eigen::Vector3f(1, 0.7F, 1.4F)).norm();
                const float noise = static_cast<float>(random() % 100) / 1000;
                grid.at(x, y, z) = 1 / (1 + std::exp(40 * (away - 0.33F))) * (0.9F + noise);
            }
        }
    }
    return grid;
}

double catmull_rom(double t) {
    t = std::abs(t);
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}

/// Weight of coarse cell k in fine cell i: the kernel, sampled at the fine cells and blurred there.
double weight(int i, int k, int from, int to, double blur) {
    const double sigma = blur * to / from;
    const int radius = static_cast<int>(std::ceil(3 * sigma));
    double sum = 0;
    double total = 0;
    for (int offset = -radius; offset <= radius; ++offset) {
        const double gaussian = std::exp(-0.5 * offset * offset / (sigma * sigma));
        total += gaussian;
        if (i + offset < 0 || i + offset >= to) continue;
        sum += gaussian * catmull_rom((i + offset + 0.5) * from / to - 0.5 - k);
    }
    return sum / total;
}

double reference(const render::VoxelGrid& coarse, const std::array<int, 3>& cell, int to, double blur) {
    double sum = 0;
    for (int z = 0; z < coarse.resolution; ++z) {
        for (int y = 0; y < coarse.resolution; ++y) {
            for (int x = 0; x < coarse.resolution; ++x) {
                sum += weight(cell[0], x, coarse.resolution, to, blur) *
                       weight(cell[1], y, coarse.resolution, to, blur) *
                       weight(cell[2], z, coarse.resolution, to, blur) * static_cast<double>(coarse.at(x, y, z));
            }
        }
    }
    return sum;
}

TEST(RefinedField, IsInterpolationAndBlurEverywhereWhenAllIsAsked) {
    const render::VoxelGrid coarse = blob(12, 3);
    for (const int to : {30, 48}) {
        const render::VoxelGrid fine = refined_near(coarse, to, 0.4, -100, 100);
        std::mt19937 random(7);
        for (int i = 0; i < 40; ++i) {
            std::array<int, 3> cell{};
            for (int& c : cell) c = static_cast<int>(random() % static_cast<unsigned>(to));
            EXPECT_NEAR(fine.at(cell[0], cell[1], cell[2]), reference(coarse, cell, to, 0.4), 1e-5);
        }
        EXPECT_NEAR(fine.at(0, 0, 0), reference(coarse, {0, 0, 0}, to, 0.4), 1e-5) << "at the border, too";
    }
}

TEST(RefinedField, IsExactInTheBandAndOnTheRightSideElsewhere) {
    const render::VoxelGrid coarse = blob(32, 4);
    const float low = 0.3F;
    const float high = 0.5F;
    const render::VoxelGrid whole = refined_near(coarse, 96, 0.4, -100, 100);
    const render::VoxelGrid near = refined_near(coarse, 96, 0.4, low, high);
    std::size_t left_out = 0;
    for (std::size_t i = 0; i < whole.values.size(); ++i) {
        if (whole.values[i] >= low && whole.values[i] <= high) {
            ASSERT_EQ(near.values[i], whole.values[i]);
        } else {
            ASSERT_EQ(near.values[i] < low, whole.values[i] < low);
            ASSERT_EQ(near.values[i] > high, whole.values[i] > high);
        }
        left_out += near.values[i] != whole.values[i] ? 1 : 0;
    }
    EXPECT_GT(left_out, whole.values.size() / 3) << "it was worked out everywhere";
}

TEST(FieldSurface, SurfacesAreSolids) {
    // A haze of noise.
    std::mt19937 random(11);
    render::VoxelGrid noise(16);
    for (float& value : noise.values) value = static_cast<float>(random() % 1000) / 1000;
    for (const int resolution : {32, 40}) {
        const auto topology = render::topology_of(surface_of_field(noise, 0.5F, resolution));
        EXPECT_TRUE(topology.closed()) << topology.non_manifold_edges << " " << topology.non_manifold_vertices;
    }
    // A field that is solid up to the grid's border.
    const auto full = render::topology_of(surface_of_field(render::VoxelGrid(8, 1), 0.5F, 32));
    EXPECT_TRUE(full.closed());
}

}  // namespace
}  // namespace maquette::recon::cli
