#include "recon/refine/texture_baking.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "recon/refine/surface_sight.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/ray_caster.h"
#include "render/uv_atlas.h"

namespace maquette::recon {
namespace {

constexpr float full_cosine = 0.45F;  // of a sight that decides alone
constexpr int padding = 4;            // texels

struct SurfacePoint {
    Eigen::Vector3f position;
    Eigen::Vector3f normal;  ///< unit length
    Eigen::Vector3f colour;  ///< of the vertices
};

SurfacePoint point_in(const render::TriangleMesh& mesh, std::size_t triangle, const Eigen::Vector3f& weights) {
    SurfacePoint point{Eigen::Vector3f::Zero(), Eigen::Vector3f::Zero(), Eigen::Vector3f::Zero()};
    for (int k = 0; k < 3; ++k) {
        const auto vertex = static_cast<std::size_t>(mesh.triangles[triangle][k]);
        point.position += weights[k] * mesh.vertices[vertex];
        point.normal += weights[k] * mesh.vertex_normals[vertex];
        point.colour += weights[k] * mesh.vertex_colours[vertex];
    }
    point.normal.stableNormalize();
    return point;
}

/// Where the surface is the mirror image of the point's surroundings.
std::optional<std::pair<Eigen::Vector3f, Eigen::Vector3f>> mirrored(const SurfacePoint& point,
                                                                    const render::RayCaster& caster,
                                                                    const render::TriangleMesh& mesh) {
    const Eigen::Vector3f mirror(-1, 1, 1);
    const auto other = caster.closest(point.position.cwiseProduct(mirror), mirror_distance);
    if (other.triangle < 0) return std::nullopt;
    const auto& t = mesh.triangles[static_cast<std::size_t>(other.triangle)];
    Eigen::Vector3f normal = Eigen::Vector3f::Zero();
    for (const int corner : t) normal += mesh.vertex_normals[static_cast<std::size_t>(corner)];
    normal.stableNormalize();
    if (normal.dot(point.normal.cwiseProduct(mirror)) < mirror_cosine) return std::nullopt;
    return std::pair{other.position, normal};
}

/// 0..1: how much of the colour is the sight's.
float share_of(const Sighting& sighting) {
    if (!(sighting.weight > 0)) return 0;
    const float t = std::clamp((sighting.facing - grazing_cosine) / (full_cosine - grazing_cosine), 0.0F, 1.0F);
    return t * t * (3 - 2 * t);
}

class Baker {
public:
    Baker(const render::TriangleMesh& mesh, std::span<const View> views, std::span<const View> generated)
        : mesh_(mesh), caster_(mesh), photos_(caster_, views), drawn_(caster_, generated) {}

    /// sRGB 0..1
    [[nodiscard]] Eigen::Vector3f colour(const SurfacePoint& point) const {
        Eigen::Vector3f result = Eigen::Vector3f::Zero();
        float open = 1;
        const auto take = [&](const Sighting& sighting) {
            const float share = open * share_of(sighting);
            if (share > 0) result += share / sighting.weight * sighting.colour;
            open -= share;
        };
        take(photos_.at(point.position, point.normal));
        if (open > least_open) {
            if (const auto other = mirrored(point, caster_, mesh_)) take(photos_.at(other->first, other->second));
        }
        if (open > least_open) take(drawn_.at(point.position, point.normal));
        return result + open * point.colour;
    }

private:
    static constexpr float least_open = 0.01F;

