#include "recon/refine/surface_evidence.h"

#include <algorithm>
#include <cmath>

#include "render/error.h"
#include "render/parallel.h"
#include "render/ray_caster.h"

namespace maquette::recon {
namespace {

constexpr float ray_offset = 0.015F;      // object units: a vertex does not hide itself
constexpr float grazing = 0.15F;          // cosine below which a photo tells nothing of a surface
constexpr float inside_mask = 0.95F;      // coverage around a pixel whose colour is the object's alone
constexpr float mirror_distance = 0.04F;  // object units between a mirrored vertex and the surface
constexpr float mirror_cosine = 0.7F;     // between their normals
constexpr float least_seen = 0.7F;
constexpr float symmetric_confidence = 0.5F;
constexpr float guessed_confidence = 0.2F;
constexpr int spreading_rounds = 2000;
const Eigen::Vector3f unknown_colour(0.7F, 0.7F, 0.7F);

struct Sighting {
    Eigen::Vector3f colour = Eigen::Vector3f::Zero();  ///< weighted sum
    float weight = 0;                                  ///< of the colours
    float facing = 0;                                  ///< best cosine of a sight, coloured or not
};

/// Least coverage among the pixel and its neighbours.
float coverage_around(const render::FloatImage& mask, int x, int y) {
    float least = 1;
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, mask.height - 1); ++v) {
        for (int u = std::max(x - 1, 0); u <= std::min(x + 1, mask.width - 1); ++u) {
            least = std::min(least, mask.at(u, v));
        }
    }
    return least;
}

Eigen::Vector3f colour_at(const render::Image& rgb, double pixel_x, double pixel_y) {
    const double x = std::clamp(pixel_x - 0.5, 0.0, rgb.width - 1.0);
    const double y = std::clamp(pixel_y - 0.5, 0.0, rgb.height - 1.0);
    const int x0 = std::min(static_cast<int>(x), rgb.width - 2);
    const int y0 = std::min(static_cast<int>(y), rgb.height - 2);
    const auto fx = static_cast<float>(x - x0);
    const auto fy = static_cast<float>(y - y0);
    Eigen::Vector3f colour;
    for (int c = 0; c < 3; ++c) {
        const float top =
            (1 - fx) * static_cast<float>(rgb.at(x0, y0, c)) + fx * static_cast<float>(rgb.at(x0 + 1, y0, c));
        const float bottom =
            (1 - fx) * static_cast<float>(rgb.at(x0, y0 + 1, c)) + fx * static_cast<float>(rgb.at(x0 + 1, y0 + 1, c));
        colour[c] = ((1 - fy) * top + fy * bottom) / 255;
    }
    return colour;
}

/// What one view shows of a vertex, added to what others did.
void look(const View& view, const render::RayCaster& caster, const Eigen::Vector3f& vertex,
          const Eigen::Vector3f& normal, Sighting& sighting) {
    const auto pixel = view.camera->project(vertex.cast<double>());
    if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() >= view.mask.width || pixel->y() >= view.mask.height) {
        return;
    }
    const auto ray = view.camera->ray(pixel->x(), pixel->y());
    const Eigen::Vector3f towards = -ray.direction_in_object.cast<float>();
    const float facing = normal.dot(towards);
    const int x = static_cast<int>(pixel->x());
    const int y = static_cast<int>(pixel->y());
    if (facing < grazing || view.mask.at(x, y) < 0.5F) return;
    // An orthographic camera may stand inside the object: what is between counts, however far.
    const float distance = view.camera->projection == render::Camera::Projection::perspective
                               ? (view.camera->centre_in_object().cast<float>() - vertex).norm() - ray_offset
                               : 4;
    if (caster.occluded(vertex + ray_offset * normal, towards, distance)) return;
    sighting.facing = std::max(sighting.facing, facing);
    if (coverage_around(view.mask, x, y) < inside_mask) return;
    const float weight = view.weight * facing * facing;
    sighting.colour += weight * colour_at(view.rgb, pixel->x(), pixel->y());
    sighting.weight += weight;
}

/// Vertices joined by an edge, each edge from both ends.
struct Neighbours {
    std::vector<int> first;  ///< [N + 1] into others
    std::vector<int> others;
};

Neighbours neighbours_of(const render::TriangleMesh& mesh) {
    Neighbours result;
    result.first.assign(mesh.vertices.size() + 1, 0);
    for (const auto& triangle : mesh.triangles) {
        for (const int corner : triangle) result.first[static_cast<std::size_t>(corner) + 1] += 2;
    }
    for (std::size_t i = 1; i < result.first.size(); ++i) result.first[i] += result.first[i - 1];
    result.others.resize(static_cast<std::size_t>(result.first.back()));
    std::vector<int> next(result.first.begin(), result.first.end() - 1);
    for (const auto& triangle : mesh.triangles) {
        for (int k = 0; k < 3; ++k) {
            int& slot = next[static_cast<std::size_t>(triangle[k])];
            result.others[static_cast<std::size_t>(slot++)] = triangle[(k + 1) % 3];
            result.others[static_cast<std::size_t>(slot++)] = triangle[(k + 2) % 3];
        }
    }
    return result;
}

