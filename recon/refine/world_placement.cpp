#include "recon/refine/world_placement.h"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>
#include <utility>

#include "render/error.h"
#include "render/median.h"

namespace maquette::recon {
namespace {

constexpr float covered = 0.5F;
/// Of the mean upward direction against the horizontal axes: small, so that it decides only what these leave open.
constexpr double mean_weight = 0.02;
/// Sine squared, or so, of the least angle between rays whose intersection is worth something.
constexpr double least_spread = 2e-4;
constexpr double largest_miss = 1.0;  // object sizes
constexpr double nearest_depth = 0.05;
constexpr int hull_directions = 300;
constexpr int rounds = 12;
/// A side that no view shows keeps the prior's proportions; less than what masks tell.
constexpr double proportion_weight = 0.02;
constexpr double largest_stretch = 0.9;  // natural logarithm
constexpr double largest_shift = 0.75;   // object units

using Edges = Eigen::Array4d;  // left, right, top, bottom

/// Of a mask, fractions of its side. Empty: left is not below right.
Edges edges_of(const render::FloatImage& mask) {
    Edges edges(mask.width, 0, mask.height, 0);
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) < covered) continue;
            edges[0] = std::min(edges[0], 1.0 * x);
            edges[1] = std::max(edges[1], x + 1.0);
            edges[2] = std::min(edges[2], 1.0 * y);
            edges[3] = std::max(edges[3], y + 1.0);
        }
    }
    return edges / std::max(mask.width, 1);
}

/// A picture as the fit sees it.
struct SeenMask {
    Eigen::Matrix<double, 3, 4> picture_from_object;
    Edges edges;
};

Eigen::Matrix<double, 3, 4> picture_from_object(const render::Camera& camera) {
    Eigen::Matrix3d inner;
    inner << camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, camera.width;
    return inner / camera.width * camera.cam_from_object.matrix().topRows<3>();
}

/// Those of the points that reach furthest in some direction: all that a bounding rectangle depends on, nearly.
Eigen::Matrix3Xd furthest(const Eigen::Matrix3Xd& points) {
    const double golden = std::numbers::pi * (3 - std::sqrt(5.0));
    std::set<Eigen::Index> chosen;
    for (int i = 0; i < hull_directions; ++i) {
        const double y = 1 - 2 * (i + 0.5) / hull_directions;
        const double radius = std::sqrt(1 - y * y);
        const Eigen::RowVector3d direction(radius * std::cos(golden * i), y, radius * std::sin(golden * i));
        Eigen::Index furthest = 0;
        (direction * points).maxCoeff(&furthest);
        chosen.insert(furthest);
    }
    for (int axis = 0; axis < 3; ++axis) {
        Eigen::Index index = 0;
        points.row(axis).maxCoeff(&index);
        chosen.insert(index);
        points.row(axis).minCoeff(&index);
        chosen.insert(index);
    }
    Eigen::Matrix3Xd result(3, static_cast<Eigen::Index>(chosen.size()));
    Eigen::Index column = 0;
    for (const Eigen::Index i : chosen) result.col(column++) = points.col(i);
    return result;
}

/// Shift of the box (object units) and natural logarithms of its sides' stretch.
using Box = Eigen::Matrix<double, 6, 1>;

class BoxFit {
public:
    BoxFit(std::vector<SeenMask> masks, Eigen::Matrix3Xd points)
        : masks_(std::move(masks)), points_(std::move(points)) {}

    /// Empty when a point comes too close to a camera.
    [[nodiscard]] Eigen::VectorXd residuals(const Box& box) const {
        const Eigen::Vector3d stretch = box.tail<3>().array().exp();
        Eigen::VectorXd all(4 * static_cast<Eigen::Index>(masks_.size()) + 3);
        Eigen::Index row = 0;
        for (const SeenMask& mask : masks_) {
            const Eigen::Matrix3d turn = mask.picture_from_object.leftCols<3>() * stretch.asDiagonal();
            const Eigen::Vector3d origin =
                mask.picture_from_object.leftCols<3>() * box.head<3>() + mask.picture_from_object.col(3);
            const Eigen::Matrix3Xd seen = (turn * points_).colwise() + origin;
            if (seen.row(2).minCoeff() < nearest_depth) return {};
            const Eigen::Array2Xd places = seen.topRows<2>().array().rowwise() / seen.row(2).array();
            const Edges edges(places.row(0).minCoeff(), places.row(0).maxCoeff(), places.row(1).minCoeff(),
                              places.row(1).maxCoeff());
            all.segment<4>(row) = (edges - mask.edges).matrix();
            row += 4;
        }
        all.tail<3>() = proportion_weight * (box.tail<3>().array() - box.tail<3>().mean()).matrix();
        return all;
    }

