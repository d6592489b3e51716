#pragma once

#include <cstdint>

namespace maquette::recon {

/// Which samples the flagship trains on.
struct LiftedBatchSettings {
    int batch_size = 16;
    double several_views_fraction = 0.2;  ///< batches whose objects have 2..max_views views
    int max_views = 4;
    int max_shots = 5;
    double zero_prior_fraction = 0.1;
    double wrong_prior_fraction = 0.12;  ///< priors of another category
    /// Priors that are the object's own shape, stretched and warped: as close as a model of the same make is.
    double kin_prior_fraction = 0.2;
    double unnamed_kin_fraction = 0.7;  ///< the same among shapes of no named category, which have no other prior
    double smallest_scale = 0.8;        ///< axes are scaled by random factors from this to 1; 1: none
    double camera_jitter = 3;           ///< degrees, typical error of a view's camera; the others follow it
    double framed_jitter = 8;           ///< the same for views framed by the prior, as cameras that are estimated
    double framed_fraction = 0.6;    ///< views framed by the prior, as estimated cameras are, not by their own camera
    double degraded_fraction = 0.6;  ///< views that degrade_photo spoils
    bool mirror = true;
    bool exemplars = false;  ///< the priors' shapes themselves beside their mean
    std::uint64_t seed = 1;
};

/// Which samples the camera estimator trains on.
struct CameraBatchSettings {
    int batch_size = 64;  ///< photos
    /// Photos that share a prior: its pictures cost far more than a photo does.
    int photos_a_prior = 8;
    int compared_a_prior = 4;  ///< of these, that are compared with hypotheses
    int hypotheses = 8;
    int max_shots = 5;
    double single_shot_fraction = 0.6;  ///< priors of one shape, whatever max_shots
    double own_shape_fraction = 0.15;   ///< the prior is the photo's own shape
    double degraded_fraction = 0.6;     ///< views that degrade_photo spoils
    bool mirror = true;
    std::uint64_t seed = 1;
};

}  // namespace maquette::recon
