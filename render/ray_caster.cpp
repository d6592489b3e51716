#include "render/ray_caster.h"

#include <embree3/rtcore.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "render/error.h"
#include "render/triangle_mesh.h"

namespace maquette::render {
namespace {

constexpr unsigned all_geometry = 0xFFFFFFFFU;

/// One thread builds each hierarchy, so that the same mesh gives the same tree, and ties the same triangle.
class Device {
public:
    Device() : device_(rtcNewDevice("threads=1")) {
        if (device_ == nullptr) {
            throw Error(fmt::format("Embree did not start (error {}); check the libembree3 package",
                                    static_cast<int>(rtcGetDeviceError(nullptr))));
        }
    }
    ~Device() { rtcReleaseDevice(device_); }
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    static RTCDevice shared() {
        static const Device device;
        return device.device_;
    }

private:
    RTCDevice device_;
};

RTCRay make_ray(const Eigen::Vector3f& origin, const Eigen::Vector3f& unit_direction, float near_distance,
                float far_distance) {
    RTCRay ray{};
    ray.org_x = origin.x();
    ray.org_y = origin.y();
    ray.org_z = origin.z();
    ray.dir_x = unit_direction.x();
    ray.dir_y = unit_direction.y();
    ray.dir_z = unit_direction.z();
    ray.tnear = near_distance;
    ray.tfar = far_distance;
    ray.mask = all_geometry;
    return ray;
}

/// By the Voronoi regions of corners, edges and face (Ericson, Real-Time Collision Detection, 5.1.5).
Eigen::Vector3f closest_on_triangle(const Eigen::Vector3f& p, const Eigen::Vector3f& a, const Eigen::Vector3f& b,
                                    const Eigen::Vector3f& c) {
    const Eigen::Vector3f ab = b - a;
    const Eigen::Vector3f ac = c - a;
    const Eigen::Vector3f ap = p - a;
    const float d1 = ab.dot(ap);
    const float d2 = ac.dot(ap);
    if (d1 <= 0 && d2 <= 0) {
        return a;
    }
    const Eigen::Vector3f bp = p - b;
    const float d3 = ab.dot(bp);
    const float d4 = ac.dot(bp);
    if (d3 >= 0 && d4 <= d3) {
        return b;
    }
    const float vc = d1 * d4 - d3 * d2;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) {
        return a + ab * (d1 > d3 ? d1 / (d1 - d3) : 0.0F);
    }
    const Eigen::Vector3f cp = p - c;
    const float d5 = ab.dot(cp);
    const float d6 = ac.dot(cp);
    if (d6 >= 0 && d5 <= d6) {
        return c;
    }
    const float vb = d5 * d2 - d1 * d6;
    if (vb <= 0 && d2 >= 0 && d6 <= 0) {
        return a + ac * (d2 > d6 ? d2 / (d2 - d6) : 0.0F);
    }
    const float va = d3 * d6 - d5 * d4;
    if (va <= 0 && d4 >= d3 && d5 >= d6) {
        const float length = (d4 - d3) + (d5 - d6);
        return b + (c - b) * (length > 0 ? (d4 - d3) / length : 0.0F);
    }
    const float sum = va + vb + vc;
    return a + ab * (vb / sum) + ac * (vc / sum);
}

}  // namespace

struct RayCaster::Impl {
    std::vector<Eigen::Vector3f> vertices;
    std::vector<Eigen::Vector3i> triangles;
    RTCScene scene = nullptr;

    explicit Impl(const TriangleMesh& mesh) : vertices(mesh.vertices), triangles(mesh.triangles) {
        const std::size_t vertex_count = vertices.size();
        // Embree reads 16 bytes at every vertex, the last one included.
        vertices.emplace_back(0.0F, 0.0F, 0.0F);
        RTCDevice device = Device::shared();
        scene = rtcNewScene(device);
        RTCGeometry geometry = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
        rtcSetSharedGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, vertices.data(), 0,
                                   sizeof(Eigen::Vector3f), vertex_count);
        rtcSetSharedGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, triangles.data(), 0,
                                   sizeof(Eigen::Vector3i), triangles.size());
        rtcSetGeometryMask(geometry, all_geometry);
        rtcCommitGeometry(geometry);
        rtcAttachGeometryByID(scene, geometry, 0);
        rtcReleaseGeometry(geometry);
        rtcSetSceneFlags(scene, RTC_SCENE_FLAG_ROBUST);
        rtcSetSceneBuildQuality(scene, RTC_BUILD_QUALITY_MEDIUM);
        rtcCommitScene(scene);
        const RTCError error = rtcGetDeviceError(device);
        if (error != RTC_ERROR_NONE) {
            rtcReleaseScene(scene);
            throw Error(
                fmt::format("Embree cannot index {} triangles (error {}); memory may be short: use a mesh "
                            "with fewer triangles",
                            triangles.size(), static_cast<int>(error)));
        }
    }
    ~Impl() { rtcReleaseScene(scene); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] const Eigen::Vector3f& corner(unsigned triangle, int which) const {
        return vertices[static_cast<std::size_t>(triangles[triangle][which])];
    }
};

