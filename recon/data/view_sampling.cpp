#include "recon/data/view_sampling.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

namespace maquette::recon {

namespace {

constexpr double lowest_elevation = -10;  // degrees
constexpr double highest_elevation = 60;
constexpr double narrowest_field_of_view = 20;
constexpr double widest_field_of_view = 70;
constexpr double largest_roll = 15;
constexpr double smallest_fill = 0.65;  // of the picture's side
constexpr double largest_fill = 0.95;
constexpr double largest_offset = 0.04;
constexpr double border = 0.01;
constexpr double nearest_surface = 0.15;  // object units in front of the camera

double radians(double degrees) {
    return degrees * std::numbers::pi / 180;
}
double degrees(double radians) {
    return radians * 180 / std::numbers::pi;
}

/// splitmix64 (Steele, Lea, Flood 2014). The standard library's distributions differ between implementations.
class RandomStream {
public:
    explicit RandomStream(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        state_ += 0x9E3779B97F4A7C15U;
        std::uint64_t value = state_;
        value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
        value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
        return value ^ (value >> 31U);
    }

    double uniform(double low, double high) {
        return low + (high - low) * static_cast<double>(next() >> 11U) * 0x1.0p-53;
    }

private:
    std::uint64_t state_;
};

/// FNV-1a.
std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (const char letter : text) {
        hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001B3U;
    }
    return hash;
}

/// The vertices farthest out in a few hundred directions: enough to frame the shape, whatever its triangle count.
Eigen::Matrix3Xd outline_of(const render::TriangleMesh& mesh) {
    constexpr int directions = 256;
    std::vector<bool> used(mesh.vertices.size());
    for (const auto& triangle : mesh.triangles) {
        for (int corner = 0; corner < 3; ++corner) {
            used[static_cast<std::size_t>(triangle[corner])] = true;
        }
    }
    Eigen::Matrix<float, directions, 3> spiral;
    for (int i = 0; i < directions; ++i) {
        const double y = 1 - 2 * (i + 0.5) / directions;
        const double turn = i * std::numbers::pi * (3 - std::sqrt(5.0));
        const double radius = std::sqrt(1 - y * y);
        spiral.row(i) = Eigen::Vector3d(radius * std::cos(turn), y, radius * std::sin(turn)).cast<float>();
    }
    Eigen::Array<float, directions, 1> farthest;
    farthest.setConstant(-std::numeric_limits<float>::infinity());
    std::vector<std::size_t> extreme(directions, 0);
    for (std::size_t v = 0; v < used.size(); ++v) {
        if (!used[v]) {
            continue;
        }
        const Eigen::Array<float, directions, 1> reach = (spiral * mesh.vertices[v]).array();
        if (!(reach > farthest).any()) {
            continue;
        }
        for (int i = 0; i < directions; ++i) {
            if (reach[i] > farthest[i]) {
                farthest[i] = reach[i];
                extreme[static_cast<std::size_t>(i)] = v;
            }
        }
    }
    std::sort(extreme.begin(), extreme.end());
    extreme.erase(std::unique(extreme.begin(), extreme.end()), extreme.end());
    Eigen::Matrix3Xd outline(3, static_cast<Eigen::Index>(extreme.size()));
    for (std::size_t i = 0; i < extreme.size(); ++i) {
        outline.col(static_cast<Eigen::Index>(i)) = mesh.vertices[extreme[i]].cast<double>();
    }
    return outline;
}

/// Bounds of the projection on the plane at unit focal length, for an outline turned into the camera's axes.
struct Extent {
    Eigen::Array2d low;
    Eigen::Array2d high;
    [[nodiscard]] double longer_side() const { return (high - low).maxCoeff(); }
};

Extent extent_at(const Eigen::Matrix3Xd& turned, double distance) {
    const Eigen::ArrayXXd projected = turned.topRows<2>().array().rowwise() / (turned.row(2).array() + distance).eval();
    return {projected.rowwise().minCoeff(), projected.rowwise().maxCoeff()};
}

/// The distance at which the longer side is `side` at unit focal length.
double distance_for(const Eigen::Matrix3Xd& turned, double side) {
    double near_end = -turned.row(2).minCoeff() + nearest_surface;
    double far_end = 100;
    if (extent_at(turned, near_end).longer_side() < side) {
        return near_end;
    }
    for (int i = 0; i < 40; ++i) {
        const double middle = (near_end + far_end) / 2;
        (extent_at(turned, middle).longer_side() > side ? near_end : far_end) = middle;
    }
    return far_end;
}

/// Where to put the principal point along one axis so that the shape stays inside: as asked where possible.
double principal_point(double asked, double focal, double low, double high, int size) {
    const double least = border * size - focal * low;
    const double most = (1 - border) * size - focal * high;
    return std::clamp(asked, std::min(least, most), std::max(least, most));
}

/// A random sky and sun, and a softer light from the camera's side: with the sun behind the shape, sky light alone
/// would leave one flat tone, where a photograph shows its edges.
render::Lighting lighting_for(const render::Camera& camera, RandomStream& random) {
    render::Lighting lighting = render::random_lighting(random.next());
    const Eigen::Vector3d aside(random.uniform(-1, 1), random.uniform(-1, 0.2), -1);
    const auto strength = static_cast<float>(random.uniform(0.15, 0.5));
    lighting.lights.push_back({(camera.cam_from_object.linear().transpose() * aside.normalized()).cast<float>(),
                               Eigen::Vector3f::Constant(strength), false});
    return lighting;
}

}  // namespace

std::vector<SampledView> sample_views(const render::TriangleMesh& mesh, const std::string& shape_id,
                                      const DatasetOptions& options) {
    RandomStream random(hash_of(shape_id) ^ (options.seed * 0x9E3779B97F4A7C15U));
    const Eigen::Matrix3Xd outline = outline_of(mesh);
    const int size = options.image_size;

    std::vector<SampledView> views(static_cast<std::size_t>(options.views));
    for (int i = 0; i < options.views; ++i) {
        render::OrbitPose pose;
        pose.azimuth = (i + random.uniform(0, 1)) * 360 / options.views - 180;
        pose.elevation = degrees(
            std::asin(random.uniform(std::sin(radians(lowest_elevation)), std::sin(radians(highest_elevation)))));
        pose.field_of_view =
            std::exp(random.uniform(std::log(narrowest_field_of_view), std::log(widest_field_of_view)));
        const double roll = random.uniform(-largest_roll, largest_roll);
        pose.roll = i % 2 == 0 ? 0 : roll;
        const double fill = random.uniform(smallest_fill, largest_fill);
        const double offset_x = random.uniform(-largest_offset, largest_offset);
        const double offset_y = random.uniform(-largest_offset, largest_offset);

        pose.distance = 2;
        render::Camera camera = render::orbit_camera(pose, size, size);
        const Eigen::Matrix3Xd turned = camera.cam_from_object.linear() * outline;
        pose.distance = distance_for(turned, fill * size / camera.fx);
        const Extent extent = extent_at(turned, pose.distance);
        camera = render::orbit_camera(pose, size, size);
        camera.cx = principal_point((0.5 + offset_x) * size, camera.fx, extent.low.x(), extent.high.x(), size);
        camera.cy = principal_point((0.5 + offset_y) * size, camera.fy, extent.low.y(), extent.high.y(), size);

        views[static_cast<std::size_t>(i)] = {camera, pose, lighting_for(camera, random)};
    }
    for (std::size_t i = views.size(); i > 1; --i) {
        std::swap(views[i - 1], views[random.next() % i]);
    }
    return views;
}

}  // namespace maquette::recon
