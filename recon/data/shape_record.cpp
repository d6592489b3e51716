#include "recon/data/shape_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "recon/data/block_codec.h"
#include "recon/data/view_codec.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {

namespace {

using nlohmann::json;

constexpr const char* header_kind = "maquette dataset";
constexpr const char* shape_kind = "shape";
// Counted up by every change of the layout, and of what is drawn, so that no file mixes two recipes.
constexpr int format_version = 2;

// Order of the blocks in a payload; colours and geometry of the views alternate after the icon.
enum Block : std::size_t { occupancy_32, occupancy_64, distance_32, distance_64, icon_pixels, first_view };

std::vector<std::uint8_t> pack_occupancy(const render::VoxelGrid& grid) {
    std::vector<std::uint8_t> bits((grid.values.size() + 7) / 8, 0);
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
        if (grid.values[i] >= 0.5F) {
            bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | (1U << (i % 8)));
        }
    }
    return bits;
}

std::vector<std::uint8_t> pack_distance(const render::SignedDistanceGrid& grid) {
    std::vector<std::uint8_t> steps(grid.values.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const float clamped = std::clamp(grid.values[i], -distance_band, distance_band);
        steps[i] = static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(clamped / distance_band * 127)));
    }
    difference_rows(steps, static_cast<std::size_t>(grid.resolution));
    return steps;
}

void expect_grid(const render::Grid& grid, int resolution, const std::string& id) {
    if (grid.resolution != resolution || grid.side != render::default_grid_side) {
        throw UsageError(fmt::format("shape {}: a grid of {} over {} cannot be stored, only {} over {}", id,
                                     grid.resolution, grid.side, resolution, render::default_grid_side));
    }
}

std::size_t cells(int resolution) {
    const auto side = static_cast<std::size_t>(resolution);
    return side * side * side;
}

std::size_t pick(int resolution, Block at_32, Block at_64) {
    if (resolution != 32 && resolution != 64) {
        throw UsageError(fmt::format("a dataset has grids of 32 and 64, not {}", resolution));
    }
    return resolution == 32 ? at_32 : at_64;
}

json to_json(const DatasetHeader& header) {
    return {{"kind", header_kind},   {"format", format_version},        {"table", header.table_digest},
            {"views", header.views}, {"image_size", header.image_size}, {"seed", header.seed}};
}

}  // namespace

EncodedShape encode_shape(const ShapeContents& contents, int image_size) {
    const DatasetShape& shape = contents.shape;
    expect_grid(contents.occupancy_32, 32, shape.id);
    expect_grid(contents.occupancy_64, 64, shape.id);
    expect_grid(contents.distance_32, 32, shape.id);
    expect_grid(contents.distance_64, 64, shape.id);
    if (!contents.icon.empty() && contents.icon.channels != 4) {
        throw UsageError(
            fmt::format("shape {}: the icon has {} channels instead of 4", shape.id, contents.icon.channels));
    }

    EncodedShape encoded;
    std::vector<std::size_t> sizes;
    const auto add = [&](std::span<const std::uint8_t> bytes) {
        sizes.push_back(append_compressed(bytes, encoded.payload));
    };
    add(pack_occupancy(contents.occupancy_32));
    add(pack_occupancy(contents.occupancy_64));
    add(pack_distance(contents.distance_32));
    add(pack_distance(contents.distance_64));
    std::vector<std::uint8_t> icon = contents.icon.pixels;
    difference_rows(icon, static_cast<std::size_t>(contents.icon.width) * 4);
    add(icon);
    for (const DatasetView& view : contents.views) {
        add(pack_colour(view, image_size));
        add(pack_geometry(view, image_size));
    }

    const json description = {{"kind", shape_kind},
                              {"id", shape.id},
                              {"category", shape.category},
                              {"name", shape.name},
                              {"library", shape.library},
                              {"split", priors::to_string(shape.split)},
                              {"duplicate_cluster", shape.duplicate_cluster},
                              {"views", contents.views.size()},
                              {"image_size", image_size},
                              {"icon", {contents.icon.width, contents.icon.height}},
                              {"blocks", sizes}};
    encoded.description = description.dump(-1, ' ', false, json::error_handler_t::replace);
    return encoded;
}