namespace {

struct ClosestQuery {
    const std::vector<Eigen::Vector3f>& vertices;
    const std::vector<Eigen::Vector3i>& triangles;
    Eigen::Vector3f point;
    RayCaster::ClosestPoint best;
};

bool visit_triangle(RTCPointQueryFunctionArguments* arguments) {
    auto& query = *static_cast<ClosestQuery*>(arguments->userPtr);
    const Eigen::Vector3i& triangle = query.triangles[arguments->primID];
    const Eigen::Vector3f position = closest_on_triangle(
        query.point, query.vertices[static_cast<std::size_t>(triangle[0])],
        query.vertices[static_cast<std::size_t>(triangle[1])], query.vertices[static_cast<std::size_t>(triangle[2])]);
    const float distance = (position - query.point).norm();
    if (!(distance <= arguments->query->radius) || !(distance < query.best.distance)) {
        return false;
    }
    query.best.distance = distance;
    query.best.triangle = static_cast<int>(arguments->primID);
    query.best.position = position;
    arguments->query->radius = distance;
    return true;
}

}  // namespace

RayCaster::RayCaster(const TriangleMesh& mesh) {
    mesh.validate("mesh for ray casting");
    impl_ = std::make_unique<Impl>(mesh);
}

RayCaster::~RayCaster() = default;
RayCaster::RayCaster(RayCaster&&) noexcept = default;
RayCaster& RayCaster::operator=(RayCaster&&) noexcept = default;

RayCaster::Hit RayCaster::cast(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction,
                               float near_distance) const {
    const float length = direction.norm();
    if (!(length > 0) || !std::isfinite(length) || !origin.allFinite()) {
        return {};
    }
    const Eigen::Vector3f unit_direction = direction / length;
    RTCRayHit query{};
    query.ray = make_ray(origin, unit_direction, near_distance, std::numeric_limits<float>::infinity());
    query.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    rtcIntersect1(impl_->scene, &context, &query);
    if (query.hit.geomID == RTC_INVALID_GEOMETRY_ID) {
        return {};
    }
    Hit hit;
    hit.distance = query.ray.tfar;
    hit.triangle = static_cast<int>(query.hit.primID);
    hit.u = query.hit.u;
    hit.v = query.hit.v;
    const Eigen::Vector3f& a = impl_->corner(query.hit.primID, 0);
    const Eigen::Vector3f normal =
        (impl_->corner(query.hit.primID, 1) - a).cross(impl_->corner(query.hit.primID, 2) - a).stableNormalized();
    hit.normal = normal.squaredNorm() > 0.5F ? normal : Eigen::Vector3f(-unit_direction);
    return hit;
}

bool RayCaster::occluded(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction, float max_distance) const {
    const float length = direction.norm();
    if (!(length > 0) || !std::isfinite(length) || !origin.allFinite()) {
        return false;
    }
    RTCRay ray = make_ray(origin, direction / length, 0, max_distance);
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    rtcOccluded1(impl_->scene, &context, &ray);
    return ray.tfar < 0;
}

RayCaster::ClosestPoint RayCaster::closest(const Eigen::Vector3f& point, float radius) const {
    if (!point.allFinite()) {
        return {};
    }
    ClosestQuery query{impl_->vertices, impl_->triangles, point, {}};
    RTCPointQuery region{};
    region.x = point.x();
    region.y = point.y();
    region.z = point.z();
    region.radius = radius;
    RTCPointQueryContext context;
    rtcInitPointQueryContext(&context);
    rtcPointQuery(impl_->scene, &region, &context, &visit_triangle, &query);
    return query.best;
}

}  // namespace maquette::render
