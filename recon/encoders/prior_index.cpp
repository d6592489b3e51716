#include "recon/encoders/prior_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "priors/prior_picture.h"
#include "priors/thumbnail.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"
#include "render/parallel.h"
#include "render/renderer.h"

namespace maquette::recon::encoders {
namespace {

constexpr int azimuths = 12;
constexpr double lower = 12;  // degrees of elevation
constexpr double upper = 32;
constexpr const char* index_format = "maquette prior index 2";

/// What a file holds, by the digest of the prior's file. Nothing where it does not fit.
template <typename Entry>
std::map<std::string, Entry> read_index(const std::filesystem::path& path, const std::string& measure) {
    std::map<std::string, Entry> entries;
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return entries;
    try {
        const auto file = render::read_safetensors(path);
        const auto format = file.metadata.find("format");
        const auto made_by = file.metadata.find("measure");
        if (format == file.metadata.end() || format->second != index_format || made_by == file.metadata.end() ||
            made_by->second != measure) {
            return entries;
        }
        for (const auto& [digest, data] : file.tensors) {
            const auto names = file.metadata.find(digest);
            if (names == file.metadata.end() || data.shape.size() != 2) continue;
            const auto list = nlohmann::json::parse(names->second, nullptr, false);
            if (!list.is_array()) continue;
            Entry entry;
            for (const auto& name : list)
                entry.exemplars.push_back(name.is_string() ? name.template get<std::string>() : std::string());
            if (static_cast<std::size_t>(data.shape[0]) != entry.exemplars.size() * index_poses().size()) continue;
            const auto values = data.to_floats();
            const auto length = static_cast<std::ptrdiff_t>(data.shape[1]);
            for (std::int64_t i = 0; i < data.shape[0]; ++i) {
                entry.rows.emplace_back(values.begin() + i * length, values.begin() + (i + 1) * length);
            }
            entries.emplace(digest, std::move(entry));
        }
    } catch (const Error& broken) {
        fmt::print(stderr, "{}: made again: {}\n", path.string(), broken.what());
        entries.clear();
    }
    return entries;
}

std::vector<float> row_of(const priors::Thumbnail& thumbnail) {
    std::vector<float> row(thumbnail.mask.begin(), thumbnail.mask.end());
    row.insert(row.end(), thumbnail.grey.begin(), thumbnail.grey.end());
    return row;
}

priors::Thumbnail thumbnail_of(const std::vector<float>& row) {
    priors::Thumbnail thumbnail;
    for (std::size_t i = 0; i < priors::thumbnail_pixels; ++i) {
        thumbnail.mask[i] = static_cast<std::uint8_t>(row[i]);
        thumbnail.grey[i] = static_cast<std::uint8_t>(row[priors::thumbnail_pixels + i]);
    }
    return thumbnail;
}

}  // namespace

ViewMeasure measure_by_encoders(std::shared_ptr<const PhotoDescriptor> descriptor) {
    return {.digest = descriptor->digest(),
            .describe = [descriptor = std::move(descriptor)](
                            const std::vector<View>& views) { return descriptor->describe(views); },
            .similarity =
                [](const std::vector<float>& a, const std::vector<float>& b) {
                    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
                }};
}

ViewMeasure measure_by_pixels() {
    return {.digest = fmt::format("thumbnails of {}", priors::thumbnail_side),
            .describe =
                [](const std::vector<View>& views) {
                    std::vector<std::vector<float>> rows;
                    rows.reserve(views.size());
                    for (const View& view : views) rows.push_back(row_of(priors::make_thumbnail(view.rgb, view.mask)));
                    return rows;
                },
            .similarity =
                [](const std::vector<float>& a, const std::vector<float>& b) {
                    return 1 - 2.0 * priors::thumbnail_distance(thumbnail_of(a), thumbnail_of(b));
                }};
}

std::vector<render::OrbitPose> index_poses() {
    std::vector<render::OrbitPose> poses = render::turntable(azimuths, lower);
    const auto above = render::turntable(azimuths, upper);
    poses.insert(poses.end(), above.begin(), above.end());
    return poses;
}

std::vector<View> exemplar_views(const priors::Exemplar& exemplar) {
    const render::TriangleMesh surface = priors::exemplar_surface(exemplar);
    if (surface.empty()) return {};
    const render::Renderer renderer(surface);
    std::vector<View> views;
    for (const auto& pose : index_poses()) {
        const render::Camera camera = render::orbit_camera(pose, view_size, view_size);
        render::RenderOptions options;
        options.lighting = render::studio_lighting(camera);
        options.samples_per_axis = 1;  // encoders see half the side: four samples a pixel
        const auto picture = renderer.render(camera, options);
        views.push_back(make_view(picture.rgb, picture.mask, camera, exemplar.provenance.name));
    }
    return views;
}

double mean_of_largest(std::vector<float> values, int count) {
    if (values.empty()) return -1;
    const auto kept = std::min(values.size(), static_cast<std::size_t>(count));
    std::partial_sort(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(kept), values.end(),
                      std::greater<>());
    return std::accumulate(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(kept), 0.0) /
           static_cast<double>(kept);
}

PriorIndex::PriorIndex(const priors::PriorLibrary& library, ViewMeasure measure,
                       const std::vector<std::filesystem::path>& files)
    : measure_(std::move(measure)) {
    std::map<std::string, Entry> known;
    for (const auto& file : files) {
        auto found = read_index<Entry>(file, measure_.digest);
        known.merge(found);
    }
    for (const auto& listed : library.list()) {
        const std::string digest = render::sha256_of_file(listed.path);
        digest_of_[listed.name] = digest;
        if (entries_.contains(digest)) continue;
        if (auto found = known.find(digest); found != known.end()) {
            entries_.insert(known.extract(found));
            continue;
        }
        const priors::CategoryPrior prior = library.load(listed.name);
        std::vector<std::vector<View>> views(std::min(prior.exemplars.size(), exemplars_looked_at));
        render::parallel_for(views.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) views[i] = exemplar_views(prior.exemplars[i]);
        });
        Entry entry;
        const std::size_t poses = index_poses().size();
        for (std::size_t i = 0; i < views.size(); ++i) {
            entry.exemplars.push_back(prior.exemplars[i].provenance.name);
            auto rows = measure_.describe(views[i]);
            rows.resize(poses);
            for (auto& row : rows) entry.rows.push_back(std::move(row));
        }
        std::size_t length = 0;
        for (const auto& row : entry.rows) length = std::max(length, row.size());
        for (auto& row : entry.rows) row.resize(length, 0);
        entries_.emplace(digest, std::move(entry));
        ++described_;
    }
    if (described_ > 0 && !files.empty()) {
        try {
            write(files.back());
        } catch (const Error& error) {
            fmt::print(stderr, "what the priors look like is not kept: {}\n", error.what());
        }
    }
}

