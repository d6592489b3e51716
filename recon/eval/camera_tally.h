#pragma once

#include <optional>

#include "recon/eval/report.h"
#include "recon/refine/camera_decision.h"
#include "render/grid.h"

namespace maquette::recon {

/// Counts how good estimated cameras are.
class CameraTally {
public:
    /// symmetric: rotationally_symmetric(shape).
    void add(const CameraCandidate& chosen, const CropCamera& truth, const render::VoxelGrid& shape, bool symmetric);
    /// Nothing where nothing was added.
    [[nodiscard]] std::optional<CameraFigures> figures() const;

private:
    CameraFigures sum_;
    double count_ = 0;
    double asymmetric_ = 0;
};

/// The shape turned about the vertical axis, degrees; positive brings the front (+Z) to -X.
render::VoxelGrid turned(const render::VoxelGrid& shape, double degrees);

/// Whether a shape looks about the same from several sides: turned by some angle of 45 to 180 degrees it overlaps
/// itself (32^3 IoU above 0.8).
bool rotationally_symmetric(const render::VoxelGrid& shape);

}  // namespace maquette::recon
