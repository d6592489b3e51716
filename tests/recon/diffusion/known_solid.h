#pragma once

#include <ATen/Functions.h>

#include <array>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "recon/diffusion/novel_view_pictures.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/field_picture.h"
#include "render/grid.h"

namespace maquette::recon::diffusion::testing {

/// A block lying along X with a post on one end: no two sides look alike.
inline render::VoxelGrid known_solid(int resolution = 64) {
    render::VoxelGrid grid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const Eigen::Vector3f p = grid.centre(x, y, z);
                const bool block = std::abs(p.x()) < 0.45F && p.y() > -0.3F && p.y() < -0.05F && std::abs(p.z()) < 0.2F;
                const bool post =
                    p.x() > 0.25F && p.x() < 0.45F && p.y() > -0.3F && p.y() < 0.4F && p.z() > 0 && p.z() < 0.2F;
                grid.at(x, y, z) = block || post ? 1 : 0;
            }
        }
    }
    return grid;
}

/// Its photo: grey over white, with the true mask and camera.
inline View photo_of(const render::VoxelGrid& solid, const CropCamera& camera) {
    View view;
    view.camera = camera_of(camera, view_size);
    view.mask = render::picture_of_field(solid, *view.camera, 128).coverage;
    view.rgb = render::Image(view_size, view_size, 3, 255);
    for (int y = 0; y < view_size; ++y) {
        for (int x = 0; x < view_size; ++x) {
            for (int c = 0; c < 3; ++c) {
                view.rgb.at(x, y, c) = static_cast<std::uint8_t>(
                    std::lround(255 - view.mask.at(x, y) * (60.0F + 50.0F * static_cast<float>(c))));
            }
        }
    }
    view.name = "photo";
    return view;
}

/// What a generator would ideally draw: [targets, 4, size, size].
inline torch::Tensor true_pictures(const render::VoxelGrid& solid, std::span<const CropCamera> targets, int size) {
    std::vector<torch::Tensor> pictures;
    for (const auto& target : targets) pictures.push_back(picture_tensor(photo_of(solid, target), size));
    return at::stack(pictures);
}

}  // namespace maquette::recon::diffusion::testing
