#include "recon/refine/surface_evidence.h"

#include <algorithm>
#include <utility>

#include "recon/refine/surface_sight.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/ray_caster.h"

namespace maquette::recon {
namespace {

constexpr float least_seen = 0.7F;
constexpr float symmetric_confidence = 0.5F;
constexpr float guessed_confidence = 0.2F;
constexpr int spreading_rounds = 2000;
constexpr int smoothing_rounds = 150;
const Eigen::Vector3f unknown_colour(0.7F, 0.7F, 0.7F);

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

/// Evens out what was spread, which runs in streaks from where colours are known: every spread colour nears the mean of
/// its neighbours', the others stay.
void smooth_spread(const Neighbours& neighbours, const std::vector<bool>& spread,
                   std::vector<Eigen::Vector3f>& colours) {
    std::vector<Eigen::Vector3f> next = colours;
    for (int round = 0; round < smoothing_rounds; ++round) {
        for (std::size_t i = 0; i < colours.size(); ++i) {
            const int first = neighbours.first[i];
            const int last = neighbours.first[i + 1];
            if (!spread[i] || first == last) continue;
            Eigen::Vector3f sum = Eigen::Vector3f::Zero();
            for (int k = first; k < last; ++k) {
                sum += colours[static_cast<std::size_t>(neighbours.others[static_cast<std::size_t>(k)])];
            }
            next[i] = sum / static_cast<float>(last - first);
        }
        std::swap(colours, next);
    }
}

/// Gives every vertex without a colour the mean of its neighbours', front by front from where colours are known.
void spread_colours(const render::TriangleMesh& mesh, std::vector<bool>& known, std::vector<Eigen::Vector3f>& colours) {
    const Neighbours neighbours = neighbours_of(mesh);
    const std::vector<bool> seen = known;
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
        if (front.empty()) break;
        for (const auto& [vertex, colour] : front) {
            colours[vertex] = colour;
            known[vertex] = true;
        }
    }
    std::vector<bool> spread(known.size());
    for (std::size_t i = 0; i < known.size(); ++i) spread[i] = known[i] && !seen[i];
    smooth_spread(neighbours, spread, colours);
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
    const SurfaceSight sight(caster, views);
    std::vector<Sighting> sightings(count);
    render::parallel_for(count, 256, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) sightings[i] = sight.at(mesh.vertices[i], mesh.vertex_normals[i]);
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