ShapeRecord::ShapeRecord(std::string_view description, std::span<const std::uint8_t> payload) {
    std::vector<std::size_t> sizes;
    try {
        const json fields = json::parse(description);
        if (fields.at("kind") != shape_kind) {
            throw InputError(fmt::format("a record of the unknown kind {}", fields.at("kind").dump()));
        }
        shape_.id = fields.at("id");
        shape_.category = fields.at("category");
        shape_.name = fields.at("name");
        shape_.library = fields.at("library");
        shape_.split = priors::split_from_string(fields.at("split"));
        shape_.duplicate_cluster = fields.at("duplicate_cluster");
        shape_.view_count = fields.at("views");
        image_size_ = fields.at("image_size");
        icon_width_ = fields.at("icon").at(0);
        icon_height_ = fields.at("icon").at(1);
        sizes = fields.at("blocks").get<std::vector<std::size_t>>();
    } catch (const json::exception& error) {
        throw InputError(fmt::format("a record that cannot be understood ({})", error.what()));
    }
    constexpr int largest_side = 1 << 14;
    if (shape_.view_count < 0 || image_size_ < 1 || image_size_ > largest_side || icon_width_ < 0 ||
        icon_width_ > largest_side || icon_height_ < 0 || icon_height_ > largest_side ||
        sizes.size() != first_view + 2 * static_cast<std::size_t>(shape_.view_count)) {
        throw InputError(fmt::format("shape {}: impossible sizes in its description", shape_.id));
    }
    shape_.has_icon = icon_width_ > 0 && icon_height_ > 0;
    for (const std::size_t size : sizes) {
        if (size > payload.size()) {
            throw InputError(fmt::format("shape {}: its blocks are larger than its record", shape_.id));
        }
        blocks_.push_back(payload.first(size));
        payload = payload.subspan(size);
    }
}

void ShapeRecord::unpack(std::size_t block, std::span<std::uint8_t> target) const {
    if (!decompress(blocks_[block], target)) {
        throw InputError(
            fmt::format("shape {}: block {} of the dataset is damaged; delete the dataset and run "
                        "`maquette data build` again",
                        shape_.id, block));
    }
}

std::size_t ShapeRecord::view_block(int view) const {
    if (view < 0 || view >= shape_.view_count) {
        throw UsageError(
            fmt::format("shape {}: no view {}, it has views 0..{}", shape_.id, view, shape_.view_count - 1));
    }
    return first_view + 2 * static_cast<std::size_t>(view);
}

render::VoxelGrid ShapeRecord::occupancy(int resolution) const {
    const std::size_t block = pick(resolution, occupancy_32, occupancy_64);
    std::vector<std::uint8_t> bits(cells(resolution) / 8);
    unpack(block, bits);
    render::VoxelGrid grid(resolution);
    for (std::size_t i = 0; i < grid.values.size(); ++i) {
        grid.values[i] = static_cast<float>((bits[i / 8] >> (i % 8)) & 1);
    }
    return grid;
}

render::SignedDistanceGrid ShapeRecord::distance(int resolution) const {
    const std::size_t block = pick(resolution, distance_32, distance_64);
    std::vector<std::uint8_t> steps(cells(resolution));
    unpack(block, steps);
    accumulate_rows(steps, static_cast<std::size_t>(resolution));
    render::SignedDistanceGrid grid(resolution);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        grid.values[i] = static_cast<float>(static_cast<std::int8_t>(steps[i])) * (distance_band / 127);
    }
    return grid;
}

render::Image ShapeRecord::icon() const {
    if (!shape_.has_icon) {
        return {};
    }
    render::Image icon(icon_width_, icon_height_, 4);
    unpack(icon_pixels, icon.pixels);
    accumulate_rows(icon.pixels, static_cast<std::size_t>(icon_width_) * 4);
    return icon;
}

DatasetView ShapeRecord::view_colour(int view) const {
    const std::size_t block = view_block(view);
    std::vector<std::uint8_t> bytes(colour_bytes(image_size_));
    unpack(block, bytes);
    return unpack_colour(bytes, image_size_);
}

void ShapeRecord::add_geometry(int view, DatasetView& target) const {
    const std::size_t block = view_block(view) + 1;
    std::vector<std::uint8_t> bytes(geometry_bytes(image_size_));
    unpack(block, bytes);
    unpack_geometry(bytes, image_size_, target);
}

std::string DatasetHeader::digest() const {
    return render::sha256_of(to_json(*this).dump());
}

std::string encode_header(const DatasetHeader& header) {
    return to_json(header).dump();
}

DatasetHeader decode_header(std::string_view description, const std::string& what) {
    const json fields = json::parse(description, nullptr, false);
    if (!fields.is_object() || fields.value("kind", json()) != header_kind) {
        throw InputError(fmt::format("{}: not a dataset; run `maquette data build`", what));
    }
    if (fields.value("format", json()) != format_version) {
        throw InputError(
            fmt::format("{}: a dataset of format {}, this program writes {}; delete it and run "
                        "`maquette data build`",
                        what, fields.value("format", json()).dump(), format_version));
    }
    try {
        DatasetHeader header;
        header.table_digest = fields.at("table");
        header.views = fields.at("views");
        header.image_size = fields.at("image_size");
        header.seed = fields.at("seed");
        return header;
    } catch (const json::exception& error) {
        throw InputError(fmt::format("{}: its first record cannot be understood ({})", what, error.what()));
    }
}

}  // namespace maquette::recon
