#include "recon/refine/outline_completion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "recon/refine/outline_trimming.h"
#include "render/field_march.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr double usual_width = 128;  // pixels that `reach` is about
constexpr double fine_step = 0.7;    // cells between samples of a ray
constexpr double coarse_step = 0.5;
constexpr double least_evidence = 0.2;  // of the level: below, a ray's depth means nothing
constexpr double least_radius = 0.8;    // cells: thinner parts would fall apart
constexpr double averaged = 6;          // pixels to each side, of the shape's depths
constexpr int denied = 2;               // pixels outside another mask
constexpr double least_weight = 0.5;    // of the largest: views that contradict the others change nothing
constexpr int sweeps = 400;
constexpr double relaxation = 1.7;

/// What a ray through a pixel of the mask meets. Depths along Z of the camera.
struct RayFacts {
    bool covered = false;
    double middle = 0;    ///< between where it enters the shape first and leaves it last; where it is covered
    double likely = 0;    ///< where the coarse field is most solid
    double evidence = 0;  ///< how solid it is there
};

struct Missing {
    Outline outline;
    std::vector<RayFacts> rays;  ///< of each pixel
    std::vector<double> depth;   ///< of each pixel that is to be filled; not-a-number elsewhere
    bool meets = false;          ///< any ray meets the shape
    int pixels = 0;
};

/// The ray through a pixel's centre, by depth along Z of the camera.
class DepthRay {
public:
    DepthRay(const render::Camera& camera, int x, int y)
        : ray_(camera.ray(x + 0.5, y + 0.5)),
          forward_((camera.cam_from_object.linear() * ray_.direction_in_object).z()) {}
    [[nodiscard]] Eigen::Vector3d at(double depth) const {
        return ray_.origin_in_object + ray_.direction_in_object * (depth / forward_);
    }

private:
    render::Camera::Ray ray_;
    double forward_;  ///< how much deeper a unit along the ray goes
};

RayFacts facts_of(const DepthRay& ray, const render::DepthRange& range, const render::VoxelGrid& field, float level,
                  const render::VoxelGrid& evidence) {
    RayFacts facts;
    const auto at = [&](double depth) { return Eigen::Vector3f(ray.at(depth).cast<float>()); };
    const auto within = [](const render::VoxelGrid& grid, const Eigen::Vector3f& point) {
        return point.cwiseAbs().maxCoeff() <= grid.side / 2;
    };
    double first = 0;
    double last = 0;
    for (double depth = range.nearest; depth <= range.farthest; depth += fine_step * field.cell()) {
        const Eigen::Vector3f point = at(depth);
        if (!within(field, point) || render::sample_trilinear(field, point) < level) continue;
        if (!facts.covered) first = depth;
        facts.covered = true;
        last = depth;
    }
    facts.middle = (first + last) / 2;
    if (facts.covered) return facts;
    for (double depth = range.nearest; depth <= range.farthest; depth += coarse_step * evidence.cell()) {
        const Eigen::Vector3f point = at(depth);
        if (!within(evidence, point)) continue;
        const double value = render::sample_trilinear(evidence, point);
        if (value <= facts.evidence) continue;
        facts.evidence = value;
        facts.likely = depth;
    }
    return facts;
}

