#include "recon/eval/metrics.h"

#include <fmt/format.h>

#include <cstddef>
#include <nanoflann.hpp>

#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {

namespace {

/// nanoflann's view of a point set.
struct PointSet {
    const std::vector<Eigen::Vector3f>& points;

    [[nodiscard]] std::size_t kdtree_get_point_count() const { return points.size(); }
    [[nodiscard]] float kdtree_get_pt(std::size_t index, std::size_t axis) const {
        return points[index][static_cast<Eigen::Index>(axis)];
    }
    template <typename Box>
    bool kdtree_get_bbox(Box& /*box*/) const {
        return false;
    }
};

using PointTree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<float, PointSet>, PointSet, 3>;

/// Distance from each point of `from` to the nearest of `to`.
std::vector<double> nearest_distances(const std::vector<Eigen::Vector3f>& from,
                                      const std::vector<Eigen::Vector3f>& to) {
    const PointSet set{to};
    PointTree tree(3, set, nanoflann::KDTreeSingleIndexAdaptorParams(16));
    tree.buildIndex();
    std::vector<double> distances(from.size());
    constexpr std::size_t grain = 1024;
    render::parallel_for(from.size(), grain, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            std::size_t index = 0;
            float squared = 0;
            nanoflann::KNNResultSet<float> nearest(1);
            nearest.init(&index, &squared);
            tree.findNeighbors(nearest, from[i].data(), nanoflann::SearchParams());
            distances[i] = static_cast<double>((from[i] - to[index]).norm());
        }
    });
    return distances;
}

double mean_of(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) {
        sum += value;
    }
    return sum / static_cast<double>(values.size());
}

double fraction_within(const std::vector<double>& distances, double limit) {
    std::size_t count = 0;
    for (const double distance : distances) {
        count += distance <= limit ? 1 : 0;
    }
    return static_cast<double>(count) / static_cast<double>(distances.size());
}

double fscore(const std::vector<double>& precision_distances, const std::vector<double>& recall_distances,
              double limit) {
    const double precision = fraction_within(precision_distances, limit);
    const double recall = fraction_within(recall_distances, limit);
    return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0;
}

double ratio(std::size_t intersection, std::size_t union_size) {
    return union_size == 0 ? 1 : static_cast<double>(intersection) / static_cast<double>(union_size);
}

}  // namespace

double iou(const render::VoxelGrid& prediction, const render::VoxelGrid& truth, float threshold) {
    if (prediction.resolution != truth.resolution) {
        throw UsageError(fmt::format("cannot compare a grid of resolution {} with one of {}; resample one of them",
                                     prediction.resolution, truth.resolution));
    }
    std::size_t intersection = 0;
    std::size_t union_size = 0;
    for (std::size_t i = 0; i < truth.values.size(); ++i) {
        const bool predicted = prediction.values[i] >= threshold;
        const bool actual = truth.values[i] >= 0.5F;
        intersection += predicted && actual ? 1 : 0;
        union_size += predicted || actual ? 1 : 0;
    }
    return ratio(intersection, union_size);
}

double mask_iou(const render::FloatImage& a, const render::FloatImage& b) {
    if (a.width != b.width || a.height != b.height || a.channels != 1 || b.channels != 1) {
        throw UsageError(
            fmt::format("cannot compare a {}x{} mask of {} channels with one of {}x{} and {}; both must be "
                        "of one size and one channel",
                        a.width, a.height, a.channels, b.width, b.height, b.channels));
    }
    std::size_t intersection = 0;
    std::size_t union_size = 0;
    for (std::size_t i = 0; i < a.pixels.size(); ++i) {
        const bool in_a = a.pixels[i] >= 0.5F;
        const bool in_b = b.pixels[i] >= 0.5F;
        intersection += in_a && in_b ? 1 : 0;
        union_size += in_a || in_b ? 1 : 0;
    }
    return ratio(intersection, union_size);
}

SurfaceDistance surface_distance(const render::TriangleMesh& prediction, const render::TriangleMesh& truth, int samples,
                                 unsigned seed) {
    if (samples < 1) {
        throw UsageError(
            fmt::format("cannot measure a surface distance with {} samples; at least 1 is needed", samples));
    }
    if (prediction.empty() || truth.empty()) {
        throw InputError(fmt::format("the {} mesh is empty; there is no surface to measure a distance to",
                                     prediction.empty() ? "predicted" : "true"));
    }
    // Different seeds, so that two equal meshes are not compared at the very same points.
    const std::vector<Eigen::Vector3f> predicted = render::sample_surface(prediction, samples, seed);
    const std::vector<Eigen::Vector3f> actual = render::sample_surface(truth, samples, seed + 1);
    const std::vector<double> to_truth = nearest_distances(predicted, actual);
    const std::vector<double> to_prediction = nearest_distances(actual, predicted);
    SurfaceDistance result;
    result.chamfer_l1 = (mean_of(to_truth) + mean_of(to_prediction)) / 2;
    result.fscore_001 = fscore(to_truth, to_prediction, 0.01);
    result.fscore_005 = fscore(to_truth, to_prediction, 0.05);
    return result;
}

}  // namespace maquette::recon
