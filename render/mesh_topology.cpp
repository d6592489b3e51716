#include "render/mesh_topology.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "render/surface_extraction.h"

namespace maquette::render {

namespace {

/// Disjoint sets of indices with path halving; the smallest index stands for its set.
class IndexSets {
public:
    explicit IndexSets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }

    int find(int index) {
        while (parent(index) != index) {
            parent(index) = parent(parent(index));
            index = parent(index);
        }
        return index;
    }
    void unite(int a, int b) {
        a = find(a);
        b = find(b);
        parent(a < b ? b : a) = a < b ? a : b;
    }

private:
    int& parent(int index) { return parent_[static_cast<std::size_t>(index)]; }
    std::vector<int> parent_;
};

/// A triangle's use of an undirected edge.
struct EdgeUse {
    std::uint64_t edge = 0;  ///< lower vertex index in the upper half, higher in the lower
    int triangle = 0;

    [[nodiscard]] int low() const { return static_cast<int>(edge >> 32U); }
    [[nodiscard]] int high() const { return static_cast<int>(edge & 0xFFFFFFFFU); }
    [[nodiscard]] bool operator<(const EdgeUse& other) const {
        return edge != other.edge ? edge < other.edge : triangle < other.triangle;
    }
};

/// Of all triangles, [3 M], by edge and then by triangle.
std::vector<EdgeUse> sorted_edge_uses(const TriangleMesh& mesh) {
    std::vector<EdgeUse> uses;
    uses.reserve(mesh.triangles.size() * 3);
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const Eigen::Vector3i& t = mesh.triangles[i];
        for (int k = 0; k < 3; ++k) {
            const auto [low, high] = std::minmax({t[k], t[(k + 1) % 3]});
            uses.push_back(
                {static_cast<std::uint64_t>(low) << 32U | static_cast<std::uint64_t>(high), static_cast<int>(i)});
        }
    }
    std::sort(uses.begin(), uses.end());
    return uses;
}

/// visit(low, high, triangles) for each edge in order; triangles: those that use it.
template <typename Visit>
void for_each_edge(const std::vector<EdgeUse>& uses, Visit visit) {
    std::vector<int> triangles;
    for (std::size_t i = 0; i < uses.size();) {
        triangles.clear();
        const EdgeUse first = uses[i];
        for (; i < uses.size() && uses[i].edge == first.edge; ++i) triangles.push_back(uses[i].triangle);
        visit(first.low(), first.high(), triangles);
    }
}

/// Corners 3 t + k of triangles t that belong to one fan about their vertex: those that two triangles share an edge at.
IndexSets corner_fans(const TriangleMesh& mesh) {
    IndexSets fans(mesh.triangles.size() * 3);
    const auto corner = [&](int triangle, int vertex) {
        const Eigen::Vector3i& t = mesh.triangles[static_cast<std::size_t>(triangle)];
        return 3 * triangle + (t[0] == vertex ? 0 : (t[1] == vertex ? 1 : 2));
    };
    for_each_edge(sorted_edge_uses(mesh), [&](int low, int high, const std::vector<int>& triangles) {
        for (std::size_t i = 1; i < triangles.size(); ++i) {
            fans.unite(corner(triangles[0], low), corner(triangles[i], low));
            fans.unite(corner(triangles[0], high), corner(triangles[i], high));
        }
    });
    return fans;
}

double area_of(const TriangleMesh& mesh, const Eigen::Vector3i& t) {
    const auto at = [&](int k) -> Eigen::Vector3d {
        return mesh.vertices[static_cast<std::size_t>(t[k])].cast<double>();
    };
    return (at(1) - at(0)).cross(at(2) - at(0)).norm() / 2;
}

/// The kept triangles with the vertices they use, attributes included.
TriangleMesh submesh(const TriangleMesh& mesh, const std::vector<bool>& keep) {
    TriangleMesh result;
    result.materials = mesh.materials;
    std::vector<int> new_index(mesh.vertices.size(), -1);
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        if (!keep[i]) {
            continue;
        }
        Eigen::Vector3i triangle = mesh.triangles[i];
        for (int& corner : triangle) {
            const auto old = static_cast<std::size_t>(corner);
            if (new_index[old] < 0) {
                new_index[old] = static_cast<int>(result.vertices.size());
                result.vertices.push_back(mesh.vertices[old]);
                if (!mesh.vertex_normals.empty()) {
                    result.vertex_normals.push_back(mesh.vertex_normals[old]);
                }
                if (!mesh.vertex_colours.empty()) {
                    result.vertex_colours.push_back(mesh.vertex_colours[old]);
                }
            }
            corner = new_index[old];
        }
        result.triangles.push_back(triangle);
        if (!mesh.triangle_uvs.empty()) {
            result.triangle_uvs.push_back(mesh.triangle_uvs[i]);
        }
        if (!mesh.material_ids.empty()) {
            result.material_ids.push_back(mesh.material_ids[i]);
        }
    }
    return result;
}

}  // namespace

