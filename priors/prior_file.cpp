#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "priors/category_prior.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::priors {
namespace {

using nlohmann::json;
using render::TensorData;
using render::TensorType;

constexpr const char* format_name = "maquette-prior";
constexpr const char* format_version = "1";
constexpr std::size_t cells = std::size_t{prior_resolution} * prior_resolution * prior_resolution;
constexpr std::size_t bytes_per_occupancy = cells / 8;
constexpr float weight_sum_tolerance = 1e-3F;
constexpr std::uintmax_t max_file_bytes = std::uintmax_t{32} << 20U;

std::vector<std::uint8_t> packed(const render::VoxelGrid& grid) {
    std::vector<std::uint8_t> bytes(bytes_per_occupancy, 0);
    for (std::size_t i = 0; i < cells; ++i) {
        if (grid.values[i] > 0) {
            bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (1U << (i % 8)));
        }
    }
    return bytes;
}

render::VoxelGrid unpacked(std::span<const std::uint8_t> bytes) {
    render::VoxelGrid grid(prior_resolution);
    for (std::size_t i = 0; i < cells; ++i) {
        grid.values[i] = static_cast<float>((bytes[i / 8] >> (i % 8)) & 1U);
    }
    return grid;
}

void require_storable(const CategoryPrior& prior) {
    if (prior.exemplars.empty()) {
        throw UsageError(fmt::format("prior '{}' has no exemplars; there is nothing to save", prior.name));
    }
    if (prior.exemplars.size() > static_cast<std::size_t>(max_exemplars) ||
        prior.weights.size() != prior.exemplars.size()) {
        throw UsageError(
            fmt::format("prior '{}' has {} exemplars and {} weights; as many of both, and at most {}, can "
                        "be saved",
                        prior.name, prior.exemplars.size(), prior.weights.size(), max_exemplars));
    }
    for (std::size_t k = 0; k < prior.exemplars.size(); ++k) {
        const Exemplar& exemplar = prior.exemplars[k];
        if (exemplar.occupancy.values.size() != cells || exemplar.distance.values.size() != cells ||
            exemplar.occupancy.side != render::default_grid_side) {
            throw UsageError(
                fmt::format("prior '{}': exemplar {} is {}^3 over side {:.4f}; only {}^3 over side {:.4f} "
                            "can be saved",
                            prior.name, k + 1, exemplar.occupancy.resolution, exemplar.occupancy.side, prior_resolution,
                            render::default_grid_side));
        }
        for (const float value : exemplar.occupancy.values) {
            if (value != 0.0F && value != 1.0F) {
                throw UsageError(
                    fmt::format("prior '{}': exemplar {} has an occupancy of {}; only 0 and 1 can be "
                                "saved, so threshold it first",
                                prior.name, k + 1, value));
            }
        }
    }
}

const TensorData& tensor(const render::SafetensorsFile& file, const std::string& name, TensorType type,
                         const std::vector<std::int64_t>& shape_after_first, const std::string& what) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) {
        throw InputError(fmt::format("{}: tensor '{}' is missing; build the prior again", what, name));
    }
    const TensorData& data = found->second;
    const bool shape_fits = data.shape.size() == shape_after_first.size() + 1 &&
                            std::equal(shape_after_first.begin(), shape_after_first.end(), data.shape.begin() + 1);
    if (data.type != type || !shape_fits) {
        throw InputError(
            fmt::format("{}: tensor '{}' has another type or shape than a prior's; build it again", what, name));
    }
    return data;
}

const std::string& metadata(const render::SafetensorsFile& file, const std::string& key, const std::string& what) {
    const auto found = file.metadata.find(key);
    if (found == file.metadata.end()) {
        throw InputError(
            fmt::format("{}: the metadata has no '{}', so this is not a prior; `maquette prior build` "
                        "makes one",
                        what, key));
    }
    return found->second;
}

constexpr std::array<std::pair<const char*, std::string Provenance::*>, 4> provenance_fields = {
    {{"name", &Provenance::name},
     {"creator", &Provenance::creator},
     {"source", &Provenance::source},
     {"licence", &Provenance::licence}}};

std::string to_json(const std::vector<Exemplar>& exemplars) {
    json list = json::array();
    for (const Exemplar& exemplar : exemplars) {
        json entry;
        for (const auto& [key, member] : provenance_fields) {
            entry[key] = exemplar.provenance.*member;
        }
        list.push_back(std::move(entry));
    }
    return list.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<Provenance> provenances_from_json(const std::string& text, const std::string& what) {
    const json list = json::parse(text, nullptr, false);
    if (!list.is_array()) {
        throw InputError(fmt::format("{}: the provenance is not a JSON list; build the prior again", what));
    }
    std::vector<Provenance> result;
    for (const json& entry : list) {
        Provenance provenance;
        for (const auto& [key, member] : provenance_fields) {
            if (!entry.is_object() || entry.size() != provenance_fields.size() || !entry.contains(key) ||
                !entry[key].is_string()) {
                throw InputError(
                    fmt::format("{}: provenance {} has not exactly the texts name, creator, source and "
                                "licence; build the prior again",
                                what, result.size() + 1));
            }
            provenance.*member = entry[key].get<std::string>();
        }
        result.push_back(std::move(provenance));
    }
    return result;
}

void check_weights(const std::vector<float>& weights, const std::string& what) {
    double sum = 0;
    for (const float weight : weights) {
        if (!std::isfinite(weight) || weight < 0) {
            throw InputError(fmt::format("{}: weight {} is not a number of 0 or more", what, weight));
        }
        sum += weight;
    }
    if (std::abs(sum - 1) > static_cast<double>(weight_sum_tolerance)) {
        throw InputError(fmt::format("{}: the weights sum to {:.4f} instead of 1; build the prior again", what, sum));
    }
}

void check_distances(const std::vector<float>& distances, const std::string& what) {
    for (const float distance : distances) {
        if (!(std::abs(distance) <= prior_distance_band)) {
            throw InputError(fmt::format("{}: distance {} is outside +-{}; build the prior again", what, distance,
                                         prior_distance_band));
        }
    }
}

}  // namespace

