#include "recon/data/shape_dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "recon/data/record_file.h"
#include "recon/data/shape_record.h"
#include "render/error.h"

namespace maquette::recon {

namespace {

RecordFile open_records(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        throw InputError(fmt::format("{}: no dataset there; run `maquette data build`", file.string()));
    }
    return RecordFile(file);
}

}  // namespace

struct ShapeDataset::Impl {
    RecordFile file;
    std::vector<ShapeRecord> records;
    std::vector<DatasetShape> shapes;
    std::string digest;

    explicit Impl(const std::filesystem::path& path) : file(open_records(path)) {
        if (file.records().empty()) {
            throw InputError(fmt::format("{}: not a dataset; run `maquette data build`", path.string()));
        }
        digest = decode_header(file.records().front().description, path.string()).digest();

        // By id, so that the order does not depend on which worker was first; a later record replaces an earlier one.
        std::map<std::string, ShapeRecord> by_id;
        for (std::size_t i = 1; i < file.records().size(); ++i) {
            const RecordFile::Record& stored = file.records()[i];
            try {
                ShapeRecord record(stored.description, stored.payload);
                std::string id = record.shape().id;
                by_id.insert_or_assign(std::move(id), std::move(record));
            } catch (const InputError& error) {
                throw InputError(
                    fmt::format("{}: {}; delete it and run `maquette data build`", path.string(), error.what()));
            }
        }
        for (auto& [id, record] : by_id) {
            shapes.push_back(record.shape());
            records.push_back(std::move(record));
        }
    }

    [[nodiscard]] const ShapeRecord& record(int shape) const {
        if (shape < 0 || static_cast<std::size_t>(shape) >= records.size()) {
            throw UsageError(fmt::format("dataset: no shape {}, it has {}", shape, records.size()));
        }
        return records[static_cast<std::size_t>(shape)];
    }
};

ShapeDataset::ShapeDataset(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
ShapeDataset::~ShapeDataset() = default;
ShapeDataset::ShapeDataset(ShapeDataset&&) noexcept = default;

const std::vector<DatasetShape>& ShapeDataset::shapes() const {
    return impl_->shapes;
}

const std::string& ShapeDataset::digest() const {
    return impl_->digest;
}

render::VoxelGrid ShapeDataset::occupancy(int shape, int resolution) const {
    return impl_->record(shape).occupancy(resolution);
}

render::SignedDistanceGrid ShapeDataset::distance(int shape, int resolution) const {
    return impl_->record(shape).distance(resolution);
}

DatasetView ShapeDataset::view(int shape, int view) const {
    const ShapeRecord& record = impl_->record(shape);
    DatasetView decoded = record.view_colour(view);
    record.add_geometry(view, decoded);
    return decoded;
}

DatasetView ShapeDataset::view_colour(int shape, int view) const {
    return impl_->record(shape).view_colour(view);
}

render::Image ShapeDataset::icon(int shape) const {
    return impl_->record(shape).icon();
}

}  // namespace maquette::recon