TriangleMesh largest_components(const TriangleMesh& mesh, float min_fraction) {
    IndexSets sets(mesh.vertices.size());
    for (const Eigen::Vector3i& t : mesh.triangles) {
        sets.unite(t[0], t[1]);
        sets.unite(t[0], t[2]);
    }
    std::vector<double> area(mesh.vertices.size(), 0);
    for (const Eigen::Vector3i& t : mesh.triangles) {
        area[static_cast<std::size_t>(sets.find(t[0]))] += area_of(mesh, t);
    }
    const double largest = area.empty() ? 0 : *std::max_element(area.begin(), area.end());
    std::vector<bool> keep(mesh.triangles.size());
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const double own = area[static_cast<std::size_t>(sets.find(mesh.triangles[i][0]))];
        keep[i] = own >= static_cast<double>(min_fraction) * largest;
    }
    return submesh(mesh, keep);
}

void smooth_taubin(TriangleMesh& mesh, int iterations) {
    // A neighbour over two triangles appears in two edges of the closed mesh; once is enough.
    std::vector<EdgeUse> edges = sorted_edge_uses(mesh);
    edges.erase(std::unique(edges.begin(), edges.end(), [](auto a, auto b) { return a.edge == b.edge; }), edges.end());
    const auto ends = [](const EdgeUse& use) {
        return std::pair(static_cast<std::size_t>(use.low()), static_cast<std::size_t>(use.high()));
    };
    std::vector<float> valence(mesh.vertices.size(), 0);
    for (const EdgeUse& edge : edges) {
        const auto [a, b] = ends(edge);
        valence[a] += 1;
        valence[b] += 1;
    }
    std::vector<Eigen::Vector3f> sum(mesh.vertices.size());
    const auto step = [&](float weight) {
        std::fill(sum.begin(), sum.end(), Eigen::Vector3f::Zero());
        for (const EdgeUse& edge : edges) {
            const auto [a, b] = ends(edge);
            sum[a] += mesh.vertices[b];
            sum[b] += mesh.vertices[a];
        }
        for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
            if (valence[i] > 0) {
                mesh.vertices[i] += weight * (sum[i] / valence[i] - mesh.vertices[i]);
            }
        }
    };
    for (int i = 0; i < iterations; ++i) {
        step(0.5F);
        step(-0.53F);
    }
    if (iterations > 0 && !mesh.vertex_normals.empty()) {
        compute_vertex_normals(mesh);
    }
}

int count_boundary_edges(const TriangleMesh& mesh) {
    return topology_of(mesh).boundary_edges;
}

std::vector<int> triangle_components(const TriangleMesh& mesh) {
    IndexSets sets(mesh.vertices.size());
    for (const Eigen::Vector3i& t : mesh.triangles) {
        sets.unite(t[0], t[1]);
        sets.unite(t[0], t[2]);
    }
    std::vector<int> number(mesh.vertices.size(), -1);
    std::vector<int> components;
    components.reserve(mesh.triangles.size());
    int next = 0;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        int& own = number[static_cast<std::size_t>(sets.find(t[0]))];
        if (own < 0) own = next++;
        components.push_back(own);
    }
    return components;
}

MeshTopology topology_of(const TriangleMesh& mesh) {
    MeshTopology topology;
    IndexSets connected(mesh.triangles.size());
    for_each_edge(sorted_edge_uses(mesh), [&](int, int, const std::vector<int>& triangles) {
        topology.boundary_edges += triangles.size() == 1 ? 1 : 0;
        topology.non_manifold_edges += triangles.size() > 2 ? 1 : 0;
        for (const int triangle : triangles) connected.unite(triangles[0], triangle);
    });
    IndexSets fans = corner_fans(mesh);
    std::vector<int> fan_count(mesh.vertices.size(), 0);
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
        topology.components += connected.find(static_cast<int>(t)) == static_cast<int>(t) ? 1 : 0;
        for (int k = 0; k < 3; ++k) {
            const int corner = static_cast<int>(3 * t) + k;
            if (fans.find(corner) == corner) ++fan_count[static_cast<std::size_t>(mesh.triangles[t][k])];
        }
    }
    topology.non_manifold_vertices =
        static_cast<int>(std::count_if(fan_count.begin(), fan_count.end(), [](int count) { return count > 1; }));
    return topology;
}

double surface_area(const TriangleMesh& mesh) {
    double sum = 0;
    for (const auto& t : mesh.triangles) {
        const auto corner = [&](int k) { return mesh.vertices[static_cast<std::size_t>(t[k])].cast<double>().eval(); };
        sum += (corner(1) - corner(0)).cross(corner(2) - corner(0)).norm() / 2;
    }
    return sum;
}

double enclosed_volume(const TriangleMesh& mesh) {
    double sum = 0;
    for (const auto& t : mesh.triangles) {
        const auto corner = [&](int k) { return mesh.vertices[static_cast<std::size_t>(t[k])].cast<double>().eval(); };
        sum += corner(0).dot(corner(1).cross(corner(2))) / 6;
    }
    return sum;
}

}  // namespace maquette::render
