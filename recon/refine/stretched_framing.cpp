#include "recon/refine/stretched_framing.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace maquette::recon {
namespace {

constexpr int rounds = 6;
constexpr double largest_stretch = 0.9;  // natural logarithm
constexpr double largest_step = 0.4;
constexpr double probe = 0.05;
constexpr double least_slope = 1e-3;  // squared
constexpr double nearest_depth = 0.05;
constexpr std::array<double, 3> usual_proportions = {0.8, 0.8, 0.8};

struct Box {
    Eigen::Array2d low = Eigen::Array2d::Constant(1e9);
    Eigen::Array2d high = Eigen::Array2d::Constant(-1e9);

    [[nodiscard]] bool empty() const { return !((high > low).all()); }
    [[nodiscard]] Eigen::Array2d size() const { return high - low; }
    [[nodiscard]] double log_aspect() const { return std::log(size().x() / size().y()); }
    [[nodiscard]] Eigen::Vector2d centre() const { return (low + high).matrix() / 2; }
};

Box box_of(const render::FloatImage& mask) {
    Box box;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) < 0.5F) continue;
            box.low = box.low.min(Eigen::Array2d(x, y));
            box.high = box.high.max(Eigen::Array2d(x + 1, y + 1));
        }
    }
    box.low /= std::max(mask.width, 1);
    box.high /= std::max(mask.width, 1);
    return box;
}

/// Of the points stretched, centred and brought back to a longest side of 1. Empty when one is behind the camera.
Box box_of(const Projection& picture_from_object, const Eigen::Matrix3Xd& points, const Eigen::Vector3d& log_stretch) {
    const Eigen::Vector3d stretch = log_stretch.array().exp();
    const Eigen::Vector3d low = points.rowwise().minCoeff().cwiseProduct(stretch);
    const Eigen::Vector3d high = points.rowwise().maxCoeff().cwiseProduct(stretch);
    const double side = (high - low).maxCoeff();
    const Eigen::Matrix3d turn = picture_from_object.leftCols<3>() * (stretch / side).asDiagonal();
    const Eigen::Vector3d origin =
        picture_from_object.col(3) - picture_from_object.leftCols<3>() * ((low + high) / (2 * side));
    Box box;
    for (Eigen::Index i = 0; i < points.cols(); ++i) {
        const Eigen::Vector3d seen = turn * points.col(i) + origin;
        if (seen.z() < nearest_depth) return {};
        const Eigen::Array2d place = seen.head<2>().array() / seen.z();
        box.low = box.low.min(place);
        box.high = box.high.max(place);
    }
    return box;
}

}  // namespace

Eigen::Matrix3Xd outline_points(const render::VoxelGrid& occupancy) {
    const float highest =
        occupancy.values.empty() ? 0 : *std::max_element(occupancy.values.begin(), occupancy.values.end());
    std::vector<Eigen::Vector3d> centres;
    for (int z = 0; highest > 0 && z < occupancy.resolution; ++z) {
        for (int y = 0; y < occupancy.resolution; ++y) {
            for (int x = 0; x < occupancy.resolution; ++x) {
                if (occupancy.at(x, y, z) >= highest / 2) {
                    centres.emplace_back(occupancy.centre(x, y, z).cast<double>());
                }
            }
        }
    }
    if (centres.empty()) {
        for (int i = 0; i < 8; ++i) {
            centres.emplace_back(((i & 1) - 0.5) * usual_proportions[0], ((i >> 1 & 1) - 0.5) * usual_proportions[1],
                                 ((i >> 2) - 0.5) * usual_proportions[2]);
        }
    }
    Eigen::Matrix3Xd points(3, static_cast<Eigen::Index>(centres.size()));
    for (std::size_t i = 0; i < centres.size(); ++i) points.col(static_cast<Eigen::Index>(i)) = centres[i];
    const Eigen::Vector3d low = points.rowwise().minCoeff();
    const Eigen::Vector3d high = points.rowwise().maxCoeff();
    // Cells reach half their side beyond their centres.
    const double cell = highest > 0 ? occupancy.cell() : 0;
    const Eigen::Array3d extent = (high - low).array();
    const Eigen::Array3d grown = extent + cell;
    const Eigen::Vector3d factor = (extent > 1e-9).select(grown / extent.max(1e-9), 1.0) / grown.maxCoeff();
    return factor.asDiagonal() * (points.colwise() - (low + high) / 2);
}

std::optional<StretchedFraming> stretched_framing(const Projection& picture_from_object, const Eigen::Matrix3Xd& points,
                                                  const render::FloatImage& mask) {
    const Box wanted = box_of(mask);
    if (wanted.empty() || points.cols() == 0) return std::nullopt;
    Eigen::Vector3d log_stretch = Eigen::Vector3d::Zero();
    for (int round = 0; round < rounds; ++round) {
        const Box seen = box_of(picture_from_object, points, log_stretch);
        if (seen.empty()) return std::nullopt;
        const double missing = wanted.log_aspect() - seen.log_aspect();
        Eigen::Vector3d slope = Eigen::Vector3d::Zero();
        for (int axis = 0; axis < 3; ++axis) {
            const Box moved = box_of(picture_from_object, points, log_stretch + probe * Eigen::Vector3d::Unit(axis));
            if (!moved.empty()) slope[axis] = (moved.log_aspect() - seen.log_aspect()) / probe;
        }
        if (std::abs(missing) < 1e-3 || slope.squaredNorm() < least_slope) break;
        Eigen::Vector3d step = slope * (missing / slope.squaredNorm());
        step *= std::min(1.0, largest_step / step.norm());
        log_stretch = (log_stretch + step).cwiseMax(-largest_stretch).cwiseMin(largest_stretch);
    }
    const Box seen = box_of(picture_from_object, points, log_stretch);
    if (seen.empty()) return std::nullopt;
    StretchedFraming framing;
    framing.scale = std::sqrt((wanted.size() / seen.size()).prod());
    framing.shift = wanted.centre() - framing.scale * seen.centre();
    framing.stretch = log_stretch.array().exp();
    return framing;
}

CropCamera framed_stretched(const CropCamera& crop, const Eigen::Matrix3Xd& points, const render::FloatImage& mask) {
    const render::Camera camera = camera_of(crop, 1);
    Eigen::Matrix3d inner;
    inner << camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1;
    const auto framing = stretched_framing(inner * camera.cam_from_object.matrix().topRows<3>(), points, mask);
    if (!framing) return crop;
    CropCamera result = crop;
    result.scale *= framing->scale;
    result.centre_x = framing->scale * crop.centre_x + framing->shift.x();
    result.centre_y = framing->scale * crop.centre_y + framing->shift.y();
    return result;
}

}  // namespace maquette::recon
