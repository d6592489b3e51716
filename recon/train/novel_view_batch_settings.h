#pragma once

#include <cstdint>

namespace maquette::recon {

/// Which samples the novel-view network trains on.
struct NovelViewBatchSettings {
    int batch_size = 16;
    int image_size = 64;             ///< pixels
    int max_shots = 5;               ///< of the priors that coarse shapes lean towards
    bool geometry = true;            ///< off: always withheld, at the same cost
    double photo_dropout = 0.1;      ///< samples whose photo is withheld
    double geometry_dropout = 0.3;   ///< samples whose geometry is withheld
    double degraded_fraction = 0.3;  ///< photos that degrade_photo spoils
    bool mirror = true;
    std::uint64_t seed = 1;
};

}  // namespace maquette::recon
