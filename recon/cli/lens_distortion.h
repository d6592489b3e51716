#pragma once

#include <Eigen/Core>

#include "render/camera.h"
#include "render/image.h"

namespace maquette::recon::cli {

/// What a lens adds to a pinhole, as OpenCV and COLMAP write it (Brown 1966): coefficients of the radius' even powers
/// and of its tangential part, on coordinates in units of the focal length.
struct LensDistortion {
    double k1 = 0;
    double k2 = 0;
    double k3 = 0;
    double p1 = 0;
    double p2 = 0;

    [[nodiscard]] bool none() const { return k1 == 0 && k2 == 0 && k3 == 0 && p1 == 0 && p2 == 0; }
    /// Where the lens shows what a pinhole would show at `point`, units of the focal length.
    [[nodiscard]] Eigen::Vector2d distorted(const Eigen::Vector2d& point) const;
};

/// How far the lens moves the picture's corners at the most, pixels; infinity where the polynomial folds the picture
/// over, so that it holds for a smaller field of view than the picture's.
double largest_shift(const LensDistortion& lens, const render::Camera& camera);

/// What a pinhole of the same focal lengths and principal point shows, sampled linearly; beyond the picture's border:
/// `outside`. camera: of the picture's size.
render::Image undistorted(const render::Image& image, const render::Camera& camera, const LensDistortion& lens,
                          std::uint8_t outside);
render::FloatImage undistorted(const render::FloatImage& image, const render::Camera& camera,
                               const LensDistortion& lens, float outside);

}  // namespace maquette::recon::cli
