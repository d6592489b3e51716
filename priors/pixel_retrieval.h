#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "render/camera.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

inline constexpr int thumbnail_side = 32;
inline constexpr std::size_t thumbnail_pixels = std::size_t{thumbnail_side} * thumbnail_side;

/// A view small enough to compare with thousands: the square around the object, row-major.
struct Thumbnail {
    std::array<std::uint8_t, thumbnail_pixels> mask{};  ///< coverage, 0..255
    std::array<std::uint8_t, thumbnail_pixels> grey{};  ///< luma of sRGB; 0 outside the mask
};

/// colours: 1, 3 or 4 channels; mask [h, w, 1] of the same size, 0..1. Throws InputError when the sizes differ or the
/// mask is empty.
Thumbnail make_thumbnail(const render::Image& colours, const render::FloatImage& mask);

/// 0 (same) to 1: half of it 1 - soft IoU of the masks, half of it (1 - correlation) / 2 of the greys where both masks
/// are, which a change of brightness or contrast leaves alone.
float thumbnail_distance(const Thumbnail& a, const Thumbnail& b);

struct RetrievalCandidate {
    std::string id;
    std::vector<Thumbnail> views;
};

/// The mesh (object frame) rendered under studio light from the given poses. Throws InputError on an empty mesh.
RetrievalCandidate render_candidate(std::string id, const render::TriangleMesh& mesh,
                                    const std::vector<render::OrbitPose>& poses);

struct RankedCandidate {
    std::size_t candidate = 0;  ///< index into the candidates
    std::size_t view = 0;       ///< its nearest view
    float distance = 1;         ///< 0..1
};

/// All candidates that have views, nearest first; of equals the earlier one first. The plain baseline that learned
/// features have to beat.
std::vector<RankedCandidate> rank_candidates(const Thumbnail& photo, const std::vector<RetrievalCandidate>& candidates);

}  // namespace maquette::priors
