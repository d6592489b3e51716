#include "render/traced_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "render/colour_space.h"

namespace maquette::render {
namespace {

constexpr float clay = 0.72F;  // sRGB
constexpr int max_layers = 8;
constexpr int max_holes = 64;
/// Glass is never quite invisible: a picture of it would show nothing.
constexpr float least_opacity = 0.15F;
constexpr float opaque_from = 0.995F;
constexpr float highlights_from = 0.75F;  // linear
constexpr float offset_share = 1e-4F;     // of the mesh's diagonal

TriangleMesh validated(TriangleMesh mesh) {
    mesh.validate("mesh to render");
    return mesh;
}

/// Spreads the bits of a number (the finaliser of MurmurHash3).
std::uint32_t scrambled(std::uint32_t value) {
    value ^= value >> 16U;
    value *= 0x85EBCA6BU;
    value ^= value >> 13U;
    value *= 0xC2B2AE35U;
    return value ^ (value >> 16U);
}

float fraction(std::uint32_t bits) {
    return static_cast<float>(bits >> 8U) * 0x1p-24F;
}

/// Cosine-weighted around `normal`. a, b: 0..1
Eigen::Vector3f around(const Eigen::Vector3f& normal, float a, float b) {
    // A basis without branches: Duff et al., "Building an Orthonormal Basis, Revisited", JCGT 2017.
    const float sign = std::copysign(1.0F, normal.z());
    const float c = -1 / (sign + normal.z());
    const float d = normal.x() * normal.y() * c;
    const Eigen::Vector3f tangent(1 + sign * normal.x() * normal.x() * c, sign * d, -sign * normal.x());
    const Eigen::Vector3f bitangent(d, sign + normal.y() * normal.y() * c, -normal.y());
    const float radius = std::sqrt(a);
    const float angle = 2 * std::numbers::pi_v<float> * b;
    return radius * std::cos(angle) * tangent + radius * std::sin(angle) * bitangent +
           std::sqrt(std::max(0.0F, 1 - a)) * normal;
}

/// Leaves values up to `highlights_from` as they are and bends those above towards 1, so that highlights keep their
/// shape.
float tone_mapped(float linear) {
    if (linear <= highlights_from) {
        return linear;
    }
    constexpr float room = 1 - highlights_from;
    return highlights_from + room * (1 - std::exp(-(linear - highlights_from) / room));
}

}  // namespace

TracedScene::TracedScene(TriangleMesh mesh) : mesh_(validated(std::move(mesh))), caster_(mesh_) {
    offset_ = offset_share * mesh_.bounding_box().diagonal().norm();
    std::map<const Image*, std::shared_ptr<const Texture>> known;
    for (const Material& material : mesh_.materials) {
        material_colours_.push_back(linear_from_srgb(material.base_colour));
        std::shared_ptr<const Texture>& texture = textures_.emplace_back();
        if (material.base_colour_texture != nullptr && !mesh_.triangle_uvs.empty()) {
            std::shared_ptr<const Texture>& prepared = known[material.base_colour_texture.get()];
            if (prepared == nullptr) {
                prepared = std::make_shared<const Texture>(material.base_colour_texture);
            }
            texture = prepared;
        }
        lets_light_through_ =
            lets_light_through_ || material.opacity < opaque_from || (texture != nullptr && texture->has_holes());
    }
    for (const Eigen::Vector3f& colour : mesh_.vertex_colours) {
        vertex_colours_.push_back(linear_from_srgb(colour));
    }
    if (known.empty()) {
        return;
    }
    texels_per_unit_.assign(mesh_.triangles.size(), 0);
    for (std::size_t i = 0; i < mesh_.triangles.size(); ++i) {
        const Texture* texture = texture_of(static_cast<int>(i));
        if (texture == nullptr) {
            continue;
        }
        const auto& uv = mesh_.triangle_uvs[i];
        const Eigen::Vector2f first = uv[1] - uv[0];
        const Eigen::Vector2f second = uv[2] - uv[0];
        const Eigen::Vector3i& t = mesh_.triangles[i];
        const Eigen::Vector3f& corner = mesh_.vertices[t[0]];
        const float area = (mesh_.vertices[t[1]] - corner).cross(mesh_.vertices[t[2]] - corner).norm();
        const float uv_area = std::abs(first.x() * second.y() - first.y() * second.x());
        if (area > 0 && std::isfinite(uv_area)) {
            texels_per_unit_[i] = texture->side() * std::sqrt(uv_area / area);
        }
    }
}

const Material* TracedScene::material_of(int triangle) const {
    const int id = mesh_.material_ids.empty() ? -1 : mesh_.material_ids[triangle];
    return id < 0 ? nullptr : &mesh_.materials[id];
}

const Texture* TracedScene::texture_of(int triangle) const {
    const int id = mesh_.material_ids.empty() ? -1 : mesh_.material_ids[triangle];
    return id < 0 ? nullptr : textures_[id].get();
}

Eigen::Vector2f TracedScene::uv_at(const RayCaster::Hit& hit) const {
    const auto& uv = mesh_.triangle_uvs[hit.triangle];
    return (1 - hit.u - hit.v) * uv[0] + hit.u * uv[1] + hit.v * uv[2];
}

bool TracedScene::is_hole(const RayCaster::Hit& hit) const {
    const Texture* texture = texture_of(hit.triangle);
    return texture != nullptr && texture->has_holes() && texture->alpha(uv_at(hit)) < 0.5F;
}

float TracedScene::opacity_of(int triangle, bool use_materials) const {
    const Material* material = use_materials ? material_of(triangle) : nullptr;
    if (material == nullptr || !(material->opacity < opaque_from)) {
        return 1;
    }
    return std::max(material->opacity, least_opacity);
}

Eigen::Vector3f TracedScene::base_colour_at(const RayCaster::Hit& hit, float footprint) const {
    const Material* material = material_of(hit.triangle);
    Eigen::Vector3f colour = Eigen::Vector3f::Ones();
    if (material != nullptr) {
        colour = material_colours_[material - mesh_.materials.data()];
        if (const Texture* texture = texture_of(hit.triangle); texture != nullptr) {
            colour = colour.cwiseProduct(texture->colour(uv_at(hit), footprint * texels_per_unit_[hit.triangle]));
        }
    } else if (vertex_colours_.empty()) {
        colour.setConstant(linear_from_srgb(clay));
    }
    if (!vertex_colours_.empty()) {
        const Eigen::Vector3i& t = mesh_.triangles[hit.triangle];
        colour = colour.cwiseProduct((1 - hit.u - hit.v) * vertex_colours_[t[0]] + hit.u * vertex_colours_[t[1]] +
                                     hit.v * vertex_colours_[t[2]]);
    }
    return colour;
}

TracedScene::Nearest TracedScene::nearest(const Eigen::Vector3f& point, float footprint) const {
    const RayCaster::ClosestPoint closest = caster_.closest(point);
    const Eigen::Vector3i& t = mesh_.triangles[closest.triangle];
    const Eigen::Vector3d origin = mesh_.vertices[t[0]].cast<double>();
    const Eigen::Vector3d first = mesh_.vertices[t[1]].cast<double>() - origin;
    const Eigen::Vector3d second = mesh_.vertices[t[2]].cast<double>() - origin;
    const Eigen::Vector3d place = closest.position.cast<double>() - origin;
    const double area = first.cross(second).squaredNorm();
    RayCaster::Hit hit;
    hit.triangle = closest.triangle;
    if (area > 0) {
        const Eigen::Vector3d normal = first.cross(second) / area;
        hit.u = static_cast<float>(std::clamp(place.cross(second).dot(normal), 0.0, 1.0));
        hit.v = static_cast<float>(std::clamp(first.cross(place).dot(normal), 0.0, 1.0 - static_cast<double>(hit.u)));
    }
    return {closest.triangle, base_colour_at(hit, footprint)};
}

Eigen::Vector3f TracedScene::smooth_normal(const RayCaster::Hit& hit, const Eigen::Vector3f& face_normal,
                                           const Eigen::Vector3f& direction) const {
    const Eigen::Vector3i& t = mesh_.triangles[hit.triangle];
    Eigen::Vector3f normal = (1 - hit.u - hit.v) * mesh_.vertex_normals[t[0]] + hit.u * mesh_.vertex_normals[t[1]] +
                             hit.v * mesh_.vertex_normals[t[2]];
    const float length = normal.norm();
    if (!(length > 1e-3F) || !std::isfinite(length)) {
        return face_normal;
    }
    normal /= normal.dot(face_normal) < 0 ? -length : length;
    const float away = normal.dot(direction);
    // At the rim interpolation can turn away from the viewer; the steepest visible normal stands in.
    return away < 0 ? normal : Eigen::Vector3f((normal - (away + 1e-3F) * direction).normalized());
}

float TracedScene::light_through(const Eigen::Vector3f& origin, const Eigen::Vector3f& direction, float max_distance,
                                 bool use_materials) const {
    if (!lets_light_through_) {
        return caster_.occluded(origin, direction, max_distance) ? 0.0F : 1.0F;
    }
    float light = 1;
    float near = 0;
    for (int layer = 0; layer < max_holes; ++layer) {
        const RayCaster::Hit hit = caster_.cast(origin, direction, near);
        if (hit.triangle < 0 || hit.distance > max_distance) {
            return light;
        }
        if (!is_hole(hit)) {
            light *= 1 - opacity_of(hit.triangle, use_materials);
            if (light < 0.01F) {
                return 0;
            }
        }
        near = hit.distance + offset_;
    }
    return light;
}

float TracedScene::open_sky(const Eigen::Vector3f& origin, const Eigen::Vector3f& normal, const ViewRay& ray,
                            const Style& style) const {
    const int count = style.lighting.ambient_occlusion_rays;
    const float radius = style.lighting.ambient_occlusion_radius;
    if (count <= 0 || !(radius > 0)) {
        return 1;
    }
    // All samples of a pixel share one well-spread sequence (Roberts' R2), turned at random from pixel to pixel.
    const float turn_a = fraction(scrambled(ray.pixel));
    const float turn_b = fraction(scrambled(ray.pixel ^ 0x9E3779B9U));
    float open = 0;
    for (int i = 0; i < count; ++i) {
        const auto step = static_cast<float>(ray.sample * count + i);
        const float a = turn_a + step * 0.75487767F;
        const float b = turn_b + step * 0.56984029F;
        open +=
            light_through(origin, around(normal, a - std::floor(a), b - std::floor(b)), radius, style.use_materials);
    }
    return open / static_cast<float>(count);
}

Eigen::Vector3f TracedScene::light_at(const Eigen::Vector3f& origin, const Eigen::Vector3f& normal,
                                      const Eigen::Vector3f& face_normal, const ViewRay& ray,
                                      const Style& style) const {
    const Lighting& lighting = style.lighting;
    Eigen::Vector3f light = lighting.ground + (0.5F + 0.5F * normal.y()) * (lighting.sky - lighting.ground);
    light *= open_sky(origin, face_normal, ray, style);
    for (const DirectionalLight& lamp : lighting.lights) {
        const float cosine = normal.dot(lamp.towards_light_in_object);
        if (cosine <= 0 || face_normal.dot(lamp.towards_light_in_object) <= 0) {
            continue;
        }
        const float through = lamp.casts_shadow
                                  ? light_through(origin, lamp.towards_light_in_object,
                                                  std::numeric_limits<float>::infinity(), style.use_materials)
                                  : 1.0F;
        light += through * cosine * lamp.radiance;
    }
    return light;
}

TracedScene::Seen TracedScene::trace(const ViewRay& ray, const Style& style) const {
    Seen seen;
    float light_left = 1;
    float near = 0;
    int layer = 0;
    for (int step = 0; step < max_holes && layer < max_layers; ++step) {
        const RayCaster::Hit hit = caster_.cast(ray.origin, ray.direction, near);
        if (hit.triangle < 0) {
            break;
        }
        near = hit.distance + offset_;
        if (lets_light_through_ && is_hole(hit)) {
            continue;
        }
        const Eigen::Vector3f face_normal =
            hit.normal.dot(ray.direction) > 0 ? Eigen::Vector3f(-hit.normal) : hit.normal;
        const Eigen::Vector3f normal = style.smooth_shading && !mesh_.vertex_normals.empty()
                                           ? smooth_normal(hit, face_normal, ray.direction)
                                           : face_normal;
        if (!seen.hit) {
            seen.hit = true;
            seen.distance = hit.distance;
            seen.normal = normal;
        }
        Eigen::Vector3f base_colour = Eigen::Vector3f::Constant(linear_from_srgb(clay));
        if (style.use_materials) {
            const float slant = std::max(0.1F, -face_normal.dot(ray.direction));
            base_colour = base_colour_at(hit, (ray.footprint + ray.footprint_growth * hit.distance) / std::sqrt(slant));
        }
        const Eigen::Vector3f origin = ray.origin + hit.distance * ray.direction + offset_ * face_normal;
        const float opacity = opacity_of(hit.triangle, style.use_materials);
        const Eigen::Vector3f colour = base_colour.cwiseProduct(light_at(origin, normal, face_normal, ray, style));
        seen.colour += light_left * opacity * colour.unaryExpr(&tone_mapped);
        light_left *= 1 - opacity;
        if (light_left < 0.01F) {
            return seen;
        }
        ++layer;
    }
    seen.colour += light_left * style.background;
    return seen;
}

}  // namespace maquette::render
