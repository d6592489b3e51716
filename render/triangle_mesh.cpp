#include "render/triangle_mesh.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "render/error.h"

namespace maquette::render {
namespace {

/// Twice the triangle's area, along its normal. In double: slivers of single-precision corners keep their direction.
Eigen::Vector3d doubled_area_normal(const TriangleMesh& mesh, const Eigen::Vector3i& triangle) {
    const Eigen::Vector3d a = mesh.vertices[static_cast<std::size_t>(triangle[0])].cast<double>();
    const Eigen::Vector3d b = mesh.vertices[static_cast<std::size_t>(triangle[1])].cast<double>();
    const Eigen::Vector3d c = mesh.vertices[static_cast<std::size_t>(triangle[2])].cast<double>();
    return (b - a).cross(c - a);
}

void require_length(const std::string& what, const char* attribute, std::size_t length, std::size_t expected,
                    const char* unit) {
    if (length != 0 && length != expected) {
        throw InputError(
            fmt::format("{}: {} {} for {} {}; give one each, or none", what, length, attribute, expected, unit));
    }
}

/// Unlike std::uniform_real_distribution the same on every standard library.
double unit_random(std::mt19937_64& generator) {
    return static_cast<double>(generator() >> 11U) * 0x1p-53;
}

}  // namespace

Eigen::AlignedBox3f TriangleMesh::bounding_box() const {
    Eigen::AlignedBox3f box;
    for (const Eigen::Vector3i& triangle : triangles) {
        for (const int corner : triangle) {
            box.extend(vertices[static_cast<std::size_t>(corner)]);
        }
    }
    return box;
}

void TriangleMesh::transform(const Eigen::Affine3f& target_from_source) {
    for (Eigen::Vector3f& vertex : vertices) {
        vertex = target_from_source * vertex;
    }
    const Eigen::Matrix3f linear = target_from_source.linear();
    const bool mirrors = linear.determinant() < 0;
    // The cofactors are the inverse transpose up to a scale, and exist for flattening transforms too.
    Eigen::Matrix3f normal_transform;
    normal_transform.col(0) = linear.col(1).cross(linear.col(2));
    normal_transform.col(1) = linear.col(2).cross(linear.col(0));
    normal_transform.col(2) = linear.col(0).cross(linear.col(1));
    for (Eigen::Vector3f& normal : vertex_normals) {
        const Eigen::Vector3f turned = normal_transform * normal;
        normal = (mirrors ? Eigen::Vector3f(-turned) : turned).stableNormalized();
    }
    if (mirrors) {
        for (Eigen::Vector3i& triangle : triangles) {
            std::swap(triangle[1], triangle[2]);
        }
        for (auto& uvs : triangle_uvs) {
            std::swap(uvs[1], uvs[2]);
        }
    }
}

void TriangleMesh::validate(const std::string& what) const {
    if (triangles.empty()) {
        throw InputError(fmt::format("{}: no triangles; a mesh with faces is needed", what));
    }
    for (std::size_t i = 0; i < triangles.size(); ++i) {
        for (const int corner : triangles[i]) {
            if (corner < 0 || static_cast<std::size_t>(corner) >= vertices.size()) {
                throw InputError(fmt::format("{}: triangle {} uses vertex {}, but there are {} vertices", what, i,
                                             corner, vertices.size()));
            }
        }
    }
    for (std::size_t i = 0; i < vertices.size(); ++i) {
        if (!vertices[i].allFinite()) {
            throw InputError(fmt::format("{}: vertex {} is at ({}, {}, {}), which is not finite", what, i,
                                         vertices[i].x(), vertices[i].y(), vertices[i].z()));
        }
    }
    require_length(what, "vertex normals", vertex_normals.size(), vertices.size(), "vertices");
    require_length(what, "vertex colours", vertex_colours.size(), vertices.size(), "vertices");
    require_length(what, "texture coordinates", triangle_uvs.size(), triangles.size(), "triangles");
    require_length(what, "material ids", material_ids.size(), triangles.size(), "triangles");
    for (std::size_t i = 0; i < material_ids.size(); ++i) {
        if (material_ids[i] < -1 || material_ids[i] >= static_cast<int>(materials.size())) {
            throw InputError(fmt::format("{}: triangle {} has material {}, but there are {} materials", what, i,
                                         material_ids[i], materials.size()));
        }
    }
}

Eigen::Affine3f object_from_mesh(const TriangleMesh& mesh) {
    const Eigen::AlignedBox3f box = mesh.bounding_box();
    const double longest_side = box.isEmpty() ? 0 : (box.max().cast<double>() - box.min().cast<double>()).maxCoeff();
    const double scale = 1 / longest_side;
    if (!(longest_side > 0) || !std::isfinite(static_cast<float>(scale))) {
        throw InputError(
            fmt::format("mesh of {} triangles has no extent (longest side {}); it cannot be brought to unit size",
                        mesh.triangles.size(), longest_side));
    }
    const Eigen::Vector3d centre = (box.min().cast<double>() + box.max().cast<double>()) / 2;
    Eigen::Affine3d object_from_source = Eigen::Affine3d::Identity();
    object_from_source.linear() *= scale;
    object_from_source.translation() = -scale * centre;
    return object_from_source.cast<float>();
}

void normalise_to_object_frame(TriangleMesh& mesh) {
    mesh.transform(object_from_mesh(mesh));
}

void compute_vertex_normals(TriangleMesh& mesh) {
    std::vector<Eigen::Vector3d> sums(mesh.vertices.size(), Eigen::Vector3d::Zero());
    for (const Eigen::Vector3i& triangle : mesh.triangles) {
        const Eigen::Vector3d normal = doubled_area_normal(mesh, triangle);
        for (const int corner : triangle) {
            sums[static_cast<std::size_t>(corner)] += normal;
        }
    }
    mesh.vertex_normals.resize(sums.size());
    std::transform(sums.begin(), sums.end(), mesh.vertex_normals.begin(), [](const Eigen::Vector3d& sum) {
        const double length = sum.norm();
        return length > 0 ? Eigen::Vector3f((sum / length).cast<float>()) : Eigen::Vector3f(0, 1, 0);
    });
}

std::vector<Eigen::Vector3f> sample_surface(const TriangleMesh& mesh, int count, unsigned seed) {
    if (count < 0) {
        throw UsageError(fmt::format("cannot sample {} points; use 0 or more", count));
    }
    std::vector<double> area_up_to(mesh.triangles.size());
    double total = 0;
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        total += doubled_area_normal(mesh, mesh.triangles[i]).norm();
        area_up_to[i] = total;
    }
    if (!(total > 0)) {
        throw InputError(fmt::format("mesh of {} triangles has no area to sample points on", mesh.triangles.size()));
    }
    std::mt19937_64 generator(seed);
    std::vector<Eigen::Vector3f> points(static_cast<std::size_t>(count));
    for (Eigen::Vector3f& point : points) {
        const auto chosen = std::upper_bound(area_up_to.begin(), area_up_to.end(), unit_random(generator) * total);
        const auto index =
            std::min<std::size_t>(static_cast<std::size_t>(chosen - area_up_to.begin()), mesh.triangles.size() - 1);
        const Eigen::Vector3i& triangle = mesh.triangles[index];
        // Uniform over the triangle: the square root undoes the crowding at the first corner.
        const double root = std::sqrt(unit_random(generator));
        const double along = unit_random(generator);
        const auto weight_b = static_cast<float>(root * (1 - along));
        const auto weight_c = static_cast<float>(root * along);
        const Eigen::Vector3f& a = mesh.vertices[static_cast<std::size_t>(triangle[0])];
        point = a + weight_b * (mesh.vertices[static_cast<std::size_t>(triangle[1])] - a) +
                weight_c * (mesh.vertices[static_cast<std::size_t>(triangle[2])] - a);
    }
    return points;
}

