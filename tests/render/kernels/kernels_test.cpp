#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "render/error.h"
#include "render/kernels/array.h"
#include "render/kernels/parallel_for.h"

namespace maquette::render::kernels {
namespace {

constexpr int side_cells = 5;
constexpr int cells = side_cells * side_cells * side_cells;

std::vector<float> random_values(std::size_t count, std::uint64_t seed, float low = -1, float high = 1) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<float> values(low, high);
    std::vector<float> result(count);
    for (float& value : result) value = values(random);
    return result;
}

double tent(double distance) {
    return std::max(0.0, 1 - std::abs(distance));
}

/// Trilinear value by its definition: all cells, each by the tents along the three axes; no cell beyond the cube.
double trilinear(const float* values, double side, const double* p, double outside = 0) {
    double sum = 0;
    double share = 0;
    for (int z = 0; z < side_cells; ++z) {
        for (int y = 0; y < side_cells; ++y) {
            for (int x = 0; x < side_cells; ++x) {
                const auto centre = [&](int i) { return (i + 0.5) * side / side_cells - side / 2; };
                const double weight = tent((p[0] - centre(x)) * side_cells / side) *
                                      tent((p[1] - centre(y)) * side_cells / side) *
                                      tent((p[2] - centre(z)) * side_cells / side);
                sum += weight * values[(z * side_cells + y) * side_cells + x];
                share += weight;
            }
        }
    }
    return sum + (1 - share) * outside;
}

double dot(const std::vector<float>& a, const std::vector<float>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

std::vector<float> read(const std::vector<long long>& sums) {
    std::vector<float> values(sums.size());
    parallel_for(ReadSums{sums.data(), values.data()}, static_cast<long long>(sums.size()));
    return values;
}

/// Looks along -Z from the given distance, turned a little about each axis.
PinholeCamera camera(int size) {
    const double a = 0.3;
    const double b = -0.2;
    const double ca = std::cos(a);
    const double sa = std::sin(a);
    const double cb = std::cos(b);
    const double sb = std::sin(b);
    const double rotation[9] = {ca, 0, sa, sb * sa, cb, -sb * ca, -cb * sa, sb, cb * ca};
    PinholeCamera result{};
    for (int i = 0; i < 9; ++i) result.rotation[i] = static_cast<float>(rotation[i]);
    result.translation[0] = 0.05F;
    result.translation[1] = -0.1F;
    result.translation[2] = 2;
    result.fx = result.fy = static_cast<float>(1.4 * size);
    result.cx = result.cy = 0.5F * static_cast<float>(size);
    return result;
}

/// Object-frame point at depth z of a pixel's ray.
void point_at(const PinholeCamera& c, int width, int pixel, double z, double* p) {
    const double u = (pixel % width + 0.5 - c.cx) / c.fx;
    const double v = (pixel / width + 0.5 - c.cy) / c.fy;
    const double q[3] = {u * z - c.translation[0], v * z - c.translation[1], z - c.translation[2]};
    for (int i = 0; i < 3; ++i) p[i] = c.rotation[i] * q[0] + c.rotation[3 + i] * q[1] + c.rotation[6 + i] * q[2];
}

TEST(SamplePoints, IsTrilinearInsideAndNothingOutside) {
    const auto volume = random_values(std::size_t{2} * cells, 1);
    const auto points = random_values(3 * 200, 2, -0.75F, 0.75F);
    std::vector<float> values(2 * 200);
    parallel_for(SamplePoints{{volume.data(), 2, side_cells, 1.0F}, points.data(), 200, values.data()}, 200);
    for (int i = 0; i < 200; ++i) {
        const double p[3] = {points[3 * i], points[3 * i + 1], points[3 * i + 2]};
        for (int c = 0; c < 2; ++c) EXPECT_NEAR(values[c * 200 + i], trilinear(volume.data() + c * cells, 1, p), 1e-5);
    }
}

TEST(SamplePoints, BackwardToTheVolumeIsTheAdjoint) {
    const auto volume = random_values(std::size_t{2} * cells, 3);
    const auto points = random_values(3 * 200, 4, -0.7F, 0.7F);
    const auto gradients = random_values(2 * 200, 5);
    std::vector<float> values(2 * 200);
    parallel_for(SamplePoints{{volume.data(), 2, side_cells, 1.0F}, points.data(), 200, values.data()}, 200);
    std::vector<long long> sums(2 * cells, 0);
    parallel_for(SamplePointsBackwardToVolume{2, side_cells, 1.0F, points.data(), gradients.data(), 200, {sums.data()}},
                 200);
    EXPECT_NEAR(dot(values, gradients), dot(volume, read(sums)), 1e-4);
}

TEST(SamplePoints, BackwardToThePointsIsTheSlope) {
    const auto volume = random_values(cells, 6);
    const auto points = random_values(3 * 100, 7, -0.6F, 0.6F);
    const auto gradients = random_values(100, 8);
    std::vector<float> slopes(300);
    parallel_for(
        SamplePointsBackwardToPoints{
            {volume.data(), 1, side_cells, 1.0F}, points.data(), gradients.data(), 100, slopes.data()},
        100);
    int compared = 0;
    for (int i = 0; i < 300; ++i) {
        double p[3] = {points[i / 3 * 3], points[i / 3 * 3 + 1], points[i / 3 * 3 + 2]};
        // Within one cell the value is linear along an axis; across a centre it has a kink.
        const double place = (p[i % 3] + 0.5) * side_cells - 0.5;
        if (place - std::floor(place) < 0.01 || place - std::floor(place) > 0.99) continue;
        constexpr double step = 1e-4;
        p[i % 3] += step;
        const double above = trilinear(volume.data(), 1, p);
        p[i % 3] -= 2 * step;
        const double below = trilinear(volume.data(), 1, p);
        EXPECT_NEAR(slopes[i], gradients[i / 3] * (above - below) / (2 * step), 1e-3);
        ++compared;
    }
    EXPECT_GT(compared, 200);
}

struct Lifting {
    std::vector<float> features = random_values(2 * 3 * 6 * 7, 9);
    std::vector<float> projections;
    Pictures pictures{};

    Lifting() {
        for (int picture = 0; picture < 2; ++picture) {
            const PinholeCamera c = camera(1);
            for (int row = 0; row < 3; ++row) {
                for (int column = 0; column < 4; ++column) {
                    const auto in_camera = [&](int r) {
                        return column < 3 ? c.rotation[3 * r + column] : c.translation[r];
                    };
                    const float shift = picture == 0 ? 0 : 0.1F;
                    projections.push_back(row == 2 ? in_camera(2)
                                                   : 1.4F * in_camera(row) + (0.5F + shift) * in_camera(2));
                }
            }
        }
        pictures = {3, 6, 7, projections.data()};
    }
    [[nodiscard]] std::vector<float> lifted() const {
        std::vector<float> volume(2 * 3 * cells);
        parallel_for(LiftFeatures{pictures, features.data(), side_cells, 1.1F, volume.data()}, 2 * cells);
        return volume;
    }
};

TEST(LiftFeatures, IsBilinearWhereACellFalls) {
    const Lifting lifting;
    const auto volume = lifting.lifted();
    int seen = 0;
    for (int picture = 0; picture < 2; ++picture) {
        for (int cell = 0; cell < cells; ++cell) {
            const int index[3] = {cell % side_cells, cell / side_cells % side_cells, cell / side_cells / side_cells};
            double h[3] = {0, 0, 0};
            for (int row = 0; row < 3; ++row) {
                const float* p = lifting.projections.data() + 12 * picture + 4 * row;
                h[row] = p[3];
                for (int k = 0; k < 3; ++k) h[row] += p[k] * ((index[k] + 0.5) * 1.1 / side_cells - 0.55);
            }
            for (int c = 0; c < 3; ++c) {
                double sum = 0;
                for (int y = 0; y < 6; ++y) {
                    for (int x = 0; x < 7; ++x) {
                        sum += tent(h[0] / h[2] * 7 - 0.5 - x) * tent(h[1] / h[2] * 6 - 0.5 - y) *
                               lifting.features[((picture * 3 + c) * 6 + y) * 7 + x];
                    }
                }
                EXPECT_NEAR(volume[(picture * 3 + c) * cells + cell], sum, 1e-4);
                if (sum != 0) ++seen;
            }
        }
    }
    EXPECT_GT(seen, 100);
}

TEST(LiftFeatures, BackwardIsTheAdjoint) {
    const Lifting lifting;
    const auto volume = lifting.lifted();
    const auto gradients = random_values(volume.size(), 10);
    std::vector<long long> sums(lifting.features.size(), 0);
    parallel_for(LiftFeaturesBackward{lifting.pictures, side_cells, 1.1F, gradients.data(), {sums.data()}}, 2 * cells);
    EXPECT_NEAR(dot(volume, gradients), dot(lifting.features, read(sums)), 1e-3);
}

struct March {
    static constexpr int size = 6;
    static constexpr int steps = 20;
    std::vector<float> field;
    std::vector<float> first = std::vector<float>(size * size);
    std::vector<float> second = std::vector<float>(size * size);

    RayMarch occupancy() {
        return {{field.data(), side_cells, 1.0F}, camera(size), size, steps, 1.2F, 2.8F, first.data(), second.data()};
    }
    SilhouetteMarch silhouette() {
        return {{field.data(), side_cells, 1.0F},
                -6.0F,
                camera(size),
                size,
                steps,
                1.2F,
                2.8F,
                first.data(),
                second.data()};
    }
    static double depth(int i) { return 1.2 + (i + 0.5) * 1.6 / steps; }
};

/// Compares a gradient with central differences of `loss`, a function of the field.
template <typename Loss>
void expect_slopes(std::vector<float>& field, const std::vector<float>& gradient, double step, double near,
                   const Loss& loss) {
    int moved = 0;
    for (std::size_t i = 0; i < field.size(); ++i) {
        const float kept = field[i];
        field[i] = kept + static_cast<float>(step);
        const double above = loss();
        const double upper = field[i];
        field[i] = kept - static_cast<float>(step);
        const double slope = (above - loss()) / (upper - field[i]);
        field[i] = kept;
        EXPECT_NEAR(gradient[i], slope, near * std::max(1.0, std::abs(slope))) << "cell " << i;
        if (std::abs(slope) > 10 * near) ++moved;
    }
    EXPECT_GT(moved, 10);
}

TEST(RayMarch, HidesWhatIsBehind) {
    March march{.field = random_values(cells, 11, 0.02F, 0.5F)};
    parallel_for(march.occupancy(), March::size * March::size);
    for (int pixel = 0; pixel < March::size * March::size; ++pixel) {
        double clear = 1;
        double sum = 0;
        for (int i = 0; i < March::steps; ++i) {
            double p[3];
            point_at(camera(March::size), March::size, pixel, March::depth(i), p);
            const double occupied = trilinear(march.field.data(), 1, p);
            sum += clear * occupied * (March::depth(i) - 2);
            clear *= 1 - occupied;
        }
        EXPECT_NEAR(march.first[pixel], 1 - clear, 2e-3);
        if (clear < 0.99) {
            EXPECT_NEAR(march.second[pixel], sum / (1 - clear), 5e-3);
        }
    }
}

TEST(RayMarch, BackwardIsTheSlope) {
    March march{.field = random_values(cells, 12, 0.02F, 0.3F)};
    const auto on_coverage = random_values(March::size * March::size, 13);
    const auto on_depth = random_values(March::size * March::size, 14);
    parallel_for(march.occupancy(), March::size * March::size);
    std::vector<long long> sums(cells, 0);
    parallel_for(RayMarchBackward{march.occupancy(), on_coverage.data(), on_depth.data(), {sums.data()}},
                 March::size * March::size);
    expect_slopes(march.field, read(sums), 1e-2, 5e-3, [&] {
        parallel_for(march.occupancy(), March::size * March::size);
        return dot(march.first, on_coverage) + dot(march.second, on_depth);
    });
}

TEST(SilhouetteMarch, SumsTheThickness) {
    March march{.field = random_values(cells, 15, -4, 2)};
    parallel_for(march.silhouette(), March::size * March::size);
    for (int pixel = 0; pixel < March::size * March::size; ++pixel) {
        double sum = 0;
        double peak = -6;
        for (int i = 0; i < March::steps; ++i) {
            double p[3];
            point_at(camera(March::size), March::size, pixel, March::depth(i), p);
            const double l = trilinear(march.field.data(), 1, p, -6);
            sum += std::log1p(std::exp(l));
            peak = std::max(peak, l);
        }
        EXPECT_NEAR(march.first[pixel], sum, 1e-3);
        EXPECT_NEAR(march.second[pixel], peak, 1e-3);
    }
}

TEST(SilhouetteMarch, BackwardIsTheSlope) {
    March march{.field = random_values(cells, 16, -3, 2)};
    const auto on_thickness = random_values(March::size * March::size, 17);
    parallel_for(march.silhouette(), March::size * March::size);
    std::vector<long long> sums(cells, 0);
    parallel_for(SilhouetteMarchBackward{march.silhouette(), on_thickness.data(), {sums.data()}},
                 March::size * March::size);
    expect_slopes(march.field, read(sums), 2e-2, 5e-3, [&] {
        parallel_for(march.silhouette(), March::size * March::size);
        return dot(march.first, on_thickness);
    });
}

TEST(NearestPoint, FindsTheFirstOfTheNearest) {
    const auto queries = random_values(3 * 50, 18);
    auto points = random_values(3 * 40, 19);
    for (int k = 0; k < 3; ++k) points[3 * 39 + k] = points[k];  // the last is the first again
    std::vector<float> squared(50);
    std::vector<int> nearest(50);
    parallel_for(NearestPoint{queries.data(), points.data(), 40, squared.data(), nearest.data()}, 50);
    for (int q = 0; q < 50; ++q) {
        double least = 1e9;
        for (int i = 0; i < 40; ++i) {
            double d = 0;
            for (int k = 0; k < 3; ++k) d += std::pow(double{queries[3 * q + k]} - points[3 * i + k], 2);
            least = std::min(least, d);
        }
        EXPECT_NEAR(squared[q], least, 1e-5);
        EXPECT_NE(nearest[q], 39);
    }
}

TEST(NearestPoint, BackwardIsTheSlope) {
    auto queries = random_values(3 * 20, 20);
    auto points = random_values(3 * 30, 21);
    const auto gradients = random_values(20, 22);
    std::vector<float> squared(20);
    std::vector<int> nearest(20);
    const auto loss = [&] {
        parallel_for(NearestPoint{queries.data(), points.data(), 30, squared.data(), nearest.data()}, 20);
        return dot(squared, gradients);
    };
    (void)loss();
    std::vector<float> on_queries(60);
    std::vector<long long> sums(90, 0);
    parallel_for(
        NearestPointBackward{
            queries.data(), points.data(), nearest.data(), gradients.data(), on_queries.data(), {sums.data()}},
        20);
    expect_slopes(queries, on_queries, 1e-3, 5e-3, loss);
    expect_slopes(points, read(sums), 1e-3, 5e-3, loss);
}

TEST(ScatterSums, AreTheSameForAnyNumberOfThreads) {
    std::vector<std::vector<long long>> results;
    const auto points = random_values(3 * 5000, 23, -0.5F, 0.5F);
    const auto gradients = random_values(5000, 24);
    for (const int threads : {1, 2, 3, 7}) {
        results.emplace_back(cells, 0);
        parallel_for(
            SamplePointsBackwardToVolume{
                1, side_cells, 1.0F, points.data(), gradients.data(), 5000, {results.back().data()}},
            5000, {Device::cpu, threads});
        EXPECT_EQ(results.back(), results.front());
    }
}

TEST(ScatterSums, KeepWhatIsNotANumberVisible) {
    long long sum = 0;
    ScatterSums{&sum}.add(0, std::nanf(""));
    EXPECT_GE(read({sum}).front(), ScatterSums::largest);
}

TEST(ParallelFor, SaysThatThereIsNoGpu) {
    if (cuda_device_count() > 0) GTEST_SKIP() << "there is one";
    const auto values = random_values(3, 25);
    std::vector<float> out(1);
    std::vector<int> nearest(1);
    const NearestPoint kernel{values.data(), values.data(), 1, out.data(), nearest.data()};
    EXPECT_THROW(parallel_for(kernel, 1, {Device::cuda, 0}), Error);
    EXPECT_THROW(Array<float>(3, Device::cuda), Error);
    EXPECT_FALSE(describe_cuda().empty());
    parallel_for(kernel, 0, {Device::cuda, 0});  // nothing to do is nothing to fail
}

}  // namespace
}  // namespace maquette::render::kernels