void PriorIndex::write(const std::filesystem::path& path) const {
    render::SafetensorsFile file;
    file.metadata = {{"format", index_format}, {"measure", measure_.digest}};
    for (const auto& [digest, entry] : entries_) {
        std::vector<float> values;
        for (const auto& row : entry.rows) values.insert(values.end(), row.begin(), row.end());
        const auto count = static_cast<std::int64_t>(entry.rows.size());
        const auto length = count == 0 ? 0 : static_cast<std::int64_t>(entry.rows.front().size());
        file.tensors[digest] = render::TensorData::from_floats(values, {count, length}, render::TensorType::f16);
        file.metadata[digest] = nlohmann::json(entry.exemplars).dump();
    }
    std::error_code ignored;
    std::filesystem::create_directories(path.parent_path(), ignored);
    render::write_safetensors(path, file);
}

std::vector<PriorProposal> PriorIndex::rank(const View& photo) const {
    const auto wanted = measure_.describe({photo}).front();
    const auto poses = index_poses();
    std::vector<PriorProposal> proposals;
    for (const auto& [name, digest] : digest_of_) {
        const Entry& entry = entries_.at(digest);
        std::vector<float> similarities;
        std::size_t best = 0;
        for (const auto& row : entry.rows) {
            const bool fits = row.size() == wanted.size() &&
                              std::any_of(row.begin(), row.end(), [](float value) { return value != 0; });
            similarities.push_back(fits ? static_cast<float>(measure_.similarity(row, wanted)) : -1.0F);
            if (similarities.back() > similarities[best]) best = similarities.size() - 1;
        }
        if (similarities.empty()) continue;
        const std::size_t exemplar = best / poses.size();
        proposals.push_back({.prior = name,
                             .exemplar = static_cast<int>(exemplar),
                             .exemplar_name = entry.exemplars[exemplar],
                             .similarity = mean_of_largest(similarities, closest_views),
                             .azimuth = poses[best % poses.size()].azimuth});
    }
    std::stable_sort(proposals.begin(), proposals.end(),
                     [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
    return proposals;
}

}  // namespace maquette::recon::encoders
