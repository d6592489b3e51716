#pragma once

#include <cstddef>
#include <span>

#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/grid.h"
#include "viewer/studio/inputs.h"

namespace maquette::viewer {

/// A photo's camera while it is set by hand: the model is moved over the photo until it fits.
struct PhotoAlignment {
    std::size_t photo = 0;  ///< index among the inputs
    recon::CropCamera camera;

    /// Pixels the pointer moved, right and down: the model turns with it.
    void turn(double dx, double dy);
    /// The model stays under the pointer. side: of the square that shows the photo, pixels
    void move(double dx, double dy, double side);
    /// Positive makes the model larger; one notch of a wheel is 1.
    void resize(double notches);
    /// The model turns clockwise with a pointer that moves right.
    void roll(double dx);
    /// Positive comes closer and keeps the size: a stronger perspective.
    void approach(double notches);

    bool operator==(const PhotoAlignment&) const = default;
};

/// Starts from the camera set by hand, else the one found for the photo, else a usual one that frames `field` like the
/// photo's mask. found: as in SessionReport::views. field: the shape to align; may be empty.
PhotoAlignment begin_alignment(const Inputs& inputs, std::size_t photo, std::span<const recon::View> found,
                               const render::VoxelGrid& field);

/// Intersection over union of the solid part of the field, seen by the camera, and the mask. 0..1
double overlap(const render::VoxelGrid& field, float threshold, const recon::CropCamera& camera,
               const render::FloatImage& mask);

}  // namespace maquette::viewer
