#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "render/camera.h"
#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// A light from infinitely far away.
struct DirectionalLight {
    Eigen::Vector3f towards_light_in_object{0, 1, 0};  ///< unit length
    Eigen::Vector3f radiance{1, 1, 1};                 ///< linear
    bool casts_shadow = true;
};

struct Lighting {
    Eigen::Vector3f sky{0.55F, 0.55F, 0.6F};     ///< ambient from above, linear
    Eigen::Vector3f ground{0.3F, 0.29F, 0.28F};  ///< ambient from below, linear
    std::vector<DirectionalLight> lights;
    float ambient_occlusion_radius = 0;  ///< object units; 0: off
    int ambient_occlusion_rays = 0;      ///< per sample
};

/// A key light over the camera's left shoulder with shadows, a weak fill light, hemisphere ambient.
Lighting studio_lighting(const Camera& camera);

/// Random sun direction (upper hemisphere of the object frame), strengths and tints. Deterministic for a seed.
Lighting random_lighting(std::uint64_t seed);

struct RenderOptions {
    int samples_per_axis = 2;  ///< 1..8; samples_per_axis^2 rays a pixel
    Lighting lighting;
    bool use_materials = true;                               ///< off: clay (0.72 grey)
    bool smooth_shading = false;                             ///< interpolate vertex_normals where the mesh has them
    std::vector<std::uint8_t> background = {255, 255, 255};  ///< sRGB
};

/// Images of one view. Depth is the camera Z of the nearest hit at the pixel, averaged over the samples that hit;
/// 0 where nothing is hit. Normals in the camera frame, unit length, turned towards the camera; 0 where nothing is hit.
struct Rendering {
    Image rgb;          ///< [h, w, 3] over the background
    FloatImage mask;    ///< [h, w, 1] coverage 0..1
    FloatImage depth;   ///< [h, w, 1] object units
    FloatImage normal;  ///< [h, w, 3]
};

/// Ray-traced renderer for one mesh. Copies what it needs. Two-sided: faces seen from behind shade as from the front.
/// Transparent materials (opacity < 0.5) count in the mask; textures with alpha below one half are cut out.
class Renderer {
public:
    explicit Renderer(TriangleMesh mesh);
    ~Renderer();
    Renderer(Renderer&&) noexcept;
    Renderer& operator=(Renderer&&) noexcept;

    /// Same bits for the same inputs, whatever the number of threads.
    [[nodiscard]] Rendering render(const Camera& camera, const RenderOptions& options) const;
    [[nodiscard]] const TriangleMesh& mesh() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// RGBA copy of a rendering (alpha = mask; colour un-multiplied from the background).
Image with_alpha(const Rendering& rendering, const std::vector<std::uint8_t>& background);

}  // namespace maquette::render
