#pragma once

#include <Eigen/Core>
#include <limits>
#include <memory>

namespace maquette::render {

struct TriangleMesh;

/// Rays and closest-point queries against one mesh (Embree 3). Copies the geometry; safe to call from many threads.
/// Rays are cast with mask -1: Debian's Embree is built with ray masks and a zero mask hits nothing.
class RayCaster {
public:
    struct Hit {
        float distance = std::numeric_limits<float>::infinity();  ///< along the unit direction, object units
        int triangle = -1;                                        ///< -1: nothing hit
        float u = 0;                                              ///< barycentric weight of the second vertex
        float v = 0;                                              ///< barycentric weight of the third vertex
        Eigen::Vector3f normal{0, 0, 0};                          ///< geometric, unit length, by winding order
    };
    struct ClosestPoint {
        float distance = std::numeric_limits<float>::infinity();  ///< object units; infinity: none within the radius
        int triangle = -1;
        Eigen::Vector3f position{0, 0, 0};
    };

    /// Throws InputError on an empty mesh.
    explicit RayCaster(const TriangleMesh& mesh);
    ~RayCaster();
    RayCaster(RayCaster&&) noexcept;
    RayCaster& operator=(RayCaster&&) noexcept;

    /// direction: any length above 0.
    [[nodiscard]] Hit cast(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction,
                           float near_distance = 0) const;
    [[nodiscard]] bool occluded(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction,
                                float max_distance = std::numeric_limits<float>::infinity()) const;
    [[nodiscard]] ClosestPoint closest(const Eigen::Vector3f& point,
                                       float radius = std::numeric_limits<float>::infinity()) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace maquette::render
