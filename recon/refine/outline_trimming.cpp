#include "recon/refine/outline_trimming.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

namespace maquette::recon {
namespace {

constexpr float solid = 0.5F;
constexpr double outline_blur = 1.5;  // pixels, standard deviation
constexpr double most_lost = 0.2;     // of the shape, to one mask

cv::Mat inside_of(const render::FloatImage& mask) {
    cv::Mat inside(mask.height, mask.width, CV_8UC1, cv::Scalar(0));
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) >= solid) inside.at<std::uint8_t>(y, x) = 255;
        }
    }
    return inside;
}

/// What is beyond the picture is not inside.
cv::Mat distance_within(const cv::Mat& inside) {
    cv::Mat padded;
    cv::copyMakeBorder(inside, padded, 1, 1, 1, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
    cv::Mat distance;
    cv::distanceTransform(padded, distance, cv::DIST_L2, cv::DIST_MASK_PRECISE);
    return distance(cv::Rect(1, 1, inside.cols, inside.rows)).clone();
}

/// Between pixel centres, the border's beyond it. at: (0, 0) is the picture's top left corner.
double between_pixels(const cv::Mat& values, double x, double y) {
    const double column = std::clamp(x - 0.5, 0.0, values.cols - 1.0);
    const double row = std::clamp(y - 0.5, 0.0, values.rows - 1.0);
    const int left = std::min(static_cast<int>(column), values.cols - 2);
    const int top = std::min(static_cast<int>(row), values.rows - 2);
    const double across = column - left;
    const double down = row - top;
    return std::lerp(std::lerp<double>(values.at<float>(top, left), values.at<float>(top, left + 1), across),
                     std::lerp<double>(values.at<float>(top + 1, left), values.at<float>(top + 1, left + 1), across),
                     down);
}

/// How far a cell sticks out of the mask beyond what is allowed, cells; negative: it is so far within. The distance is
/// blurred: else the surface would have the pixels' steps.
class Overhang {
public:
    Overhang(const render::VoxelGrid& field, const Outline& outline, double allowed)
        : field_(&field), camera_(&outline.camera), allowed_(allowed) {
        cv::distanceTransform(255 - outline.inside, outside_, cv::DIST_L2, cv::DIST_MASK_PRECISE);
        outside_ -= outline.depth_in_mask;
        cv::GaussianBlur(outside_, outside_, {0, 0}, outline_blur);
    }
    [[nodiscard]] double of(int x, int y, int z) const {
        const auto seen = camera_->project(field_->centre(x, y, z).cast<double>());
        if (!seen) return -std::numeric_limits<double>::infinity();
        const double away = between_pixels(outside_, seen->x(), seen->y()) - allowed_;
        return away * seen->z() / camera_->fx / field_->cell();
    }

private:
    const render::VoxelGrid* field_;
    const render::Camera* camera_;
    double allowed_;
    cv::Mat outside_;
};

}  // namespace

Outline outline_of(const PosedMask& mask) {
    cv::Mat inside = inside_of(*mask.mask);
    cv::Mat depth = distance_within(inside);
    return {camera_of(mask.camera, mask.mask->width), std::move(inside), std::move(depth)};
}

void trim_to_outline(render::VoxelGrid& field, float level, const Outline& outline, double allowed) {
    const Overhang overhang(field, outline, allowed);
    struct Change {
        std::size_t cell = 0;
        float value = 0;
    };
    std::vector<Change> changes;
    std::size_t solid_cells = 0;
    std::size_t lost = 0;
    for (int z = 0; z < field.resolution; ++z) {
        for (int y = 0; y < field.resolution; ++y) {
            for (int x = 0; x < field.resolution; ++x) {
                const float value = field.at(x, y, z);
                if (value < level / 2) continue;
                if (value >= level) ++solid_cells;
                const double cells = overhang.of(x, y, z);
                const auto lowered = static_cast<float>(std::max(0.0, level * (1 - new_surface_slope * cells)));
                // Cells just within are lowered, too: where the surface lies between two cells is told by both.
                if (lowered >= value) continue;
                if (value >= level && lowered < level) ++lost;
                changes.push_back({field.index(x, y, z), lowered});
            }
        }
    }
    if (static_cast<double>(lost) > most_lost * static_cast<double>(solid_cells)) return;
    for (const Change& change : changes) field.values[change.cell] = change.value;
}

}  // namespace maquette::recon
