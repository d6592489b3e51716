#include <algorithm>
#include <cstdint>
#include <numeric>

#include "render/surface_extraction.h"

namespace maquette::render {

namespace {

/// Undirected edges of all triangles, sorted, each as (lower index, higher index) in one number.
std::vector<std::uint64_t> sorted_edges(const TriangleMesh& mesh) {
    std::vector<std::uint64_t> edges;
    edges.reserve(mesh.triangles.size() * 3);
    for (const Eigen::Vector3i& t : mesh.triangles) {
        for (int k = 0; k < 3; ++k) {
            const auto [low, high] = std::minmax({t[k], t[(k + 1) % 3]});
            edges.push_back(static_cast<std::uint64_t>(low) << 32U | static_cast<std::uint64_t>(high));
        }
    }
    std::sort(edges.begin(), edges.end());
    return edges;
}

/// Disjoint sets of vertices with path halving.
class VertexSets {
public:
    explicit VertexSets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), 0); }

    int find(int vertex) {
        while (parent(vertex) != vertex) {
            parent(vertex) = parent(parent(vertex));
            vertex = parent(vertex);
        }
        return vertex;
    }
    void unite(int a, int b) { parent(std::max(find(a), find(b))) = std::min(find(a), find(b)); }

private:
    int& parent(int vertex) { return parent_[static_cast<std::size_t>(vertex)]; }
    std::vector<int> parent_;
};

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
    VertexSets sets(mesh.vertices.size());
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
    std::vector<std::uint64_t> edges = sorted_edges(mesh);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    const auto ends = [](std::uint64_t edge) {
        return std::pair(static_cast<std::size_t>(edge >> 32U), static_cast<std::size_t>(edge & 0xFFFFFFFFU));
    };
    std::vector<float> valence(mesh.vertices.size(), 0);
    for (const std::uint64_t edge : edges) {
        const auto [a, b] = ends(edge);
        valence[a] += 1;
        valence[b] += 1;
    }
    std::vector<Eigen::Vector3f> sum(mesh.vertices.size());
    const auto step = [&](float weight) {
        std::fill(sum.begin(), sum.end(), Eigen::Vector3f::Zero());
        for (const std::uint64_t edge : edges) {
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
    const std::vector<std::uint64_t> edges = sorted_edges(mesh);
    int count = 0;
    for (std::size_t i = 0; i < edges.size();) {
        std::size_t next = i + 1;
        while (next < edges.size() && edges[next] == edges[i]) {
            ++next;
        }
        count += next - i == 1 ? 1 : 0;
        i = next;
    }
    return count;
}

}  // namespace maquette::render