    const render::TriangleMesh& mesh_;
    render::RayCaster caster_;
    SurfaceSight photos_;
    SurfaceSight drawn_;
};

/// The texels, by column and row from the top left, whose centres lie in the triangle, with their barycentric weights.
template <class Visit>
void visit_texels(const std::array<Eigen::Vector2f, 3>& uvs, int size, const Visit& visit) {
    std::array<Eigen::Vector2d, 3> p;
    for (std::size_t k = 0; k < 3; ++k) p[k] = {uvs[k].x() * double{1} * size, (1 - double{1} * uvs[k].y()) * size};
    const auto cross = [](const Eigen::Vector2d& a, const Eigen::Vector2d& b) { return a.x() * b.y() - a.y() * b.x(); };
    const double area = cross(p[1] - p[0], p[2] - p[0]);
    if (area == 0) return;
    const auto range = [size](double low, double high) {
        return std::pair{std::max(static_cast<int>(std::ceil(low - 0.5)), 0),
                         std::min(static_cast<int>(std::floor(high - 0.5)), size - 1)};
    };
    const auto [x0, x1] = range(std::min({p[0].x(), p[1].x(), p[2].x()}), std::max({p[0].x(), p[1].x(), p[2].x()}));
    const auto [y0, y1] = range(std::min({p[0].y(), p[1].y(), p[2].y()}), std::max({p[0].y(), p[1].y(), p[2].y()}));
    constexpr double edge = -1e-6;
    for (int y = y0; y <= y1; ++y) {
        for (int x = x0; x <= x1; ++x) {
            const Eigen::Vector2d centre(x + 0.5, y + 0.5);
            const double b = cross(centre - p[0], p[2] - p[0]) / area;
            const double c = cross(p[1] - p[0], centre - p[0]) / area;
            const double a = 1 - b - c;
            if (a < edge || b < edge || c < edge) continue;
            visit(x, y, Eigen::Vector3d(a, b, c).cast<float>());
        }
    }
}

/// Gives texels without a colour the mean of their neighbours', ring by ring, so that filtering and smaller versions
/// of the texture mix in nothing foreign.
void fill_between(render::Image& texture, std::vector<std::uint8_t>& known) {
    const int size = texture.width;
    const auto at = [size](int x, int y) {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(size) + static_cast<std::size_t>(x);
    };
    std::vector<std::pair<int, int>> front;
    const auto touches_known = [&](int x, int y) {
        for (int v = std::max(y - 1, 0); v <= std::min(y + 1, size - 1); ++v) {
            for (int u = std::max(x - 1, 0); u <= std::min(x + 1, size - 1); ++u) {
                if (known[at(u, v)] == 1) return true;
            }
        }
        return false;
    };
    constexpr std::uint8_t queued = 2;
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            if (known[at(x, y)] == 0 && touches_known(x, y)) front.emplace_back(x, y);
        }
    }
    while (!front.empty()) {
        std::vector<std::array<std::uint8_t, 3>> colours;
        for (const auto& [x, y] : front) {
            std::array<int, 3> sum{};
            int count = 0;
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, size - 1); ++v) {
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, size - 1); ++u) {
                    if (known[at(u, v)] != 1) continue;
                    for (int c = 0; c < 3; ++c) sum[static_cast<std::size_t>(c)] += texture.at(u, v, c);
                    ++count;
                }
            }
            auto& colour = colours.emplace_back();
            for (std::size_t c = 0; c < 3; ++c) colour[c] = static_cast<std::uint8_t>(sum[c] / count);
        }
        for (std::size_t i = 0; i < front.size(); ++i) {
            const auto& [x, y] = front[i];
            for (int c = 0; c < 3; ++c) texture.at(x, y, c) = colours[i][static_cast<std::size_t>(c)];
            known[at(x, y)] = 1;
        }
        std::vector<std::pair<int, int>> next;
        for (const auto& [x, y] : front) {
            for (int v = std::max(y - 1, 0); v <= std::min(y + 1, size - 1); ++v) {
                for (int u = std::max(x - 1, 0); u <= std::min(x + 1, size - 1); ++u) {
                    if (known[at(u, v)] != 0) continue;
                    known[at(u, v)] = queued;
                    next.emplace_back(u, v);
                }
            }
        }
        front = std::move(next);
    }
}

}  // namespace

render::TriangleMesh with_baked_texture(const render::TriangleMesh& mesh, std::span<const View> views,
                                        const BakingOptions& options) {
    const std::size_t vertices = mesh.vertices.size();
    if (mesh.vertex_normals.size() != vertices || mesh.vertex_colours.size() != vertices) {
        throw UsageError("a texture is asked for a mesh without vertex normals or colours; compute them first");
    }
    render::UvAtlas atlas = render::uv_atlas(mesh, {.size = options.size, .padding = padding});
    const Baker baker(mesh, views, options.generated);
    render::Image texture(options.size, options.size, 3);
    std::vector<std::uint8_t> known(texture.pixels.size() / 3, 0);
    // A texel on an edge may be written twice, by either neighbour with the same colour but for rounding: one thread
    // a chart keeps the bits the same.
    std::vector<std::vector<std::size_t>> charts(static_cast<std::size_t>(atlas.chart_count));
    for (std::size_t t = 0; t < mesh.triangles.size(); ++t) {
        charts[static_cast<std::size_t>(atlas.charts[t])].push_back(t);
    }
    render::parallel_for(charts.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t chart = begin; chart < end; ++chart) {
            for (const std::size_t t : charts[chart]) {
                visit_texels(atlas.uvs[t], options.size, [&](int x, int y, const Eigen::Vector3f& weights) {
                    const Eigen::Vector3f colour = baker.colour(point_in(mesh, t, weights));
                    for (int c = 0; c < 3; ++c) {
                        texture.at(x, y, c) =
                            static_cast<std::uint8_t>(std::lround(255 * std::clamp(colour[c], 0.0F, 1.0F)));
                    }
                    known[texture.index(x, y) / 3] = 1;
                });
            }
        }
    });
    fill_between(texture, known);
    render::TriangleMesh result = mesh;
    result.vertex_colours.clear();
    result.triangle_uvs = std::move(atlas.uvs);
    result.material_ids.assign(mesh.triangles.size(), 0);
    result.materials = {{.name = "photo",
                         .base_colour = Eigen::Vector3f::Ones(),
                         .opacity = 1,
                         .base_colour_texture = std::make_shared<const render::Image>(std::move(texture))}};
    return result;
}

}  // namespace maquette::recon
