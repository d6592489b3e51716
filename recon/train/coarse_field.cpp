#include "recon/train/coarse_field.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

namespace maquette::recon {
namespace {

constexpr double prior_alone = 0.2;     // share of samples
constexpr double leans_on_prior = 0.5;  // of the others
constexpr double scale_spread = 0.07;   // natural logarithm, each axis
constexpr double shift_spread = 0.02;   // object units
constexpr int noise_cells = 5;

/// Blurred along all axes; beyond the border is empty.
void blur(render::VoxelGrid& grid, double sigma) {
    const int radius = static_cast<int>(std::ceil(2.5 * sigma));
    std::vector<float> weights;
    float sum = 0;
    for (int i = -radius; i <= radius; ++i) {
        weights.push_back(static_cast<float>(std::exp(-0.5 * i * i / (sigma * sigma))));
        sum += weights.back();
    }
    const std::size_t r = static_cast<std::size_t>(grid.resolution);
    for (const std::size_t stride : {std::size_t{1}, r, r * r}) {
        const std::vector<float> before = grid.values;
        std::fill(grid.values.begin(), grid.values.end(), 0.0F);
        for (std::size_t line = 0; line < before.size(); line += r * stride) {
            for (int to = 0; to < grid.resolution; ++to) {
                for (int from = std::max(to - radius, 0); from <= std::min(to + radius, grid.resolution - 1); ++from) {
                    const int place = from - to + radius;
                    const float weight = weights[static_cast<std::size_t>(place)] / sum;
                    const float* source = before.data() + line + static_cast<std::size_t>(from) * stride;
                    float* target = grid.values.data() + line + static_cast<std::size_t>(to) * stride;
                    for (std::size_t k = 0; k < stride; ++k) target[k] += weight * source[k];
                }
            }
        }
    }
}

/// Smooth normal noise: independent values on a coarse raster, interpolated.
render::Grid smooth_noise(RandomStream& random) {
    render::Grid noise(noise_cells);
    for (float& value : noise.values) value = static_cast<float>(random.normal());
    return noise;
}

/// Scaled and moved; beyond the grid is empty.
render::VoxelGrid moved(const render::VoxelGrid& grid, RandomStream& random) {
    Eigen::Vector3f inverse_scale;
    Eigen::Vector3f shift;
    for (int axis = 0; axis < 3; ++axis) {
        inverse_scale[axis] = static_cast<float>(std::exp(-scale_spread * random.normal()));
        shift[axis] = static_cast<float>(shift_spread * random.normal());
    }
    const auto half = static_cast<float>(grid.side / 2);
    render::VoxelGrid result(grid.resolution, 0, grid.side);
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                const Eigen::Vector3f place = (grid.centre(x, y, z) - shift).cwiseProduct(inverse_scale);
                if (place.cwiseAbs().maxCoeff() > half) continue;
                result.at(x, y, z) = sample_trilinear(grid, place);
            }
        }
    }
    return result;
}

}  // namespace

render::VoxelGrid coarse_field(const render::VoxelGrid& truth, const render::VoxelGrid& prior, RandomStream& random) {
    const bool has_prior = *std::max_element(prior.values.begin(), prior.values.end()) > 0;
    double trust = 0;  // in the prior
    if (has_prior && random.chance(prior_alone)) {
        trust = 1;
    } else if (has_prior && random.chance(leans_on_prior)) {
        trust = 0.2 + 0.4 * random.uniform();
    }
    render::VoxelGrid field = moved(truth, random);
    for (std::size_t i = 0; i < field.values.size(); ++i) {
        field.values[i] += static_cast<float>(trust) * (prior.values[i] - field.values[i]);
    }
    if (trust < 1) blur(field, 0.4 + 1.2 * random.uniform());
    const render::Grid noise = smooth_noise(random);
    const auto amplitude = static_cast<float>(0.25 * random.uniform());
    const auto gain = static_cast<float>(1 + 2 * random.uniform());
    const auto level = static_cast<float>(0.35 + 0.15 * random.uniform());
    for (int z = 0; z < field.resolution; ++z) {
        for (int y = 0; y < field.resolution; ++y) {
            for (int x = 0; x < field.resolution; ++x) {
                float& value = field.at(x, y, z);
                if (value < 0.02F) continue;
                const float pushed = value + amplitude * sample_trilinear(noise, field.centre(x, y, z)) - level;
                value = std::clamp(0.5F + gain * pushed, 0.0F, 1.0F);
            }
        }
    }
    return field;
}

}  // namespace maquette::recon