    /// Levenberg-Marquardt with differences for derivatives.
    [[nodiscard]] Box solve() const {
        constexpr double probe = 1e-4;
        Box box = Box::Zero();
        Eigen::VectorXd now = residuals(box);
        double damping = 1e-3;
        for (int round = 0; round < rounds && now.size() > 0; ++round) {
            Eigen::MatrixXd slopes(now.size(), box.size());
            for (Eigen::Index i = 0; i < box.size(); ++i) {
                const Eigen::VectorXd moved = residuals(box + probe * Box::Unit(i));
                if (moved.size() == 0) return box;
                slopes.col(i) = (moved - now) / probe;
            }
            Eigen::Matrix<double, 6, 6> normal = slopes.transpose() * slopes;
            normal.diagonal() *= 1 + damping;
            normal.diagonal().array() += 1e-9;
            Box next = box - normal.ldlt().solve(slopes.transpose() * now);
            next.head<3>() = next.head<3>().cwiseMax(-largest_shift).cwiseMin(largest_shift);
            next.tail<3>() = next.tail<3>().cwiseMax(-largest_stretch).cwiseMin(largest_stretch);
            const Eigen::VectorXd then = residuals(next);
            if (then.size() == 0 || !(then.squaredNorm() < now.squaredNorm())) {
                damping = std::max(damping, 1e-4) * 10;
                continue;
            }
            damping /= 10;
            const double step = (next - box).cwiseAbs().maxCoeff();
            box = next;
            now = then;
            if (step < 1e-5) break;
        }
        return box;
    }

private:
    std::vector<SeenMask> masks_;
    Eigen::Matrix3Xd points_;
};

struct MaskRay {
    Eigen::Vector3d origin;
    Eigen::Vector3d direction;
    double extent = 0;  ///< of the mask's longer side at depth 1
};

std::vector<MaskRay> rays_of(std::span<const View> views) {
    std::vector<MaskRay> rays;
    for (const View& view : views) {
        const render::Camera& camera = *view.camera;
        const Edges edges = edges_of(view.mask) * camera.width;
        if (!(edges[1] > edges[0])) {
            throw InputError(
                fmt::format("{}: nothing of the object is in the mask, so that its place cannot be found", view.name));
        }
        const auto ray = camera.ray((edges[0] + edges[1]) / 2, (edges[2] + edges[3]) / 2);
        rays.push_back({ray.origin_in_object, ray.direction_in_object,
                        std::max((edges[1] - edges[0]) / camera.fx, (edges[3] - edges[2]) / camera.fy)});
    }
    return rays;
}

Eigen::Vector3d intersection_of(const std::vector<MaskRay>& rays) {
    Eigen::Matrix3d sum = Eigen::Matrix3d::Zero();
    Eigen::Vector3d right = Eigen::Vector3d::Zero();
    Eigen::Vector3d middle = Eigen::Vector3d::Zero();
    for (const MaskRay& ray : rays) middle += ray.origin / static_cast<double>(rays.size());
    for (const MaskRay& ray : rays) {
        const Eigen::Matrix3d across = Eigen::Matrix3d::Identity() - ray.direction * ray.direction.transpose();
        sum += across;
        right += across * (ray.origin - middle);
    }
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> axes(sum, Eigen::EigenvaluesOnly);
    if (!(axes.eigenvalues()[0] > least_spread * static_cast<double>(rays.size()))) {
        throw InputError(
            "the cameras all see the object from the same direction, so that how far it is cannot be told; give photos "
            "from several sides");
    }
    return middle + sum.ldlt().solve(right);
}

Eigen::Matrix3d upright(const Eigen::Vector3d& up, const Eigen::Vector3d& towards) {
    Eigen::Vector3d front = towards - up * up.dot(towards);
    if (front.norm() < 1e-3 * towards.norm()) front = up.unitOrthogonal();
    Eigen::Matrix3d rows;
    rows.row(1) = up.normalized();
    rows.row(2) = front.normalized();
    rows.row(0) = rows.row(1).cross(rows.row(2));
    return rows;
}

}  // namespace

