#pragma once

#include <span>

#include "recon/refine/silhouette_fit.h"
#include "render/grid.h"

namespace maquette::recon {

struct OutlineCompletionOptions {
    double reach = 3;        ///< pixels of a mask 128 wide that a part stands out from the shape at the least
    double allowed = 2;      ///< pixels of a mask 128 wide that the shape may stick out; 0: any
    double thickest = 0.09;  ///< radius of what is added at the most, object units
    double trust = 0.05;     ///< in the field's own depth where it is half solid, against smoothness
};

/// Parts of the object that masks show and a fine field lacks, such as legs and handles thinner than the network's
/// cells, are added to it: round ones, as thick as they look, which continue the shape where they touch it and lie
/// where the coarse field is most solid along the rays through them. What one mask shows and another denies is left
/// out. What sticks out of a mask goes, unless that is more than a fifth of the shape: then the mask's camera is
/// thought wrong. Masks that weigh less than half of the heaviest are left out. field: occupancy, whose surface is at
/// `level`; evidence: the coarse occupancy that it came from; cameras: perspective. Returns how many pixels of the
/// masks were missing and are filled.
int complete_outlines(render::VoxelGrid& field, float level, const render::VoxelGrid& evidence,
                      std::span<const PosedMask> masks, const OutlineCompletionOptions& options = {});

}  // namespace maquette::recon