/// Gives every vertex without a colour the mean of its neighbours', front by front from where colours are known.
void spread_colours(const render::TriangleMesh& mesh, std::vector<bool>& known, std::vector<Eigen::Vector3f>& colours) {
    const Neighbours neighbours = neighbours_of(mesh);
    for (int round = 0; round < spreading_rounds; ++round) {
        std::vector<std::pair<std::size_t, Eigen::Vector3f>> front;
        for (std::size_t i = 0; i < colours.size(); ++i) {
            if (known[i]) continue;
            Eigen::Vector3f sum = Eigen::Vector3f::Zero();
            int count = 0;
            for (int k = neighbours.first[i]; k < neighbours.first[i + 1]; ++k) {
                const auto other = static_cast<std::size_t>(neighbours.others[static_cast<std::size_t>(k)]);
                if (!known[other]) continue;
                sum += colours[other];
                ++count;
            }
            if (count > 0) front.emplace_back(i, sum / static_cast<float>(count));
        }
        if (front.empty()) return;
        for (const auto& [vertex, colour] : front) {
            colours[vertex] = colour;
            known[vertex] = true;
        }
    }
}

/// The mean of all colours for parts that none reaches.
void fill_rest(const std::vector<bool>& known, std::vector<Eigen::Vector3f>& colours) {
    Eigen::Vector3f sum = Eigen::Vector3f::Zero();
    int count = 0;
    for (std::size_t i = 0; i < colours.size(); ++i) {
        if (!known[i]) continue;
        sum += colours[i];
        ++count;
    }
    const Eigen::Vector3f mean = count > 0 ? Eigen::Vector3f(sum / static_cast<float>(count)) : unknown_colour;
    for (std::size_t i = 0; i < colours.size(); ++i) {
        if (!known[i]) colours[i] = mean;
    }
}

}  // namespace

SurfaceEvidence surface_evidence(const render::TriangleMesh& mesh, std::span<const View> views) {
    const std::size_t count = mesh.vertices.size();
    if (mesh.vertex_normals.size() != count) {
        throw UsageError("evidence is asked for a mesh without vertex normals; compute them first");
    }
    SurfaceEvidence evidence{.source = std::vector<Evidence>(count, Evidence::guessed),
                             .confidence = std::vector<float>(count, guessed_confidence),
                             .colours = std::vector<Eigen::Vector3f>(count, unknown_colour)};
    if (mesh.empty()) return evidence;
    const render::RayCaster caster(mesh);
    std::vector<Sighting> sightings(count);
    render::parallel_for(count, 256, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            for (const View& view : views) {
                if (!view.camera || !(view.weight > 0)) continue;
                look(view, caster, mesh.vertices[i], mesh.vertex_normals[i], sightings[i]);
            }
        }
    });

    std::vector<bool> known(count, false);
    for (std::size_t i = 0; i < count; ++i) {
        const Sighting& own = sightings[i];
        if (own.facing > 0) {
            evidence.source[i] = Evidence::seen;
            evidence.confidence[i] = least_seen + (1 - least_seen) * own.facing;
        }
        if (own.weight > 0) {
            evidence.colours[i] = own.colour / own.weight;
            known[i] = true;
        }
    }
    const Eigen::Vector3f mirror(-1, 1, 1);
    for (std::size_t i = 0; i < count; ++i) {
        if (sightings[i].facing > 0 && known[i]) continue;
        const auto other = caster.closest(mesh.vertices[i].cwiseProduct(mirror), mirror_distance);
        if (other.triangle < 0) continue;
        const auto& corners = mesh.triangles[static_cast<std::size_t>(other.triangle)];
        const auto nearest =
            static_cast<std::size_t>(*std::min_element(corners.begin(), corners.end(), [&](int a, int b) {
                return (mesh.vertices[static_cast<std::size_t>(a)] - other.position).squaredNorm() <
                       (mesh.vertices[static_cast<std::size_t>(b)] - other.position).squaredNorm();
            }));
        const float cosine = mesh.vertex_normals[nearest].dot(mesh.vertex_normals[i].cwiseProduct(mirror));
        if (cosine < mirror_cosine || sightings[nearest].facing <= 0) continue;
        if (evidence.source[i] == Evidence::guessed) {
            evidence.source[i] = Evidence::symmetric;
            evidence.confidence[i] = symmetric_confidence;
        }
        if (sightings[nearest].weight > 0) {
            evidence.colours[i] = sightings[nearest].colour / sightings[nearest].weight;
            known[i] = true;
        }
    }
    spread_colours(mesh, known, evidence.colours);
    fill_rest(known, evidence.colours);
    return evidence;
}

}  // namespace maquette::recon
