#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "render/triangle_mesh.h"

namespace maquette::render {
class TracedScene;
}

namespace maquette::recon {

/// Parts and colours of a prior's own mesh, for carrying them over to a result by the places that its vertices came
/// from.
class PriorAppearance {
public:
    /// mesh: in the object frame. Throws InputError on a mesh that does not validate.
    explicit PriorAppearance(const render::TriangleMesh& mesh);
    ~PriorAppearance();
    PriorAppearance(PriorAppearance&&) noexcept;
    PriorAppearance& operator=(PriorAppearance&&) noexcept;

    /// The mesh's materials where it uses more than one, else its connected pieces where there is more than one; else
    /// empty. A part's label is its index.
    [[nodiscard]] const std::vector<std::string>& part_names() const { return part_names_; }
    /// Whether the mesh has colours, materials or textures.
    [[nodiscard]] bool has_colours() const { return has_colours_; }

    /// Of the mesh's nearest points. Parts are empty where there are none, colours where the mesh has none.
    struct Marks {
        std::vector<int> parts;                ///< [N] indices into part_names
        std::vector<Eigen::Vector3f> colours;  ///< [N] sRGB 0..1
    };
    [[nodiscard]] Marks at(std::span<const Eigen::Vector3f> places) const;

private:
    std::unique_ptr<render::TracedScene> scene_;
    std::vector<int> part_of_triangle_;
    std::vector<std::string> part_names_;
    bool has_colours_ = false;
};

}  // namespace maquette::recon
