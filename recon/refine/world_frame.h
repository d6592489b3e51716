#pragma once

#include <Eigen/Core>
#include <optional>

namespace maquette::recon {

/// What is known of a world whose origin and unit mean nothing: where the object's up and front are in it, unit
/// vectors.
struct WorldFrame {
    std::optional<Eigen::Vector3d> up;     ///< empty: by the cameras
    std::optional<Eigen::Vector3d> front;  ///< empty: by the photos and the prior
};

}  // namespace maquette::recon
