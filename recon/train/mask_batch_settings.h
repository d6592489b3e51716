#pragma once

#include <cstdint>

namespace maquette::recon {

/// Which pictures the mask network trains on.
struct MaskBatchSettings {
    int batch_size = 16;
    int image_size = 128;           ///< pixels, a multiple of 32; a smaller one trains faster and sees less
    double cutout_fraction = 0.5;   ///< objects that are photographs, where there are any
    double box_fraction = 0.4;      ///< pictures that come with a box around their object
    double others_fraction = 0.4;   ///< pictures with other objects behind theirs
    double patch_fraction = 0.3;    ///< pictures with pieces of other photos in their background
    double texture_fraction = 0.3;  ///< objects with the texture of a photo
    double border_fraction = 0.12;  ///< objects that the photo's border cuts
    double padded_fraction = 0.5;   ///< pictures that are not photo everywhere, as crops and letterboxes are not
    std::uint64_t seed = 1;
};

}  // namespace maquette::recon
