#include "recon/refine/prior_appearance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "render/colour_space.h"
#include "render/mesh_topology.h"
#include "render/parallel.h"
#include "render/traced_scene.h"

namespace maquette::recon {
namespace {

constexpr float same_place = 1e-5F;      // object units: pieces hang together where vertices coincide
constexpr float footprint = 1.0F / 128;  // object units that a colour is averaged over

/// Labels of the triangles by the materials in use, in the order of the file.
std::vector<int> parts_by_material(const render::TriangleMesh& mesh, std::vector<std::string>& names) {
    std::map<int, int> label_of;
    for (const int id : mesh.material_ids) label_of.emplace(id, 0);
    if (label_of.size() < 2) return {};
    for (auto& [id, label] : label_of) {
        label = static_cast<int>(names.size());
        const std::string name = id < 0 ? "" : mesh.materials[static_cast<std::size_t>(id)].name;
        names.push_back(name.empty() ? fmt::format("material {}", id) : name);
    }
    std::vector<int> parts;
    parts.reserve(mesh.material_ids.size());
    for (const int id : mesh.material_ids) parts.push_back(label_of.at(id));
    return parts;
}

std::vector<int> parts_by_piece(const render::TriangleMesh& mesh, std::vector<std::string>& names) {
    std::vector<int> parts = render::triangle_components(mesh);
    const int count = parts.empty() ? 0 : *std::max_element(parts.begin(), parts.end()) + 1;
    if (count < 2) return {};
    for (int i = 0; i < count; ++i) names.push_back(fmt::format("piece {}", i + 1));
    return parts;
}

}  // namespace

PriorAppearance::PriorAppearance(const render::TriangleMesh& mesh) {
    mesh.validate("the prior's mesh");
    render::TriangleMesh whole = render::welded(mesh, same_place);
    has_colours_ = !whole.vertex_colours.empty() || !whole.material_ids.empty();
    part_of_triangle_ = parts_by_material(whole, part_names_);
    if (part_of_triangle_.empty()) part_of_triangle_ = parts_by_piece(whole, part_names_);
    scene_ = std::make_unique<render::TracedScene>(std::move(whole));
}

PriorAppearance::~PriorAppearance() = default;
PriorAppearance::PriorAppearance(PriorAppearance&&) noexcept = default;
PriorAppearance& PriorAppearance::operator=(PriorAppearance&&) noexcept = default;

PriorAppearance::Marks PriorAppearance::at(std::span<const Eigen::Vector3f> places) const {
    Marks marks;
    if (!part_of_triangle_.empty()) marks.parts.resize(places.size());
    if (has_colours_) marks.colours.resize(places.size());
    render::parallel_for(places.size(), 1024, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto nearest = scene_->nearest(places[i], footprint);
            if (!marks.parts.empty()) {
                marks.parts[i] = part_of_triangle_[static_cast<std::size_t>(nearest.triangle)];
            }
            if (!marks.colours.empty()) {
                for (int c = 0; c < 3; ++c) marks.colours[i][c] = render::srgb_from_linear(nearest.colour[c]);
            }
        }
    });
    return marks;
}

}  // namespace maquette::recon
