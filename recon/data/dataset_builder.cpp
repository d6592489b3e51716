#include "recon/data/dataset_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <set>
#include <utility>

#include "recon/data/record_file.h"
#include "recon/data/view_sampling.h"
#include "render/error.h"
#include "render/parallel.h"
#include "render/renderer.h"
#include "render/voxelize.h"

namespace maquette::recon {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int records_between_syncs = 16;

void check(const DatasetOptions& options) {
    if (options.views < 1 || options.views > 1000) {
        throw UsageError(fmt::format("dataset: {} views a shape; choose 1..1000", options.views));
    }
    if (options.image_size < 16 || options.image_size > 1024) {
        throw UsageError(fmt::format("dataset: pictures of {} pixels; choose 16..1024", options.image_size));
    }
}

bool is_wanted(const priors::CatalogueEntry& entry, const DatasetOptions& options) {
    return entry.split != priors::Split::excluded && (options.with_optional || entry.split != priors::Split::cross);
}

/// Brings the file to where building goes on, and returns the ids of the shapes it holds.
std::set<std::string> resume(RecordAppender& appender, const std::filesystem::path& file, const DatasetHeader& header) {
    const RecordFile present(file);
    if (present.is_blank()) {
        appender.resume_at(0);
        appender.append(encode_header(header), {});
        appender.sync();
        return {};
    }
    if (present.records().empty()) {
        throw InputError(
            fmt::format("{}: there, but not a dataset; delete it or choose another --output", file.string()));
    }
    const DatasetHeader built_with = decode_header(present.records().front().description, file.string());
    if (built_with.digest() != header.digest()) {
        throw InputError(fmt::format(
            "{}: built with other options (views {}, image size {}, seed {}, table {:.12}; asked for: views {}, image "
            "size {}, seed {}, table {:.12}); delete it or choose another --output",
            file.string(), built_with.views, built_with.image_size, built_with.seed, built_with.table_digest,
            header.views, header.image_size, header.seed, header.table_digest));
    }
    std::set<std::string> ids;
    for (std::size_t i = 1; i < present.records().size(); ++i) {
        // After a power cut any record since the last sync may be damaged; it is made again.
        const RecordFile::Record& record = present.records()[i];
        if (record.intact()) {
            ids.insert(ShapeRecord(record.description, record.payload).shape().id);
        }
    }
    appender.resume_at(present.complete_bytes());
    return ids;
}

DatasetShape describe(const priors::CatalogueEntry& entry) {
    DatasetShape shape;
    shape.id = entry.id;
    shape.category = entry.category;
    shape.name = entry.name;
    shape.library = entry.library;
    shape.split = entry.split;
    shape.duplicate_cluster = entry.duplicate_cluster;
    return shape;
}

render::Image load_icon(const ShapeSource& source, const priors::CatalogueEntry& entry) {
    if (entry.icon.empty()) {
        return {};
    }
    try {
        return source.load_icon(entry);
    } catch (const std::exception& error) {
        fmt::print(stderr, "shape {}: kept without its icon: {}\n", entry.id, error.what());
        return {};
    }
}

/// Writes finished shapes and counts them; shared by the workers.
class Collector {
public:
    Collector(RecordAppender& appender, const std::function<void(const BuildProgress&)>& progress, std::size_t present,
              std::size_t missing)
        : appender_(appender), progress_(progress), missing_(missing), present_(present) {
        report("");
    }

    void add(const EncodedShape& encoded, const std::string& id) {
        const std::lock_guard lock(mutex_);
        appender_.append(encoded.description, encoded.payload);
        if (++unsynced_ >= records_between_syncs) {
            appender_.sync();
            unsynced_ = 0;
        }
        ++finished_;
        report(id);
    }

    void leave_out(const std::string& id, const std::string& why) {
        const std::lock_guard lock(mutex_);
        fmt::print(stderr, "shape {}: left out: {}\n", id, why);
        if (failed_++ == 0) {
            first_failure_ = fmt::format("{}: {}", id, why);
        }
        ++finished_;
        report(id);
    }

    void close() {
        appender_.sync();
        if (present_ == 0 && missing_ > 0 && failed_ == missing_) {
            throw InputError(fmt::format("dataset: none of the {} shapes could be read; the first was {}", missing_,
                                         first_failure_));
        }
    }

private:
    void report(const std::string& current) const {
        if (!progress_) {
            return;
        }
        const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
        BuildProgress state;
        state.done = static_cast<int>(present_ + finished_);
        state.total = static_cast<int>(present_ + missing_);
        state.current = current;
        state.seconds_left =
            finished_ == 0 ? 0 : seconds / static_cast<double>(finished_) * static_cast<double>(missing_ - finished_);
        progress_(state);
    }

