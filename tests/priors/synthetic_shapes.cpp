#include "synthetic_shapes.h"

#include <Eigen/Geometry>

namespace maquette::priors {

using Eigen::Vector3f;

render::TriangleMesh box_between(const Vector3f& low, const Vector3f& high) {
    render::TriangleMesh box = render::make_box(high - low);
    for (Vector3f& vertex : box.vertices) {
        vertex += (low + high) / 2;
    }
    box.vertex_normals.clear();
    return box;
}

render::TriangleMesh joined(const std::vector<render::TriangleMesh>& parts) {
    render::TriangleMesh all;
    for (const render::TriangleMesh& part : parts) {
        const auto offset = static_cast<int>(all.vertices.size());
        all.vertices.insert(all.vertices.end(), part.vertices.begin(), part.vertices.end());
        for (const Eigen::Vector3i& triangle : part.triangles) {
            all.triangles.push_back(triangle + Eigen::Vector3i::Constant(offset));
        }
    }
    return all;
}

render::TriangleMesh make_chair() {
    std::vector<render::TriangleMesh> parts;
    for (const float x : {-0.25F, 0.2F}) {
        for (const float z : {-0.25F, 0.2F}) {
            parts.push_back(box_between({x, 0, z}, {x + 0.05F, 0.45F, z + 0.05F}));
        }
    }
    parts.push_back(box_between({-0.25F, 0.45F, -0.25F}, {0.25F, 0.5F, 0.25F}));
    parts.push_back(box_between({-0.25F, 0.5F, -0.25F}, {0.25F, 1.0F, -0.2F}));
    render::TriangleMesh chair = joined(parts);
    render::normalise_to_object_frame(chair);
    return chair;
}

render::TriangleMesh make_vehicle() {
    render::TriangleMesh vehicle = joined({box_between({-0.2F, 0.1F, -0.5F}, {0.2F, 0.25F, 0.5F}),
                                           box_between({-0.18F, 0.25F, -0.45F}, {0.18F, 0.4F, 0.05F}),
                                           box_between({-0.2F, 0, 0.25F}, {-0.15F, 0.15F, 0.4F}),
                                           box_between({0.15F, 0, 0.25F}, {0.2F, 0.15F, 0.4F}),
                                           box_between({-0.2F, 0, -0.4F}, {-0.15F, 0.15F, -0.25F}),
                                           box_between({0.15F, 0, -0.4F}, {0.2F, 0.15F, -0.25F})});
    render::normalise_to_object_frame(vehicle);
    return vehicle;
}

render::TriangleMesh make_table() {
    std::vector<render::TriangleMesh> parts = {box_between({-0.5F, 0.4F, -0.3F}, {0.5F, 0.45F, 0.3F})};
    for (const float x : {-0.5F, 0.45F}) {
        for (const float z : {-0.3F, 0.25F}) {
            parts.push_back(box_between({x, 0, z}, {x + 0.05F, 0.4F, z + 0.05F}));
        }
    }
    render::TriangleMesh table = joined(parts);
    render::normalise_to_object_frame(table);
    return table;
}

}  // namespace maquette::priors
