#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "render/ray_caster.h"
#include "render/renderer.h"
#include "render/texture.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// A mesh made ready for shading: what one ray sees of it, in linear light.
class TracedScene {
public:
    struct Style {
        const Lighting& lighting;
        bool use_materials;
        bool smooth_shading;
        Eigen::Vector3f background;  ///< linear, seen through glass
    };
    struct ViewRay {
        Eigen::Vector3f origin;
        Eigen::Vector3f direction;  ///< unit length
        float footprint;            ///< width of the ray's cone at its origin, object units
        float footprint_growth;     ///< of the width per object unit of distance
        std::uint32_t pixel;        ///< tells pixels apart: turns the pattern of ambient occlusion rays
        int sample;                 ///< number of the ray within its pixel
    };
    struct Seen {
        bool hit = false;
        float distance = 0;                                ///< of the first surface that is not cut out
        Eigen::Vector3f normal = Eigen::Vector3f::Zero();  ///< its shading normal, towards the origin
        Eigen::Vector3f colour = Eigen::Vector3f::Zero();  ///< linear, glass blended with what is behind
    };

    /// Throws InputError on a mesh that does not validate or a texture that cannot be used.
    explicit TracedScene(TriangleMesh mesh);

    [[nodiscard]] Seen trace(const ViewRay& ray, const Style& style) const;
    [[nodiscard]] const TriangleMesh& mesh() const { return mesh_; }

    /// The place of the surface nearest to a point, and its own colour there without light: linear, averaged over
    /// `footprint` object units.
    struct Nearest {
        int triangle = -1;
        Eigen::Vector3f colour = Eigen::Vector3f::Zero();
    };
    [[nodiscard]] Nearest nearest(const Eigen::Vector3f& point, float footprint) const;

private:
    [[nodiscard]] const Material* material_of(int triangle) const;
    [[nodiscard]] const Texture* texture_of(int triangle) const;
    [[nodiscard]] Eigen::Vector2f uv_at(const RayCaster::Hit& hit) const;
    [[nodiscard]] bool is_hole(const RayCaster::Hit& hit) const;
    [[nodiscard]] float opacity_of(int triangle, bool use_materials) const;
    [[nodiscard]] Eigen::Vector3f base_colour_at(const RayCaster::Hit& hit, float footprint) const;
    [[nodiscard]] Eigen::Vector3f smooth_normal(const RayCaster::Hit& hit, const Eigen::Vector3f& face_normal,
                                                const Eigen::Vector3f& direction) const;
    [[nodiscard]] float light_through(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction,
                                      float max_distance, bool use_materials) const;
    [[nodiscard]] float open_sky(const Eigen::Vector3f& origin, const Eigen::Vector3f& normal, const ViewRay& ray,
                                 const Style& style) const;
    [[nodiscard]] Eigen::Vector3f light_at(const Eigen::Vector3f& origin, const Eigen::Vector3f& normal,
                                           const Eigen::Vector3f& face_normal, const ViewRay& ray,
                                           const Style& style) const;

    TriangleMesh mesh_;
    RayCaster caster_;
    std::vector<std::shared_ptr<const Texture>> textures_;  ///< [materials], null: none
    std::vector<Eigen::Vector3f> material_colours_;         ///< [materials] linear
    std::vector<Eigen::Vector3f> vertex_colours_;           ///< [N] linear, or empty
    std::vector<float> texels_per_unit_;                    ///< [M], or empty without textures
    float offset_ = 0;                                      ///< keeps rays off the surface they start on
    bool lets_light_through_ = false;                       ///< has glass or holes
};

}  // namespace maquette::render