TriangleMesh make_box(const Eigen::Vector3f& size) {
    TriangleMesh box;
    for (int corner = 0; corner < 8; ++corner) {
        const Eigen::Vector3f sign((corner & 1) != 0 ? 0.5F : -0.5F, (corner & 2) != 0 ? 0.5F : -0.5F,
                                   (corner & 4) != 0 ? 0.5F : -0.5F);
        box.vertices.emplace_back(sign.cwiseProduct(size));
    }
    box.triangles = {{0, 4, 6}, {0, 6, 2}, {1, 3, 7}, {1, 7, 5}, {0, 1, 5}, {0, 5, 4},
                     {2, 6, 7}, {2, 7, 3}, {0, 2, 3}, {0, 3, 1}, {4, 5, 7}, {4, 7, 6}};
    return box;
}

TriangleMesh make_sphere(float radius, int rings, int segments) {
    if (rings < 2 || segments < 3) {
        throw UsageError(fmt::format("sphere of {} rings and {} segments; use 2 and 3 or more", rings, segments));
    }
    TriangleMesh sphere;
    sphere.vertices.emplace_back(0.0F, radius, 0.0F);
    for (int ring = 1; ring < rings; ++ring) {
        const double polar = std::numbers::pi * ring / rings;
        for (int segment = 0; segment < segments; ++segment) {
            const double around = 2 * std::numbers::pi * segment / segments;
            const Eigen::Vector3d direction(std::sin(polar) * std::sin(around), std::cos(polar),
                                            std::sin(polar) * std::cos(around));
            sphere.vertices.emplace_back((radius * direction).cast<float>());
        }
    }
    sphere.vertices.emplace_back(0.0F, -radius, 0.0F);
    const int south = static_cast<int>(sphere.vertices.size()) - 1;
    const auto at = [&](int ring, int segment) { return 1 + (ring - 1) * segments + segment % segments; };
    for (int segment = 0; segment < segments; ++segment) {
        sphere.triangles.emplace_back(0, at(1, segment), at(1, segment + 1));
        for (int ring = 1; ring + 1 < rings; ++ring) {
            sphere.triangles.emplace_back(at(ring, segment), at(ring + 1, segment), at(ring + 1, segment + 1));
            sphere.triangles.emplace_back(at(ring, segment), at(ring + 1, segment + 1), at(ring, segment + 1));
        }
        sphere.triangles.emplace_back(at(rings - 1, segment), south, at(rings - 1, segment + 1));
    }
    return sphere;
}

}  // namespace maquette::render
