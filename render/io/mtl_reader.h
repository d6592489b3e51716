#pragma once

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <unordered_map>

#include "render/triangle_mesh.h"

namespace maquette::render {

/// One `newmtl` block.
struct MtlMaterial {
    Material material;                     ///< without the texture
    std::string texture;                   ///< `map_Kd`, forward slashes; empty: none
    Eigen::Vector2f texture_scale{1, 1};   ///< `-s`
    Eigen::Vector2f texture_offset{0, 0};  ///< `-o`
};

/// Adds the materials of an MTL text by name; the first of a name stays. Reads Kd, d, Tr and map_Kd with its options;
/// other statements and malformed values are skipped, since a colour is no reason to refuse a shape.
void parse_mtl(std::string_view text, std::unordered_map<std::string, MtlMaterial>& materials);

}  // namespace maquette::render
