#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "recon/refine/refiner.h"
#include "render/grid.h"
#include "viewer/drawing/packed_mesh.h"

namespace maquette::viewer {

/// The object as it really is, where the user has its mesh. Immutable.
struct TrueShape {
    std::filesystem::path path;
    std::shared_ptr<const PackedMesh> mesh;
    render::VoxelGrid occupancy;          ///< 32^3, 0 or 1
    render::SignedDistanceGrid distance;  ///< to its surface, without sign
};

/// Reads a mesh, brings it into the object frame and voxelises it; takes a moment. Throws InputError that names the
/// file.
std::shared_ptr<const TrueShape> read_true_shape(const std::filesystem::path& path);

/// IoU of shapes with the true one, measured once each.
class TruthFigures {
public:
    /// At the threshold, 0..1.
    float iou(const std::shared_ptr<const recon::RefinementSnapshot>& snapshot, float threshold,
              const std::shared_ptr<const TrueShape>& truth);

private:
    // Shapes that the timeline forgets must not live on here.
    std::map<std::weak_ptr<const recon::RefinementSnapshot>, float, std::owner_less<>> measured_;
    std::shared_ptr<const TrueShape> truth_;
    float threshold_ = 0;
};

}  // namespace maquette::viewer
