#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>

#include "priors/category_prior.h"
#include "render/io/temporary_folder.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

/// Axis-aligned box between two corners.
render::TriangleMesh box_between(const Eigen::Vector3f& low, const Eigen::Vector3f& high);
render::TriangleMesh joined(const std::vector<render::TriangleMesh>& parts);

/// Four legs, a seat and a back rest: Y up, front towards +Z, normalised.
render::TriangleMesh make_chair();
/// Longer than wide, with a cabin towards the rear: Y up, front towards +Z, normalised.
render::TriangleMesh make_vehicle();
/// A plate on four legs, Y up, normalised.
render::TriangleMesh make_table();

/// Exemplar made of grids alone, without any mesh: occupied where `inside(x, y, z)` says so.
template <typename Inside>
Exemplar grid_exemplar(const std::string& name, Inside inside) {
    Exemplar exemplar;
    exemplar.occupancy = render::VoxelGrid(prior_resolution);
    exemplar.distance = render::SignedDistanceGrid(prior_resolution, prior_distance_band);
    for (int z = 0; z < prior_resolution; ++z) {
        for (int y = 0; y < prior_resolution; ++y) {
            for (int x = 0; x < prior_resolution; ++x) {
                if (inside(x, y, z)) {
                    exemplar.occupancy.at(x, y, z) = 1;
                    exemplar.distance.at(x, y, z) = -0.0625F;
                }
            }
        }
    }
    exemplar.provenance = {name, "A. Maker", "made up", "CC0-1.0"};
    return exemplar;
}

using render::TemporaryFolder;

}  // namespace maquette::priors