    RecordAppender& appender_;
    const std::function<void(const BuildProgress&)>& progress_;
    const std::size_t missing_;
    const std::size_t present_;
    const Clock::time_point start_ = Clock::now();
    std::mutex mutex_;
    std::size_t finished_ = 0;
    std::size_t failed_ = 0;
    int unsynced_ = 0;
    std::string first_failure_;
};

render::Image eight_bit(const render::FloatImage& mask) {
    render::Image image(mask.width, mask.height, 1);
    std::transform(mask.pixels.begin(), mask.pixels.end(), image.pixels.begin(), [](float coverage) {
        return static_cast<std::uint8_t>(std::lround(std::clamp(coverage, 0.0F, 1.0F) * 255));
    });
    return image;
}

}  // namespace

ShapeContents make_contents(const DatasetShape& shape, render::TriangleMesh mesh, render::Image icon,
                            const DatasetOptions& options) {
    mesh.validate(fmt::format("shape {}", shape.id));
    ShapeContents contents;
    contents.shape = shape;
    contents.icon = std::move(icon);
    {
        const render::RayCaster caster(mesh);
        render::SolidFields coarse = render::solid_fields(mesh, caster, 32, distance_band);
        contents.occupancy_32 = std::move(coarse.occupancy);
        contents.distance_32 = std::move(coarse.distance);
        render::SolidFields fine = render::solid_fields(mesh, caster, 64, distance_band);
        contents.occupancy_64 = std::move(fine.occupancy);
        contents.distance_64 = std::move(fine.distance);
    }
    const render::Renderer renderer(std::move(mesh));
    for (const SampledView& sampled : sample_views(renderer.mesh(), shape.id, options)) {
        render::RenderOptions render_options;
        render_options.lighting = sampled.lighting;
        render_options.smooth_shading = true;
        render::Rendering rendering = renderer.render(sampled.camera, render_options);
        DatasetView view;
        view.camera = sampled.camera;
        view.pose = sampled.pose;
        view.rgb = std::move(rendering.rgb);
        view.mask = eight_bit(rendering.mask);
        view.depth = std::move(rendering.depth);
        view.normal = std::move(rendering.normal);
        contents.views.push_back(std::move(view));
    }
    return contents;
}

void build_dataset(const ShapeSource& source, const std::filesystem::path& file, const DatasetOptions& options,
                   const std::function<void(const BuildProgress&)>& progress, std::stop_token stop) {
    check(options);
    RecordAppender appender(file);
    const std::set<std::string> present =
        resume(appender, file, {source.table_digest, options.views, options.image_size, options.seed});

    std::vector<const priors::CatalogueEntry*> missing;
    std::size_t kept = 0;
    for (const priors::CatalogueEntry& entry : source.entries) {
        if (!is_wanted(entry, options)) {
            continue;
        }
        if (present.contains(entry.id)) {
            ++kept;
        } else {
            missing.push_back(&entry);
        }
    }
    Collector collector(appender, progress, kept, missing.size());

    // One shape a task: what the renderer and the voxeliser would spread over threads runs serially inside.
    render::parallel_for(missing.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end && !stop.stop_requested(); ++i) {
            const priors::CatalogueEntry& entry = *missing[i];
            EncodedShape encoded;
            try {
                encoded = encode_shape(
                    source.make(describe(entry), source.load_mesh(entry), load_icon(source, entry), options),
                    options.image_size);
            } catch (const std::exception& error) {
                collector.leave_out(entry.id, error.what());
                continue;
            }
            collector.add(encoded, entry.id);
        }
    });
    collector.close();
}

void build_dataset(const priors::ShapeCatalogue& catalogue, const std::filesystem::path& file,
                   const DatasetOptions& options, const std::function<void(const BuildProgress&)>& progress,
                   std::stop_token stop) {
    build_dataset({catalogue.entries(), catalogue.digest(),
                   [&](const priors::CatalogueEntry& entry) { return catalogue.load_mesh(entry); },
                   [&](const priors::CatalogueEntry& entry) { return catalogue.load_icon(entry); }},
                  file, options, progress, std::move(stop));
}

}  // namespace maquette::recon
