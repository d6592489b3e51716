#pragma once

#include <span>

#include "recon/diffusion/picture_score.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"

namespace maquette::recon::diffusion {

struct EpipolarOptions {
    int size = 64;       ///< pixels a side at which photos' masks are compared; the pictures' own is best
    int samples = 64;    ///< along a line of sight through the object's cube
    int tolerance = 1;   ///< pixels by which masks may miss each other: cameras and outlines are never exact
    double missing = 1;  ///< weight of what the picture lacks beside what it has too much of, 0 or more
};

/// Whether the masks of generated views and of photos can be of one solid, which needs no shape: along the line of
/// sight of a pixel within the cube that objects lie in,
/// - what a picture covers must fall somewhere on the mask of every photo, at one place for all photos (their visual
///   hull; Laurentini, "The Visual Hull Concept for Silhouette-Based Image Understanding", PAMI 1994),
/// - and what a photo covers must be covered in the picture somewhere along the epipolar line.
/// Pixels that break it are counted as shares of the photos' masks. A picture from a photo's own camera is compared
/// pixel by pixel. photos: true ones; those without a camera, of weight 0 or without foreground are left out. Row k is
/// targets[k]. Throws UsageError on options out of range, no targets, or where no photo is left.
PictureScore epipolar_score(std::span<const View> photos, std::span<const CropCamera> targets,
                            const EpipolarOptions& options = {});

}  // namespace maquette::recon::diffusion
