#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "recon/refine/track.h"
#include "recon/refine/view.h"
#include "viewer/drawing/packed_mesh.h"
#include "viewer/studio/true_shape.h"

namespace maquette::viewer {

/// Which moment of which run to make visible.
struct ShapeWish {
    std::shared_ptr<const recon::RefinementSnapshot> snapshot;
    std::shared_ptr<const priors::CategoryPrior> prior;
    std::shared_ptr<const std::vector<recon::View>> views;  ///< for colours and confidence; null: none wanted
    /// Whose outlines complete the surface; null: it is as it was refined.
    std::shared_ptr<const std::vector<recon::View>> outlines;
    std::shared_ptr<const TrueShape> truth;  ///< vertices tell their distance from it, not the prior
    bool confidence = false;                 ///< vertices tell how sure they are instead
    float threshold = 0.5F;
    int resolution = 64;  ///< cells a side of the surface

    bool operator==(const ShapeWish&) const = default;
};

/// A moment as it is drawn. Immutable.
struct Shape {
    std::shared_ptr<const PackedMesh> mesh;
    std::shared_ptr<const PackedCubes> cubes;
    double mean_difference = 0;  ///< of the vertices from the prior's surface, object units
    double seconds = 0;          ///< that the making took
};

/// Distance from the prior's or the true surface that has the last colour of the scale, object units.
inline constexpr float full_difference = 0.15F;

/// Makes surfaces on a thread of its own and keeps the newest ones.
class ShapeMaker {
public:
    /// `notify` is called on the worker's thread after each shape.
    explicit ShapeMaker(std::function<void()> notify, std::size_t kept = 48);
    ~ShapeMaker();
    ShapeMaker(const ShapeMaker&) = delete;
    ShapeMaker& operator=(const ShapeMaker&) = delete;

    /// The shape, or null while it is being made. What was wished for last is made first.
    std::shared_ptr<const Shape> find(const ShapeWish& wish);
    [[nodiscard]] bool idle() const;

private:
    struct Kept {
        ShapeWish wish;
        std::shared_ptr<const Shape> shape;
    };
    void worker(const std::stop_token& stop);

    std::function<void()> notify_;
    std::size_t kept_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::list<ShapeWish> wishes_;  ///< newest first
    std::list<Kept> shapes_;       ///< last used first
    bool busy_ = false;
    std::jthread thread_;
};

/// The field's surface, at a lower level where nothing reaches the threshold (a prior's mean may not). Empty for an
/// empty field.
render::TriangleMesh surface_at_or_below(const render::VoxelGrid& field, float threshold, int resolution);

/// The surface that is wished for, in object units, without colours.
render::TriangleMesh surface_of(const ShapeWish& wish);

}  // namespace maquette::viewer
