#pragma once

#include <random>
#include <string>

#include "recon/data/shape_record.h"

namespace maquette::recon::testing {

/// A view of a slope with noise on it, half of the picture covered.
inline DatasetView made_up_view(int size, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> noise(-1, 1);
    DatasetView view;
    view.pose = {33.3 + seed, 21.7, -3.1, 47.123456789, 1.987654321};
    view.camera = render::orbit_camera(view.pose, size, size);
    view.camera.cx += 1.0 / 3;
    view.rgb = render::Image(size, size, 3, 255);
    view.mask = render::Image(size, size, 1);
    view.depth = render::FloatImage(size, size, 1);
    view.normal = render::FloatImage(size, size, 3);
    for (int y = 0; y < size; ++y) {
        for (int x = size / 2; x < size; ++x) {
            for (int channel = 0; channel < 3; ++channel) {
                view.rgb.at(x, y, channel) = static_cast<std::uint8_t>(random());
            }
            view.mask.at(x, y) = static_cast<std::uint8_t>(random());
            view.depth.at(x, y) =
                1.5F + 0.9F * static_cast<float>(y) / static_cast<float>(size) + 0.05F * noise(random);
            const Eigen::Vector3f normal =
                Eigen::Vector3f(noise(random), noise(random), -1 + 0.3F * noise(random)).normalized();
            for (int axis = 0; axis < 3; ++axis) {
                view.normal.at(x, y, axis) = normal[axis];
            }
        }
    }
    return view;
}

inline void fill_fields(render::VoxelGrid& occupancy, render::SignedDistanceGrid& distance, int resolution) {
    occupancy = render::VoxelGrid(resolution);
    distance = render::SignedDistanceGrid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const float value = occupancy.centre(x, y, z).norm() - 0.4F;
                distance.at(x, y, z) = value;
                occupancy.at(x, y, z) = value < 0 ? 1 : 0;
            }
        }
    }
}

/// A ball seen from `views` sides.
inline ShapeContents made_up_contents(const std::string& id, int views, int size) {
    ShapeContents contents;
    contents.shape.id = id;
    contents.shape.category = "ball";
    contents.shape.name = "Ball \"\xC3\xA9l\xC3\xA9gant\"";
    contents.shape.library = "made up";
    contents.shape.split = priors::Split::held_out;
    contents.shape.duplicate_cluster = 4;
    fill_fields(contents.occupancy_32, contents.distance_32, 32);
    fill_fields(contents.occupancy_64, contents.distance_64, 64);
    contents.icon = render::Image(31, 17, 4);
    for (std::size_t i = 0; i < contents.icon.pixels.size(); ++i) {
        contents.icon.pixels[i] = static_cast<std::uint8_t>(i * 7);
    }
    for (int i = 0; i < views; ++i) {
        contents.views.push_back(made_up_view(size, static_cast<unsigned>(i)));
    }
    return contents;
}

}  // namespace maquette::recon::testing
