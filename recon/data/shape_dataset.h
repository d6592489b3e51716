#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "priors/shape_catalogue.h"
#include "render/camera.h"
#include "render/grid.h"
#include "render/image.h"

namespace maquette::recon {

/// One rendered view of a dataset shape.
struct DatasetView {
    render::Camera camera;  ///< true camera
    render::OrbitPose pose;
    render::Image rgb;          ///< [128, 128, 3] over white
    render::Image mask;         ///< [128, 128, 1] coverage 0..255
    render::FloatImage depth;   ///< [128, 128, 1] camera Z, 0 outside
    render::FloatImage normal;  ///< [128, 128, 3] camera frame
};

/// What is known of a dataset shape without decoding it.
struct DatasetShape {
    std::string id;
    std::string category;
    std::string name;
    std::string library;
    priors::Split split = priors::Split::excluded;
    int duplicate_cluster = -1;
    int view_count = 0;
    bool has_icon = false;
};

struct DatasetOptions {
    int views = 24;
    int image_size = 128;
    std::uint64_t seed = 1;
    bool with_optional = false;  ///< aircraft and cars of the cross suite
};

/// One append-only file: records of {magic, JSON description, compressed blocks, CRC-32}. Reading is random access
/// (memory-mapped) and thread-safe; a torn record at the end (kill -9) is ignored and overwritten by the next build.
class ShapeDataset {
public:
    /// Throws InputError when the file is missing or not a dataset ("run `maquette data build`").
    explicit ShapeDataset(const std::filesystem::path& file);
    ~ShapeDataset();
    ShapeDataset(ShapeDataset&&) noexcept;

    [[nodiscard]] const std::vector<DatasetShape>& shapes() const;
    /// Digest over the shapes table and the build options.
    [[nodiscard]] const std::string& digest() const;

    [[nodiscard]] render::VoxelGrid occupancy(int shape, int resolution) const;          ///< 32 or 64; 0 or 1
    [[nodiscard]] render::SignedDistanceGrid distance(int shape, int resolution) const;  ///< 32 or 64; clamped +-0.125
    [[nodiscard]] DatasetView view(int shape, int view) const;
    /// Only colour and mask: what most training needs, three times faster.
    [[nodiscard]] DatasetView view_colour(int shape, int view) const;
    [[nodiscard]] render::Image icon(int shape) const;  ///< RGBA; empty when there is none

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct BuildProgress {
    int done = 0;
    int total = 0;
    std::string current;
    double seconds_left = 0;
};

/// Renders and voxelises every usable catalogue entry that the file does not hold yet. Parallel over shapes.
/// A shape that cannot be read is named on stderr and left out. Stops between shapes when asked.
void build_dataset(const priors::ShapeCatalogue& catalogue, const std::filesystem::path& file,
                   const DatasetOptions& options, const std::function<void(const BuildProgress&)>& progress,
                   std::stop_token stop);

}  // namespace maquette::recon
