#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "recon/refine/view.h"
#include "render/triangle_mesh.h"

namespace maquette::recon {

/// Where a vertex of a result comes from.
enum class Evidence : std::uint8_t {
    guessed,    ///< from the prior and the network alone
    symmetric,  ///< its mirror image in X = 0 was seen
    seen,       ///< in at least one photo
};

struct SurfaceEvidence {
    std::vector<Evidence> source;          ///< [N] of each vertex
    std::vector<float> confidence;         ///< [N] 0..1: seen from the front 1, at a grazing angle less, guessed least
    std::vector<Eigen::Vector3f> colours;  ///< [N] sRGB 0..1: of the photos, mirrored, or spread from where it is known
};

/// What the photos tell of each vertex of a mesh in the object frame with vertex normals. Views without a camera or of
/// weight 0 do not count. Throws UsageError on a mesh without vertex normals.
SurfaceEvidence surface_evidence(const render::TriangleMesh& mesh, std::span<const View> views);

}  // namespace maquette::recon
