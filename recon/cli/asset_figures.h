#pragma once

#include <functional>
#include <optional>

#include "render/camera.h"
#include "render/image.h"
#include "render/renderer.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// The mesh's own colours, lit evenly from everywhere.
render::Rendering unlit_picture(const render::TriangleMesh& mesh, const render::Camera& camera);

/// Peak signal-to-noise ratio, decibels, over the pixels that `inside` takes; at the most 100. Empty: it takes none.
std::optional<double> picture_psnr(const render::Image& a, const render::Image& b,
                                   const std::function<bool(int x, int y)>& inside);

/// How lumpy a surface looks: the median angle between the normals of neighbouring pixels, degrees, over pixels whose
/// neighbour to the right or below is on the same surface, which is where depths differ by less than `step` (object
/// units). Edges are few, so that flat and evenly curved parts tell; terraces are many. normal: [H, W, 3]; depth: [H,
/// W, 1], 0 outside. Empty: there is no such pair.
std::optional<double> normal_variation(const render::FloatImage& normal, const render::FloatImage& depth, float step);

}  // namespace maquette::recon::cli
