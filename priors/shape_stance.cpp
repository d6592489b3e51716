#include "priors/shape_stance.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include "render/ray_caster.h"

namespace maquette::priors {
namespace {

using Eigen::Vector2f;
using Eigen::Vector3f;

constexpr int sample_count = 3000;
constexpr unsigned sample_seed = 1;
/// Points this near to the lowest one touch the ground; feet of drawn furniture are seldom level to the last digit.
constexpr float contact_height = 0.02F;

float cross(const Vector2f& a, const Vector2f& b) {
    return a.x() * b.y() - a.y() * b.x();
}

/// Andrew's monotone chain, counter-clockwise.
std::vector<Vector2f> convex_hull(std::vector<Vector2f> points) {
    std::sort(points.begin(), points.end(),
              [](const Vector2f& a, const Vector2f& b) { return a.x() < b.x() || (a.x() == b.x() && a.y() < b.y()); });
    points.erase(std::unique(points.begin(), points.end()), points.end());
    if (points.size() < 3) {
        return points;
    }
    std::vector<Vector2f> hull;
    const auto extend = [&hull](const Vector2f& point, std::size_t keep) {
        while (hull.size() >= keep + 2 &&
               cross(hull.back() - hull[hull.size() - 2], point - hull[hull.size() - 2]) <= 0) {
            hull.pop_back();
        }
        hull.push_back(point);
    };
    for (const Vector2f& point : points) {
        extend(point, 0);
    }
    const std::size_t lower_size = hull.size() - 1;
    for (auto point = points.rbegin() + 1; point != points.rend(); ++point) {
        extend(*point, lower_size);
    }
    hull.pop_back();
    return hull;
}

float area_of(const std::vector<Vector2f>& polygon) {
    float twice = 0;
    for (std::size_t i = 0; i < polygon.size(); ++i) {
        twice += cross(polygon[i], polygon[(i + 1) % polygon.size()]);
    }
    return twice / 2;
}

bool contains(const std::vector<Vector2f>& convex, const Vector2f& point) {
    for (std::size_t i = 0; i < convex.size(); ++i) {
        if (cross(convex[(i + 1) % convex.size()] - convex[i], point - convex[i]) < 0) {
            return false;
        }
    }
    return convex.size() >= 3;
}

Support measure_support(const render::TriangleMesh& mesh, const Vector3f& centroid, int line, float sign) {
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    const int right = (line + 1) % 3;
    const int forward = (line + 2) % 3;
    const float ground = sign > 0 ? box.min()[line] : -box.max()[line];
    const auto touches = [&](const Vector3f& x) { return sign * x[line] - ground < contact_height; };
    const auto on_ground = [&](const Vector3f& x) { return Vector2f(x[right], x[forward]); };

    std::vector<Vector2f> contacts;
    float contact_area = 0;
    for (const Eigen::Vector3i& triangle : mesh.triangles) {
        const Vector3f& a = mesh.vertices[static_cast<std::size_t>(triangle[0])];
        const Vector3f& b = mesh.vertices[static_cast<std::size_t>(triangle[1])];
        const Vector3f& c = mesh.vertices[static_cast<std::size_t>(triangle[2])];
        for (const Vector3f* corner : {&a, &b, &c}) {
            if (touches(*corner)) {
                contacts.push_back(on_ground(*corner));
            }
        }
        if (touches(a) && touches(b) && touches(c)) {
            contact_area += std::abs(cross(on_ground(b) - on_ground(a), on_ground(c) - on_ground(a))) / 2;
        }
    }
    const std::vector<Vector2f> hull = convex_hull(std::move(contacts));
    const float footprint = box.sizes()[right] * box.sizes()[forward];
    const float hull_area = area_of(hull);
    Support support;
    if (footprint > 0 && hull_area > 0) {
        support.hull_fraction = std::min(1.0F, hull_area / footprint);
        support.contact_fraction = std::min(1.0F, contact_area / hull_area);
        support.balanced = contains(hull, on_ground(centroid));
    }
    return support;
}

}  // namespace

ShapeStance measure_stance(const render::TriangleMesh& source) {
    render::TriangleMesh mesh;
    mesh.vertices = source.vertices;
    mesh.triangles = source.triangles;
    render::normalise_to_object_frame(mesh);
    const render::RayCaster caster(mesh);
    const std::vector<Vector3f> samples = render::sample_surface(mesh, sample_count, sample_seed);
    Vector3f centroid = Vector3f::Zero();
    for (const Vector3f& sample : samples) {
        centroid += sample / static_cast<float>(samples.size());
    }

    ShapeStance stance;
    for (int line = 0; line < 3; ++line) {
        float sum = 0;
        for (const Vector3f& sample : samples) {
            Vector3f mirrored = sample;
            mirrored[line] = -mirrored[line];
            sum += caster.closest(mirrored).distance;
        }
        stance.asymmetry[static_cast<std::size_t>(line)] = sum / static_cast<float>(samples.size());

        for (const float sign : {1.0F, -1.0F}) {
            const auto side = 2 * static_cast<std::size_t>(line) + (sign < 0 ? 1U : 0U);
            stance.support[side] = measure_support(mesh, centroid, line, sign);
            Vector3f upper = Vector3f::Zero();
            int count = 0;
            for (const Vector3f& sample : samples) {
                if (sign * sample[line] > 0) {
                    upper += sample;
                    ++count;
                }
            }
            stance.upper_centroid[side] =
                count > 0 ? Vector3f(upper / static_cast<float>(count) - centroid) : Vector3f(Vector3f::Zero());
        }
    }
    return stance;
}

}  // namespace maquette::priors