render::Camera placed_camera(const render::Camera& from_world, const WorldPlacement& placement) {
    render::Camera camera = from_world;
    const Eigen::Matrix3d turn = from_world.cam_from_object.linear();
    camera.cam_from_object.linear() = turn * placement.object_from_world.transpose();
    camera.cam_from_object.translation() =
        (turn * placement.centre + from_world.cam_from_object.translation()) / placement.size;
    return camera;
}

WorldPlacement turned(const WorldPlacement& placement, double degrees) {
    WorldPlacement result = placement;
    result.object_from_world =
        Eigen::AngleAxisd(degrees * std::numbers::pi / 180, Eigen::Vector3d::UnitY()) * placement.object_from_world;
    return result;
}

Eigen::Vector3d up_of_cameras(std::span<const render::Camera> from_world) {
    Eigen::Vector3d mean = Eigen::Vector3d::Zero();
    Eigen::Matrix3d level = Eigen::Matrix3d::Zero();
    for (const render::Camera& camera : from_world) {
        const Eigen::Matrix3d turn = camera.cam_from_object.linear();
        mean -= turn.row(1).transpose();
        level += turn.row(0).transpose() * turn.row(0);
    }
    if (mean.norm() < 1e-6) return Eigen::Vector3d::UnitY();
    const double weight = mean_weight * static_cast<double>(from_world.size());
    return (level + weight * Eigen::Matrix3d::Identity()).ldlt().solve(weight * mean.normalized()).normalized();
}

WorldPlacement rough_placement(std::span<const View> views, const WorldFrame& frame) {
    if (views.size() < 2) {
        throw InputError("one photo does not say how far the object is; give several of the cameras' photos");
    }
    const std::vector<MaskRay> rays = rays_of(views);
    WorldPlacement placement;
    placement.centre = intersection_of(rays);
    std::vector<double> sizes;
    for (std::size_t i = 0; i < views.size(); ++i) {
        const double depth = (views[i].camera->cam_from_object * placement.centre).z();
        if (!(depth > 0)) {
            throw InputError(fmt::format(
                "{}: the object that the other photos show would be behind this one's camera; do photos and cameras "
                "belong together, and do the masks show the same object?",
                views[i].name));
        }
        sizes.push_back(depth * rays[i].extent);
    }
    placement.size = render::median_of(std::move(sizes));
    for (std::size_t i = 0; i < views.size(); ++i) {
        const double miss = (placement.centre - rays[i].origin).cross(rays[i].direction).norm() / placement.size;
        if (miss < largest_miss) continue;
        throw InputError(
            fmt::format("{}: its object is {:.1f} times the object's size away from where the other photos show it; do "
                        "photos and cameras belong together, and do the masks show the same object?",
                        views[i].name, miss));
    }
    std::vector<render::Camera> cameras;
    for (const View& view : views) cameras.push_back(*view.camera);
    const Eigen::Vector3d up = frame.up.value_or(up_of_cameras(cameras));
    placement.object_from_world = upright(up, frame.front.value_or(rays.front().origin - placement.centre));
    return placement;
}

WorldPlacement fitted_placement(std::span<const View> views, const WorldPlacement& start,
                                const Eigen::Matrix3Xd& points) {
    std::vector<SeenMask> masks;
    for (const View& view : views) {
        masks.push_back({picture_from_object(placed_camera(*view.camera, start)), edges_of(view.mask)});
    }
    const Eigen::Vector3d low = points.rowwise().minCoeff();
    const Eigen::Vector3d high = points.rowwise().maxCoeff();
    const Eigen::Matrix3Xd hull = furthest(points);
    const Box box = BoxFit(std::move(masks), hull).solve();
    const Eigen::Vector3d stretch = box.tail<3>().array().exp();
    const Eigen::Vector3d middle = box.head<3>() + stretch.cwiseProduct(low + high) / 2;
    WorldPlacement result = start;
    result.centre += start.object_from_world.transpose() * middle * start.size;
    result.size *= (high - low).cwiseProduct(stretch).maxCoeff();
    return result;
}

}  // namespace maquette::recon