/// Pixels that stand out from the shape far enough, 0 or 255.
cv::Mat standing_out(const cv::Mat& inside, const std::vector<RayFacts>& rays, double reach) {
    cv::Mat lacking = inside.clone();
    cv::Mat uncovered(inside.size(), CV_8UC1, cv::Scalar(255));
    for (int y = 0; y < inside.rows; ++y) {
        for (int x = 0; x < inside.cols; ++x) {
            if (!rays[static_cast<std::size_t>(y) * inside.cols + x].covered) continue;
            lacking.at<std::uint8_t>(y, x) = 0;
            uncovered.at<std::uint8_t>(y, x) = 0;
        }
    }
    cv::Mat away;
    cv::distanceTransform(uncovered, away, cv::DIST_L2, cv::DIST_MASK_PRECISE);
    cv::Mat parts;
    const int count = cv::connectedComponents(lacking, parts, 8, CV_32S);
    std::vector<float> farthest(static_cast<std::size_t>(count), 0.0F);
    for (int y = 0; y < inside.rows; ++y) {
        for (int x = 0; x < inside.cols; ++x) {
            float& most = farthest[static_cast<std::size_t>(parts.at<int>(y, x))];
            most = std::max(most, away.at<float>(y, x));
        }
    }
    cv::Mat core(inside.size(), CV_8UC1, cv::Scalar(0));
    for (int y = 0; y < inside.rows; ++y) {
        for (int x = 0; x < inside.cols; ++x) {
            const int part = parts.at<int>(y, x);
            const bool far = part > 0 && farthest[static_cast<std::size_t>(part)] >= reach;
            if (far && away.at<float>(y, x) >= reach / 2) core.at<std::uint8_t>(y, x) = 255;
        }
    }
    // Slivers along the rest of the outline are left: a shape that is a little too small is no shape with a rim.
    const int side = 2 * static_cast<int>(std::lround(reach)) + 1;
    cv::dilate(core, core, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
    return core & lacking;
}

/// Depths of the shape, means over some pixels: its very rim is often its near or its far edge. Zero where nothing is
/// covered.
cv::Mat shape_depths(const std::vector<RayFacts>& rays, const cv::Size& size) {
    cv::Mat depth(size, CV_32F, cv::Scalar(0));
    cv::Mat known(size, CV_32F, cv::Scalar(0));
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const RayFacts& ray = rays[static_cast<std::size_t>(y) * size.width + x];
            if (!ray.covered) continue;
            depth.at<float>(y, x) = static_cast<float>(ray.middle);
            known.at<float>(y, x) = 1;
        }
    }
    const int side = 2 * static_cast<int>(std::lround(averaged * size.width / usual_width)) + 1;
    cv::Mat sum;
    cv::Mat count;
    cv::blur(depth, sum, {side, side}, {-1, -1}, cv::BORDER_CONSTANT);
    cv::blur(known, count, {side, side}, {-1, -1}, cv::BORDER_CONSTANT);
    cv::Mat mean(size, CV_32F, cv::Scalar(0));
    cv::divide(sum, count, mean);
    return mean;
}

/// Smooth depths that continue the shape's and follow the coarse field's where it has any.
void fill_depths(Missing& missing, const cv::Mat& wanted, float level, double trust) {
    const int width = wanted.cols;
    const int height = wanted.rows;
    const auto at = [&](int x, int y) { return static_cast<std::size_t>(y) * width + x; };
    std::vector<std::pair<int, int>> unknown;
    missing.depth.assign(missing.rays.size(), std::numeric_limits<double>::quiet_NaN());
    const cv::Mat shape = shape_depths(missing.rays, wanted.size());
    double sum = 0;
    int covered = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const RayFacts& ray = missing.rays[at(x, y)];
            if (ray.covered) {
                missing.depth[at(x, y)] = shape.at<float>(y, x);
                sum += ray.middle;
                ++covered;
            } else if (wanted.at<std::uint8_t>(y, x) > 0) {
                unknown.emplace_back(x, y);
            }
        }
    }
    for (const auto& [x, y] : unknown) missing.depth[at(x, y)] = sum / covered;
    constexpr std::array<std::pair<int, int>, 4> sides = {{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}};
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        for (const auto& [x, y] : unknown) {
            const RayFacts& ray = missing.rays[at(x, y)];
            const double share = ray.evidence / level;
            double weight = share < least_evidence ? 0 : trust * 4 * share * share;
            double total = weight * ray.likely;
            for (const auto& [dx, dy] : sides) {
                if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
                const double near = missing.depth[at(x + dx, y + dy)];
                if (std::isnan(near)) continue;
                total += near;
                weight += 1;
            }
            double& depth = missing.depth[at(x, y)];
            if (weight > 0) depth += relaxation * (total / weight - depth);
        }
    }
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            if (missing.rays[at(x, y)].covered) missing.depth[at(x, y)] = std::numeric_limits<double>::quiet_NaN();
        }
    }
    missing.pixels = static_cast<int>(unknown.size());
}

Missing missing_in(const render::VoxelGrid& field, float level, const render::VoxelGrid& evidence,
                   const PosedMask& posed, const OutlineCompletionOptions& options) {
    const render::FloatImage& mask = *posed.mask;
    Missing missing{.outline = outline_of(posed)};
    missing.rays.resize(mask.pixels.size());
    const render::DepthRange range = render::depth_range(missing.outline.camera, field.side);
    render::parallel_for(static_cast<std::size_t>(mask.height), 4, [&](std::size_t begin, std::size_t end) {
        for (auto y = static_cast<int>(begin); y < static_cast<int>(end); ++y) {
            for (int x = 0; x < mask.width; ++x) {
                if (missing.outline.inside.at<std::uint8_t>(y, x) == 0) continue;
                missing.rays[static_cast<std::size_t>(y) * mask.width + x] =
                    facts_of(DepthRay(missing.outline.camera, x, y), range, field, level, evidence);
            }
        }
    });
    missing.meets = std::any_of(missing.rays.begin(), missing.rays.end(), [](const RayFacts& r) { return r.covered; });
    if (!missing.meets) return missing;
    const cv::Mat wanted = standing_out(missing.outline.inside, missing.rays, options.reach * mask.width / usual_width);
    fill_depths(missing, wanted, level, options.trust);
    return missing;
}

