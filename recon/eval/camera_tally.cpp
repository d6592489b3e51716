#include "recon/eval/camera_tally.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "recon/eval/metrics.h"

namespace maquette::recon {
namespace {

constexpr double close_degrees = 30;
constexpr double flipped_degrees = 150;
constexpr double same_overlap = 0.8;
constexpr int smallest_turn = 45;
constexpr int turn_step = 15;

}  // namespace

void CameraTally::add(const CameraCandidate& chosen, const CropCamera& truth, const render::VoxelGrid& shape,
                      bool symmetric) {
    const double error = azimuth_between(chosen.camera, truth);
    const bool close = std::abs(error) <= close_degrees;
    const bool flipped = std::abs(error) > flipped_degrees;
    ++count_;
    sum_.within_30 += close ? 1 : 0;
    sum_.flipped += flipped ? 1 : 0;
    sum_.looks_same += close || iou(turned(shape, error), shape, 0.5F) > same_overlap ? 1 : 0;
    sum_.confidence += chosen.confidence;
    if (symmetric) return;
    ++asymmetric_;
    sum_.asymmetric_within_30 += close ? 1 : 0;
    sum_.asymmetric_flipped += flipped ? 1 : 0;
}

std::optional<CameraFigures> CameraTally::figures() const {
    if (count_ == 0) return std::nullopt;
    const double asymmetric = std::max(asymmetric_, 1.0);
    return CameraFigures{.within_30 = sum_.within_30 / count_,
                         .flipped = sum_.flipped / count_,
                         .looks_same = sum_.looks_same / count_,
                         .confidence = sum_.confidence / count_,
                         .asymmetric_share = asymmetric_ / count_,
                         .asymmetric_within_30 = sum_.asymmetric_within_30 / asymmetric,
                         .asymmetric_flipped = sum_.asymmetric_flipped / asymmetric};
}

render::VoxelGrid turned(const render::VoxelGrid& shape, double degrees) {
    const double radians = degrees * std::numbers::pi / 180;
    const auto c = static_cast<float>(std::cos(radians));
    const auto s = static_cast<float>(std::sin(radians));
    render::VoxelGrid result = shape;
    for (int z = 0; z < shape.resolution; ++z) {
        for (int y = 0; y < shape.resolution; ++y) {
            for (int x = 0; x < shape.resolution; ++x) {
                const Eigen::Vector3f p = shape.centre(x, y, z);
                result.at(x, y, z) =
                    render::sample_trilinear(shape, {c * p.x() + s * p.z(), p.y(), c * p.z() - s * p.x()});
            }
        }
    }
    return result;
}

bool rotationally_symmetric(const render::VoxelGrid& shape) {
    for (int degrees = smallest_turn; degrees <= 180; degrees += turn_step) {
        if (iou(turned(shape, degrees), shape, 0.5F) > same_overlap) return true;
    }
    return false;
}

}  // namespace maquette::recon
