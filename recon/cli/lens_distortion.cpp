#include "recon/cli/lens_distortion.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace maquette::recon::cli {
namespace {

template <typename Value>
render::PixelGrid<Value> resampled_through(const render::PixelGrid<Value>& image, const render::Camera& camera,
                                           const LensDistortion& lens, Value outside) {
    render::PixelGrid<Value> result(image.width, image.height, image.channels, outside);
    const double rounding = std::is_integral_v<Value> ? 0.5 : 0.0;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const Eigen::Vector2d seen =
                lens.distorted({(x + 0.5 - camera.cx) / camera.fx, (y + 0.5 - camera.cy) / camera.fy});
            const double from_x = seen.x() * camera.fx + camera.cx - 0.5;
            const double from_y = seen.y() * camera.fy + camera.cy - 0.5;
            if (!(from_x >= -0.5 && from_y >= -0.5 && from_x <= image.width - 0.5 && from_y <= image.height - 0.5)) {
                continue;
            }
            const int left = std::clamp(static_cast<int>(std::floor(from_x)), 0, image.width - 1);
            const int top = std::clamp(static_cast<int>(std::floor(from_y)), 0, image.height - 1);
            const int right = std::min(left + 1, image.width - 1);
            const int bottom = std::min(top + 1, image.height - 1);
            const double share_x = std::clamp(from_x - left, 0.0, 1.0);
            const double share_y = std::clamp(from_y - top, 0.0, 1.0);
            for (int c = 0; c < image.channels; ++c) {
                const double above = (1 - share_x) * image.at(left, top, c) + share_x * image.at(right, top, c);
                const double below = (1 - share_x) * image.at(left, bottom, c) + share_x * image.at(right, bottom, c);
                result.at(x, y, c) = static_cast<Value>((1 - share_y) * above + share_y * below + rounding);
            }
        }
    }
    return result;
}

}  // namespace

Eigen::Vector2d LensDistortion::distorted(const Eigen::Vector2d& point) const {
    const double square = point.squaredNorm();
    const double radial = 1 + square * (k1 + square * (k2 + square * k3));
    const double product = 2 * point.x() * point.y();
    return radial * point + Eigen::Vector2d(p1 * product + p2 * (square + 2 * point.x() * point.x()),
                                            p1 * (square + 2 * point.y() * point.y()) + p2 * product);
}

double largest_shift(const LensDistortion& lens, const render::Camera& camera) {
    constexpr int samples = 32;
    double largest = 0;
    for (const double corner_x : {0.0, 1.0 * camera.width}) {
        for (const double corner_y : {0.0, 1.0 * camera.height}) {
            const Eigen::Vector2d corner((corner_x - camera.cx) / camera.fx, (corner_y - camera.cy) / camera.fy);
            double before = 0;
            for (int i = 1; i <= samples; ++i) {
                const Eigen::Vector2d point = corner * i / samples;
                const Eigen::Vector2d seen = lens.distorted(point);
                const double along = seen.dot(corner);
                if (!(along >= before)) return std::numeric_limits<double>::infinity();
                before = along;
                const Eigen::Vector2d shift = seen - point;
                largest = std::max(largest, std::hypot(shift.x() * camera.fx, shift.y() * camera.fy));
            }
        }
    }
    return largest;
}

render::Image undistorted(const render::Image& image, const render::Camera& camera, const LensDistortion& lens,
                          std::uint8_t outside) {
    return resampled_through(image, camera, lens, outside);
}

render::FloatImage undistorted(const render::FloatImage& image, const render::Camera& camera,
                               const LensDistortion& lens, float outside) {
    return resampled_through(image, camera, lens, outside);
}

}  // namespace maquette::recon::cli