/// Whether the point lies well outside one of the other masks.
bool is_denied(const Eigen::Vector3d& point, std::size_t own, const std::vector<Missing>& views) {
    for (std::size_t v = 0; v < views.size(); ++v) {
        if (v == own) continue;
        const auto seen = views[v].outline.camera.project(point);
        if (!seen) continue;
        const auto x = static_cast<int>(std::floor(seen->x()));
        const auto y = static_cast<int>(std::floor(seen->y()));
        bool near = false;
        for (int dy = -denied; dy <= denied && !near; ++dy) {
            for (int dx = -denied; dx <= denied && !near; ++dx) {
                const cv::Point at(x + dx, y + dy);
                near = cv::Rect(cv::Point(0, 0), views[v].outline.inside.size()).contains(at) &&
                       views[v].outline.inside.at<std::uint8_t>(at) > 0;
            }
        }
        if (!near) return true;
    }
    return false;
}

void add_ball(render::VoxelGrid& field, float level, const Eigen::Vector3d& centre, double radius) {
    constexpr double margin = 1.5;  // cells around it in which the field falls
    const double cell = field.cell();
    const double half = field.side / 2;
    const auto range = [&](double at) {
        const int low = static_cast<int>(std::floor((at - radius + half) / cell - margin));
        const int high = static_cast<int>(std::ceil((at + radius + half) / cell + margin));
        return std::make_pair(std::clamp(low, 0, field.resolution - 1), std::clamp(high, 0, field.resolution - 1));
    };
    const auto [x0, x1] = range(centre.x());
    const auto [y0, y1] = range(centre.y());
    const auto [z0, z1] = range(centre.z());
    for (int z = z0; z <= z1; ++z) {
        for (int y = y0; y <= y1; ++y) {
            for (int x = x0; x <= x1; ++x) {
                const double within = (radius - (field.centre(x, y, z).cast<double>() - centre).norm()) / cell;
                if (within < -margin) continue;
                const auto value = static_cast<float>(std::clamp(level * (1 + new_surface_slope * within), 0.0, 1.0));
                float& cell_value = field.at(x, y, z);
                cell_value = std::max(cell_value, value);
            }
        }
    }
}

}  // namespace

int complete_outlines(render::VoxelGrid& field, float level, const render::VoxelGrid& evidence,
                      std::span<const PosedMask> masks, const OutlineCompletionOptions& options) {
    std::vector<Missing> views;
    double most_weight = 0;
    for (const PosedMask& mask : masks) most_weight = std::max<double>(most_weight, mask.weight);
    for (const PosedMask& mask : masks) {
        if (mask.weight < least_weight * most_weight) continue;
        views.push_back(missing_in(field, level, evidence, mask, options));
    }
    if (options.allowed > 0) {
        for (const Missing& view : views) {
            if (!view.meets) continue;
            trim_to_outline(field, level, view.outline, options.allowed * view.outline.inside.cols / usual_width);
        }
    }
    int filled = 0;
    for (std::size_t v = 0; v < views.size(); ++v) {
        const Missing& view = views[v];
        if (view.pixels == 0) continue;
        for (int y = 0; y < view.outline.inside.rows; ++y) {
            for (int x = 0; x < view.outline.inside.cols; ++x) {
                const double depth = view.depth[static_cast<std::size_t>(y) * view.outline.inside.cols + x];
                if (std::isnan(depth)) continue;
                const Eigen::Vector3d centre = DepthRay(view.outline.camera, x, y).at(depth);
                if (is_denied(centre, v, views)) continue;
                const double radius =
                    (view.outline.depth_in_mask.at<float>(y, x) - 0.5) * depth / view.outline.camera.fx;
                add_ball(field, level, centre,
                         std::clamp(radius, least_radius * field.cell(), std::max(options.thickest, field.cell())));
                ++filled;
            }
        }
    }
    return filled;
}

}  // namespace maquette::recon
