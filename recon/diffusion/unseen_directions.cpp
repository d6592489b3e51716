#include "recon/diffusion/unseen_directions.h"

#include <algorithm>
#include <array>

#include "recon/diffusion/view_generation.h"

namespace maquette::recon::diffusion {
namespace {

constexpr int azimuth_step = 15;                                      // degrees
constexpr std::array<double, 3> candidate_elevations = {-5, 15, 35};  // degrees
constexpr double least_gain = 0.01;                                   // of the surface shown squarely
constexpr float clear_of_surface = 1.5F;                              // cells

float at_or_empty(const render::VoxelGrid& grid, int x, int y, int z) {
    const int r = grid.resolution;
    const bool inside = x >= 0 && y >= 0 && z >= 0 && x < r && y < r && z < r;
    return inside ? grid.at(x, y, z) : 0;
}

Eigen::Vector3i place_of(const render::VoxelGrid& grid, std::size_t index) {
    const int r = grid.resolution;
    const int i = static_cast<int>(index);
    return {i % r, i / r % r, i / (r * r)};
}

/// Away from what is solid; zero where the surroundings say nothing.
Eigen::Vector3f normal_at(const render::VoxelGrid& grid, const Eigen::Vector3i& cell) {
    const auto value = [&](int dx, int dy, int dz) {
        return at_or_empty(grid, cell.x() + dx, cell.y() + dy, cell.z() + dz);
    };
    const Eigen::Vector3f slope(value(-1, 0, 0) - value(1, 0, 0), value(0, -1, 0) - value(0, 1, 0),
                                value(0, 0, -1) - value(0, 0, 1));
    return slope.norm() > 1e-6F ? Eigen::Vector3f(slope.normalized()) : Eigen::Vector3f::Zero();
}

bool is_clear(const render::VoxelGrid& grid, float threshold, const Eigen::Vector3f& from, const Eigen::Vector3f& way) {
    const auto step = static_cast<float>(grid.cell());
    const auto half = static_cast<float>(grid.side / 2);
    for (Eigen::Vector3f at = from; at.cwiseAbs().maxCoeff() < half; at += step * way) {
        if (sample_trilinear(grid, at) >= threshold) return false;
    }
    return true;
}

/// A place on the surface, and where from there is clear of it.
struct SurfacePoint {
    Eigen::Vector3f centre;
    Eigen::Vector3f normal;
};

std::vector<SurfacePoint> surface_points(const render::VoxelGrid& grid, float threshold) {
    std::vector<SurfacePoint> points;
    for (const std::size_t index : surface_cells(grid, threshold)) {
        const Eigen::Vector3i cell = place_of(grid, index);
        points.push_back({grid.centre(cell.x(), cell.y(), cell.z()), normal_at(grid, cell)});
    }
    return points;
}

std::vector<float> squareness_of(std::span<const SurfacePoint> points, const render::VoxelGrid& grid, float threshold,
                                 const CropCamera& camera) {
    const Eigen::Vector3f eye = camera_of(camera, 1).cam_from_object.inverse().translation().cast<float>();
    const auto clearance = clear_of_surface * static_cast<float>(grid.cell());
    std::vector<float> result(points.size(), 0);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto& [centre, normal] = points[i];
        const Eigen::Vector3f way = (eye - centre).normalized();
        const float cosine = normal.dot(way);
        if (cosine <= 0) continue;
        if (is_clear(grid, threshold, centre + clearance * normal, way)) result[i] = cosine;
    }
    return result;
}

double gain(const std::vector<float>& best, const std::vector<float>& offered) {
    double sum = 0;
    for (std::size_t i = 0; i < best.size(); ++i) sum += std::max(offered[i] - best[i], 0.0F);
    return sum;
}

}  // namespace

std::vector<std::size_t> surface_cells(const render::VoxelGrid& grid, float threshold) {
    std::vector<std::size_t> cells;
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
        if (grid.values[i] < threshold) continue;
        const Eigen::Vector3i c = place_of(grid, i);
        const bool open = at_or_empty(grid, c.x() - 1, c.y(), c.z()) < threshold ||
                          at_or_empty(grid, c.x() + 1, c.y(), c.z()) < threshold ||
                          at_or_empty(grid, c.x(), c.y() - 1, c.z()) < threshold ||
                          at_or_empty(grid, c.x(), c.y() + 1, c.z()) < threshold ||
                          at_or_empty(grid, c.x(), c.y(), c.z() - 1) < threshold ||
                          at_or_empty(grid, c.x(), c.y(), c.z() + 1) < threshold;
        if (open) cells.push_back(i);
    }
    return cells;
}

std::vector<float> squareness(const render::VoxelGrid& grid, float threshold, const CropCamera& camera) {
    return squareness_of(surface_points(grid, threshold), grid, threshold, camera);
}

std::vector<CropCamera> cameras_for_unseen(const render::VoxelGrid& grid, float threshold,
                                           std::span<const CropCamera> seen, int count) {
    const auto points = surface_points(grid, threshold);
    std::vector<float> best(points.size(), 0);
    if (best.empty()) return {};
    const auto take = [&](const std::vector<float>& offered) {
        for (std::size_t i = 0; i < best.size(); ++i) best[i] = std::max(best[i], offered[i]);
    };
    for (const CropCamera& camera : seen) take(squareness_of(points, grid, threshold, camera));
    std::vector<CropCamera> candidates;
    std::vector<std::vector<float>> offers;
    for (const double elevation : candidate_elevations) {
        for (int azimuth = -180; azimuth < 180; azimuth += azimuth_step) {
            candidates.push_back(target_camera(azimuth, elevation, grid));
            offers.push_back(squareness_of(points, grid, threshold, candidates.back()));
        }
    }
    std::vector<CropCamera> chosen;
    while (static_cast<int>(chosen.size()) < count) {
        std::size_t winner = 0;
        double most = -1;
        for (std::size_t i = 0; i < offers.size(); ++i) {
            const double gained = gain(best, offers[i]);
            if (gained <= most) continue;
            most = gained;
            winner = i;
        }
        if (most < least_gain * static_cast<double>(best.size())) break;
        chosen.push_back(candidates[winner]);
        take(offers[winner]);
    }
    return chosen;
}

}  // namespace maquette::recon::diffusion