void save_prior(const std::filesystem::path& path, const CategoryPrior& prior) {
    require_storable(prior);
    const auto count = static_cast<std::int64_t>(prior.exemplars.size());
    TensorData occupancy{TensorType::u8, {count, static_cast<std::int64_t>(bytes_per_occupancy)}, {}};
    std::vector<float> distances;
    distances.reserve(prior.exemplars.size() * cells);
    for (const Exemplar& exemplar : prior.exemplars) {
        const std::vector<std::uint8_t> bytes = packed(exemplar.occupancy);
        occupancy.bytes.insert(occupancy.bytes.end(), bytes.begin(), bytes.end());
        distances.insert(distances.end(), exemplar.distance.values.begin(), exemplar.distance.values.end());
    }
    render::SafetensorsFile file;
    file.tensors["exemplar_occupancy"] = std::move(occupancy);
    file.tensors["exemplar_distance"] = TensorData::from_floats(
        distances, {count, prior_resolution, prior_resolution, prior_resolution}, TensorType::f16);
    file.tensors["weights"] = TensorData::from_floats(prior.weights, {count});
    file.metadata = {{"format", format_name},
                     {"version", format_version},
                     {"name", prior.name},
                     {"provenance", to_json(prior.exemplars)}};
    render::write_safetensors(path, file);
}

CategoryPrior load_prior(const std::filesystem::path& path) {
    const std::string what = path.string();
    std::error_code error;
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (!error && size > max_file_bytes) {
        throw InputError(
            fmt::format("{}: {} bytes is more than any prior has ({} at most)", what, size, max_file_bytes));
    }
    const render::SafetensorsFile file = render::read_safetensors(path);
    if (metadata(file, "format", what) != format_name) {
        throw InputError(fmt::format("{}: this is a '{}', not a prior", what, metadata(file, "format", what)));
    }
    if (metadata(file, "version", what) != format_version) {
        throw InputError(
            fmt::format("{}: version '{}' of the prior format is not known to this program, which reads "
                        "version {}; update the program or build the prior again",
                        what, metadata(file, "version", what), format_version));
    }
    const TensorData& occupancy =
        tensor(file, "exemplar_occupancy", TensorType::u8, {static_cast<std::int64_t>(bytes_per_occupancy)}, what);
    const TensorData& distance = tensor(file, "exemplar_distance", TensorType::f16,
                                        {prior_resolution, prior_resolution, prior_resolution}, what);
    const TensorData& weight = tensor(file, "weights", TensorType::f32, {}, what);
    if (file.tensors.size() != 3) {
        throw InputError(fmt::format("{}: {} tensors where a prior has 3", what, file.tensors.size()));
    }
    const std::int64_t count = occupancy.shape[0];
    if (count < 1 || count > max_exemplars) {
        throw InputError(fmt::format("{}: {} exemplars; a prior has 1 to {}", what, count, max_exemplars));
    }
    std::vector<Provenance> provenances = provenances_from_json(metadata(file, "provenance", what), what);
    if (distance.shape[0] != count || weight.shape[0] != count ||
        provenances.size() != static_cast<std::size_t>(count)) {
        throw InputError(
            fmt::format("{}: {} occupancies, {} distances, {} weights and {} provenances; there must be "
                        "as many of each",
                        what, count, distance.shape[0], weight.shape[0], provenances.size()));
    }
    std::vector<float> weights = weight.to_floats();
    const std::vector<float> distances = distance.to_floats();
    check_weights(weights, what);
    check_distances(distances, what);

    std::vector<Exemplar> exemplars;
    for (std::size_t k = 0; k < provenances.size(); ++k) {
        Exemplar exemplar;
        exemplar.occupancy = unpacked(std::span(occupancy.bytes).subspan(k * bytes_per_occupancy, bytes_per_occupancy));
        exemplar.distance = render::SignedDistanceGrid(prior_resolution);
        const auto begin = distances.begin() + static_cast<std::ptrdiff_t>(k * cells);
        std::copy_n(begin, cells, exemplar.distance.values.begin());
        exemplar.provenance = std::move(provenances[k]);
        exemplars.push_back(std::move(exemplar));
    }
    return make_prior(metadata(file, "name", what), std::move(exemplars), std::move(weights));
}

}  // namespace maquette::priors
