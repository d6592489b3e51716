#include "render/voxelize.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "render/carved_solid.h"
#include "render/distance_transform.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::render {

namespace {

/// Offsets from a point to the fine cells around it, nearest first.
std::vector<Eigen::Vector3i> cells_by_distance(bool point_on_corner) {
    constexpr int reach = 3;
    const float centre = point_on_corner ? 0.5F : 0.0F;
    const auto distance = [centre](const Eigen::Vector3i& o) {
        return (o.cast<float>().array() + centre).square().sum();
    };
    std::vector<Eigen::Vector3i> offsets;
    for (int z = -reach - 1; z <= reach; ++z) {
        for (int y = -reach - 1; y <= reach; ++y) {
            for (int x = -reach - 1; x <= reach; ++x) {
                const Eigen::Vector3i o(x, y, z);
                if (distance(o) <= reach * reach) {
                    offsets.push_back(o);
                }
            }
        }
    }
    std::stable_sort(offsets.begin(), offsets.end(),
                     [&](const Eigen::Vector3i& a, const Eigen::Vector3i& b) { return distance(a) < distance(b); });
    return offsets;
}

class DistanceField {
public:
    DistanceField(const CarvedSolid& solid, const RayCaster& caster, float band, bool reaches_beyond_grid)
        : solid_(solid),
          caster_(caster),
          band_(band),
          reaches_beyond_grid_(reaches_beyond_grid),
          sheets_(solid.sheets()),
          walled_(squared_distance_to_marked(solid.walled_cells(), solid.resolution())),
          on_corner_(solid.supersampling() % 2 == 0),
          nearby_(cells_by_distance(on_corner_)) {}

    [[nodiscard]] SignedDistanceGrid grid() const {
        SignedDistanceGrid result(solid_.resolution(), 0, solid_.side());
        const int n = solid_.resolution();
        parallel_for(static_cast<std::size_t>(n) * static_cast<std::size_t>(n), static_cast<std::size_t>(n),
                     [&](std::size_t begin, std::size_t end) {
                         for (std::size_t row = begin; row < end; ++row) {
                             const int y = static_cast<int>(row) % n;
                             const int z = static_cast<int>(row) / n;
                             for (int x = 0; x < n; ++x) {
                                 const float value = at(x, y, z, result.centre(x, y, z), result.index(x, y, z));
                                 result.at(x, y, z) = value;
                             }
                         }
                     });
        return result;
    }

private:
    [[nodiscard]] float at(int x, int y, int z, const Eigen::Vector3f& centre, std::size_t cell) const {
        const bool inside = is_inside(x, y, z, centre);
        const float half_fine_cell = static_cast<float>(solid_.fine_cell()) / 2;
        const float search_band = band_ + half_fine_cell;
        // The surface lies within half a diagonal of the centre of the nearest walled cell, and of no nearer one.
        const auto coarse_cell = static_cast<float>(solid_.side() / solid_.resolution());
        const float to_walled = std::sqrt(walled_[cell]) * coarse_cell;
        const float half_diagonal = 0.8661F * coarse_cell;
        if (to_walled - half_diagonal > search_band && !reaches_beyond_grid_) {
            return inside ? -band_ : band_;
        }
        const float radius = std::min(search_band, to_walled + half_diagonal) * 1.0001F;
        const RayCaster::ClosestPoint closest = caster_.closest(centre, radius);
        if (closest.triangle < 0) {
            return inside ? -band_ : band_;
        }
        float distance = inside ? -closest.distance : closest.distance;
        if (on_sheet(closest.position)) {
            distance -= half_fine_cell;
        }
        return std::clamp(distance, -band_, band_);
    }

    /// Any free fine cell that holds the point, or whose centre is visible from it, lies on the point's side of the
    /// surface. Walls themselves say nothing: their cells are cut by the surface.
    [[nodiscard]] bool is_inside(int x, int y, int z, const Eigen::Vector3f& centre) const {
        const int half = solid_.supersampling() / 2;
        const Eigen::Vector3i base(solid_.first_fine_cell(x) + half, solid_.first_fine_cell(y) + half,
                                   solid_.first_fine_cell(z) + half);
        const std::size_t holding = on_corner_ ? 8 : 1;
        for (std::size_t i = 0; i < nearby_.size(); ++i) {
            const Eigen::Vector3i cell = base + nearby_[i];
            if (!in_fine_grid(cell) || solid_.walls().at(cell.x(), cell.y(), cell.z())) {
                continue;
            }
            if (i >= holding) {
                const Eigen::Vector3f towards = solid_.fine_centre(cell.x(), cell.y(), cell.z()) - centre;
                if (caster_.occluded(centre, towards.normalized(), towards.norm())) {
                    continue;
                }
            }
            return !solid_.outside().at(cell.x(), cell.y(), cell.z());
        }
        return true;
    }

    [[nodiscard]] bool on_sheet(const Eigen::Vector3f& position) const {
        const Eigen::Vector3i cell = solid_.in_fine_cells(position).array().floor().matrix().cast<int>();
        return in_fine_grid(cell) && sheets_.at(cell.x(), cell.y(), cell.z());
    }

    [[nodiscard]] bool in_fine_grid(const Eigen::Vector3i& cell) const {
        return cell.minCoeff() >= 0 && cell.maxCoeff() < solid_.walls().resolution;
    }

    const CarvedSolid& solid_;
    const RayCaster& caster_;
    float band_;
    bool reaches_beyond_grid_;
    BitGrid sheets_;
    std::vector<float> walled_;
    bool on_corner_;
    std::vector<Eigen::Vector3i> nearby_;
};

SignedDistanceGrid distance_of(const CarvedSolid& solid, const TriangleMesh& mesh, const RayCaster& caster,
                               float band) {
    const bool reaches_beyond_grid = mesh.bounding_box().max().maxCoeff() > solid.side() / 2 ||
                                     mesh.bounding_box().min().minCoeff() < -solid.side() / 2;
    return DistanceField(solid, caster, band, reaches_beyond_grid).grid();
}

void check_band(float band) {
    if (!std::isfinite(band) || band <= 0) {
        throw UsageError(fmt::format("the distance band is {}; it must be above 0 object units", band));
    }
}

}  // namespace

VoxelGrid voxelize(const TriangleMesh& mesh, int resolution, const SolidRule& rule, double side) {
    return CarvedSolid(mesh, resolution, rule, side).occupancy();
}

SignedDistanceGrid signed_distance(const TriangleMesh& mesh, int resolution, float band, const SolidRule& rule,
                                   double side) {
    check_band(band);
    const CarvedSolid solid(mesh, resolution, rule, side);
    return distance_of(solid, mesh, RayCaster(mesh), band);
}

SolidFields solid_fields(const TriangleMesh& mesh, const RayCaster& caster, int resolution, float band,
                         const SolidRule& rule, double side) {
    check_band(band);
    const CarvedSolid solid(mesh, resolution, rule, side);
    return {solid.occupancy(), distance_of(solid, mesh, caster, band)};
}

}  // namespace maquette::render
