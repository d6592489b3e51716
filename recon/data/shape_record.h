#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recon/data/shape_dataset.h"

namespace maquette::recon {

/// Distances are clamped to this and stored in 127 steps a side. Object units.
inline constexpr float distance_band = 0.125F;

/// Everything a dataset holds of one shape, decoded.
struct ShapeContents {
    DatasetShape shape;
    render::VoxelGrid occupancy_32;
    render::VoxelGrid occupancy_64;
    render::SignedDistanceGrid distance_32;
    render::SignedDistanceGrid distance_64;
    render::Image icon;  ///< RGBA or empty
    std::vector<DatasetView> views;
};

/// What a record file keeps of it: see record_file.h.
struct EncodedShape {
    std::string description;  ///< JSON
    std::vector<std::uint8_t> payload;
};

/// Every field, the icon, and of every view the colours and the geometry are compressed each on its own. Cameras,
/// colours and masks are kept exactly; depth to 1/131068 of the view's depth range, normals to 1/254 a component,
/// distances to 1/254 of the band. Throws UsageError when a grid or a view has not the size the format wants.
EncodedShape encode_shape(const ShapeContents& contents, int image_size);

/// One shape of a mapped record file; decodes on demand and is safe to use from many threads.
class ShapeRecord {
public:
    /// payload: kept as a view. Throws InputError when the description does not fit it.
    ShapeRecord(std::string_view description, std::span<const std::uint8_t> payload);

    [[nodiscard]] const DatasetShape& shape() const { return shape_; }

    /// These throw InputError when the bytes are damaged, UsageError on a resolution or view that is not there.
    [[nodiscard]] render::VoxelGrid occupancy(int resolution) const;
    [[nodiscard]] render::SignedDistanceGrid distance(int resolution) const;
    [[nodiscard]] render::Image icon() const;
    [[nodiscard]] DatasetView view_colour(int view) const;
    void add_geometry(int view, DatasetView& target) const;

private:
    void unpack(std::size_t block, std::span<std::uint8_t> target) const;
    [[nodiscard]] std::size_t view_block(int view) const;

    DatasetShape shape_;
    int image_size_ = 0;
    int icon_width_ = 0;
    int icon_height_ = 0;
    std::vector<std::span<const std::uint8_t>> blocks_;
};

/// The first record of a dataset: what it was made from. JSON.
struct DatasetHeader {
    std::string table_digest;
    int views = 0;
    int image_size = 0;
    std::uint64_t seed = 0;

    /// SHA-256 over all of it and the format's version.
    [[nodiscard]] std::string digest() const;
};
std::string encode_header(const DatasetHeader& header);
/// Throws InputError, naming `what`, when it is something else or from another version of the format.
DatasetHeader decode_header(std::string_view description, const std::string& what);

}  // namespace maquette::recon
