#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "recon/refine/view.h"
#include "render/ray_caster.h"

namespace maquette::recon {

/// What views show of a point on a surface.
struct Sighting {
    Eigen::Vector3f colour = Eigen::Vector3f::Zero();  ///< sRGB 0..1, weighted sum
    float weight = 0;                                  ///< of the colours; 0: none
    float facing = 0;                                  ///< best cosine of a sight, coloured or not; 0: not seen
};

/// Looks at points of one surface in the object frame from views; safe to call from many threads.
class SurfaceSight {
public:
    /// caster: of the surface. Views without a camera or of weight 0 do not count. Both outlive it.
    SurfaceSight(const render::RayCaster& caster, std::span<const View> views);

    /// normal: unit length. A grazing sight shows nothing; near the outline it shows no colour, which could be the
    /// background's.
    [[nodiscard]] Sighting at(const Eigen::Vector3f& point, const Eigen::Vector3f& normal) const;

private:
    struct Eye {
        const View* view;
        render::FloatImage inner;  ///< the mask without its border
    };

    const render::RayCaster* caster_;
    std::vector<Eye> views_;
};

/// How far a mirrored point may be from the surface and its normal from the surface's, to show the same thing.
inline constexpr float mirror_distance = 0.04F;  // object units
inline constexpr float mirror_cosine = 0.7F;
/// Cosine below which a photo tells nothing of a surface.
inline constexpr float grazing_cosine = 0.15F;

}  // namespace maquette::recon
