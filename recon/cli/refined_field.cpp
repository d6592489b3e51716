#include "recon/cli/refined_field.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

constexpr int block_cells = 8;  // of the fine grid, a side

/// One output sample of a separable filter: weights on consecutive input samples, all within the grid.
struct Stencil {
    int first = 0;
    std::vector<float> weights;
};

/// Catmull-Rom interpolation at the centre of cell i of `to` from `from` cells over the same length, as weights on all
/// `from` cells.
std::vector<double> cubic_row(int i, int from, int to) {
    const double position = (i + 0.5) * from / to - 0.5;
    const double base = std::floor(position);
    const double t = position - base;
    const std::array<double, 4> weights = {((-0.5 * t + 1.0) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1.0,
                                           ((-1.5 * t + 2.0) * t + 0.5) * t, (0.5 * t - 0.5) * t * t};
    std::vector<double> row(static_cast<std::size_t>(from), 0.0);
    for (int k = 0; k < 4; ++k) {
        const int at = static_cast<int>(base) - 1 + k;
        if (at >= 0 && at < from) row[static_cast<std::size_t>(at)] = weights[static_cast<std::size_t>(k)];
    }
    return row;
}

/// Interpolation and blur as one filter: [to].
std::vector<Stencil> stencils(int from, int to, double blur) {
    const double sigma = blur * to / from;
    const int radius = static_cast<int>(std::ceil(3 * sigma));
    std::vector<double> gaussian;
    gaussian.reserve(static_cast<std::size_t>(radius) * 2 + 1);
    double total = 0;
    for (int offset = -radius; offset <= radius; ++offset) {
        gaussian.push_back(std::exp(-0.5 * offset * offset / (sigma * sigma)));
        total += gaussian.back();
    }
    std::vector<std::vector<double>> cubic;
    cubic.reserve(static_cast<std::size_t>(to));
    for (int i = 0; i < to; ++i) cubic.push_back(cubic_row(i, from, to));
    std::vector<Stencil> result;
    for (int i = 0; i < to; ++i) {
        std::vector<double> row(static_cast<std::size_t>(from), 0.0);
        for (int offset = -radius; offset <= radius; ++offset) {
            const int other = i + offset;
            if (other < 0 || other >= to) continue;
            const int place = offset + radius;
            const double weight = gaussian[static_cast<std::size_t>(place)] / total;
            const auto& source = cubic[static_cast<std::size_t>(other)];
            for (std::size_t k = 0; k < row.size(); ++k) row[k] += weight * source[k];
        }
        const auto used = [](double weight) { return weight != 0; };
        const auto begin = std::find_if(row.begin(), row.end(), used);
        const auto end = std::find_if(row.rbegin(), row.rend(), used).base();
        Stencil stencil{.first = static_cast<int>(begin - row.begin()), .weights = {}};
        for (auto weight = begin; weight < end; ++weight) stencil.weights.push_back(static_cast<float>(*weight));
        result.push_back(std::move(stencil));
    }
    return result;
}

/// Cells of the coarse grid that a row of fine cells is made from.
struct Range {
    int first = 0;
    int last = 0;  ///< inclusive
    [[nodiscard]] int count() const { return last - first + 1; }
};

class BlockRefiner {
public:
    BlockRefiner(const render::VoxelGrid& coarse, int resolution, double blur)
        : coarse_(coarse), resolution_(resolution), stencils_(stencils(coarse.resolution, resolution, blur)) {
        for (const Stencil& stencil : stencils_) {
            double sum = 0;
            double magnitude = 0;
            for (const float weight : stencil.weights) {
                sum += weight;
                magnitude += std::abs(weight);
            }
            // What lies beyond the border counts with the value 0.
            magnitude_ = std::max(magnitude_, magnitude + std::abs(1 - sum));
        }
        magnitude_ = std::pow(magnitude_, 3);
        least_ = extremes([](float a, float b) { return std::min(a, b); });
        most_ = extremes([](float a, float b) { return std::max(a, b); });
    }

    [[nodiscard]] int blocks() const { return (resolution_ + block_cells - 1) / block_cells; }

    /// Bounds of the fine field in a block, from those of what it is made from: weights of both signs sum to 1.
    [[nodiscard]] std::pair<float, float> bounds(const Eigen::Vector3i& block) const {
        const auto n = static_cast<std::size_t>(blocks());
        const std::size_t i = (static_cast<std::size_t>(block.z()) * n + static_cast<std::size_t>(block.y())) * n +
                              static_cast<std::size_t>(block.x());
        const auto overshoot = static_cast<float>((magnitude_ - 1) / 2) * (most_[i] - least_[i]);
        return {least_[i] - overshoot, most_[i] + overshoot};
    }

    void refine(const Eigen::Vector3i& block, render::VoxelGrid& fine) const {
        const Range ry = range(block.y());
        const Range rz = range(block.z());
        const int nx = cells(block.x());
        const int ny = cells(block.y());
        const int nz = cells(block.z());
        std::vector<float> along_x;  // [rz, ry, nx]
        along_x.reserve(static_cast<std::size_t>(rz.count()) * static_cast<std::size_t>(ry.count() * nx));
        for (int z = rz.first; z <= rz.last; ++z) {
            for (int y = ry.first; y <= ry.last; ++y) {
                for (int i = 0; i < nx; ++i) {
                    const Stencil& s = stencil(block.x(), i);
                    float sum = 0;
                    const float* source = &coarse_.values[coarse_.index(s.first, y, z)];
                    for (const float weight : s.weights) sum += weight * *source++;
                    along_x.push_back(sum);
                }
            }
        }
        std::vector<float> along_y;  // [rz, ny, nx]
        for (int z = 0; z < rz.count(); ++z) {
            for (int j = 0; j < ny; ++j) {
                const Stencil& s = stencil(block.y(), j);
                for (int i = 0; i < nx; ++i) {
                    float sum = 0;
                    int row = z * ry.count() + s.first - ry.first;
                    for (const float weight : s.weights) {
                        const int place = row * nx + i;
                        sum += weight * along_x[static_cast<std::size_t>(place)];
                        ++row;
                    }
                    along_y.push_back(sum);
                }
            }
        }
        for (int k = 0; k < nz; ++k) {
            const Stencil& s = stencil(block.z(), k);
            for (int j = 0; j < ny; ++j) {
                for (int i = 0; i < nx; ++i) {
                    float sum = 0;
                    int layer = s.first - rz.first;
                    for (const float weight : s.weights) {
                        const int place = (layer * ny + j) * nx + i;
                        sum += weight * along_y[static_cast<std::size_t>(place)];
                        ++layer;
                    }
                    fine.at(block.x() * block_cells + i, block.y() * block_cells + j, block.z() * block_cells + k) =
                        sum;
                }
            }
        }
    }

    void fill(const Eigen::Vector3i& block, float value, render::VoxelGrid& fine) const {
        for (int k = 0; k < cells(block.z()); ++k) {
            for (int j = 0; j < cells(block.y()); ++j) {
                float* row =
                    &fine.at(block.x() * block_cells, block.y() * block_cells + j, block.z() * block_cells + k);
                std::fill_n(row, cells(block.x()), value);
            }
        }
    }

private:
    [[nodiscard]] int cells(int block) const { return std::min(block_cells, resolution_ - block * block_cells); }
    [[nodiscard]] const Stencil& stencil(int block, int cell) const {
        return stencils_[static_cast<std::size_t>(block) * block_cells + static_cast<std::size_t>(cell)];
    }
    [[nodiscard]] Range range(int block) const {
        Range range{coarse_.resolution - 1, 0};
        for (int i = 0; i < cells(block); ++i) {
            const Stencil& s = stencil(block, i);
            range.first = std::min(range.first, s.first);
            range.last = std::max(range.last, s.first + static_cast<int>(s.weights.size()) - 1);
        }
        return range;
    }
    /// The extreme of what each block is made from, axis after axis: each pass reduces the fastest axis to blocks and
    /// turns the axes once. Beyond the border there is 0.
    template <typename Extreme>
    [[nodiscard]] std::vector<float> extremes(Extreme extreme) const {
        std::vector<float> values = coarse_.values;
        const auto n = static_cast<std::size_t>(blocks());
        const auto from = static_cast<std::size_t>(coarse_.resolution);
        for (int pass = 0; pass < 3; ++pass) {
            const std::size_t rows = values.size() / from;
            std::vector<float> reduced(n * rows);
            for (std::size_t block = 0; block < n; ++block) {
                const Range r = range(static_cast<int>(block));
                const bool at_border = r.first == 0 || r.last == coarse_.resolution - 1;
                for (std::size_t row = 0; row < rows; ++row) {
                    const float* const line = values.data() + row * from;
                    float result = at_border ? 0 : line[r.first];
                    for (int k = r.first; k <= r.last; ++k) result = extreme(result, line[k]);
                    reduced[block * rows + row] = result;
                }
            }
            values = std::move(reduced);
        }
        return values;
    }

    const render::VoxelGrid& coarse_;
    int resolution_;
    std::vector<Stencil> stencils_;
    double magnitude_ = 1;      ///< largest sum of absolute weights of a cell
    std::vector<float> least_;  ///< [blocks, blocks, blocks] of the coarse values that a block is made from
    std::vector<float> most_;
};

}  // namespace

render::VoxelGrid refined_near(const render::VoxelGrid& coarse, int resolution, double blur, float low, float high) {
    render::VoxelGrid fine(resolution, 0, coarse.side);
    const BlockRefiner refiner(coarse, resolution, blur);
    const int n = refiner.blocks();
    const auto count = static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
    render::parallel_for(count, 16, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const int index = static_cast<int>(i);
            const Eigen::Vector3i block(index % n, index / n % n, index / n / n);
            const auto [least, most] = refiner.bounds(block);
            if (most < low) {
                refiner.fill(block, most, fine);
            } else if (least > high) {
                refiner.fill(block, least, fine);
            } else {
                refiner.refine(block, fine);
            }
        }
    });
    return fine;
}

}  // namespace maquette::recon::cli
