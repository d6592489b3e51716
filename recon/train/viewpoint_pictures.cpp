#include "recon/train/viewpoint_pictures.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>

#include "recon/refine/camera_network.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

using camera_network::picture_size;
using camera_network::viewpoints;

constexpr float depth_range = 1;  // object units to both sides of the origin
constexpr std::int64_t pixels = static_cast<std::int64_t>(picture_size) * picture_size;

std::uint8_t to_byte(float unit) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(unit, 0.0F, 1.0F)));
}

}  // namespace

torch::Tensor mirrored_viewpoints(const torch::Tensor& pictures) {
    // From azimuth a the mirrored shape looks as the shape does from -a, mirrored.
    auto order = at::empty({viewpoints}, torch::kInt64);
    for (int i = 0; i < viewpoints; ++i) {
        const int azimuth = i % camera_network::azimuths;
        order[i] = i - azimuth + (camera_network::azimuths - azimuth) % camera_network::azimuths;
    }
    return pictures.index_select(0, order).flip({3});
}

ViewpointPictures::ViewpointPictures(const PriorSampler& sampler, const std::vector<int>& shapes) {
    for (const int shape : shapes) pictures_[shape].resize(static_cast<std::size_t>(viewpoints * 2 * pixels));
    render::parallel_for(shapes.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t s = begin; s < end; ++s) {
            const auto drawn = camera_network::draw_viewpoints(sampler.occupancy(shapes[s]));
            const float* values = drawn.data_ptr<float>();
            auto& bytes = pictures_.at(shapes[s]);
            for (std::size_t i = 0; i < bytes.size(); ++i) {
                const bool depth = (static_cast<std::int64_t>(i) / pixels) % 2 == 1;
                bytes[i] = to_byte(depth ? (values[i] / depth_range + 1) / 2 : values[i]);
            }
        }
    });
}

torch::Tensor ViewpointPictures::of(int shape) const {
    const auto& bytes = pictures_.at(shape);
    auto result = torch::empty({viewpoints, 2, picture_size, picture_size}, torch::kFloat32);
    float* values = result.data_ptr<float>();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool depth = (static_cast<std::int64_t>(i) / pixels) % 2 == 1;
        const float unit = static_cast<float>(bytes[i]) / 255;
        values[i] = depth ? (2 * unit - 1) * depth_range : unit;
    }
    return result;
}

}  // namespace maquette::recon
