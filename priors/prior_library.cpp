#include "priors/prior_library.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <system_error>
#include <utility>

#include "priors/prior_builder.h"
#include "render/error.h"

namespace maquette::priors {
namespace {

namespace fs = std::filesystem;

constexpr const char* prior_extension = ".safetensors";
constexpr std::size_t max_name_length = 100;

bool is_library_name(const std::string& name) {
    return !name.empty() && name.size() <= max_name_length &&
           std::all_of(name.begin(), name.end(),
                       [](unsigned char c) { return (c < 128 && std::isalnum(c)) || c == '-' || c == '_'; });
}

/// A folder that is missing holds nothing; one that cannot be read is an error.
void collect(const fs::path& folder, bool shipped, std::map<std::string, PriorLibrary::Entry>& entries) {
    std::error_code error;
    if (!fs::exists(folder, error)) {
        return;
    }
    fs::directory_iterator files(folder, error);
    if (error) {
        throw InputError(fmt::format("the folder of priors {} cannot be read: {}", folder.string(), error.message()));
    }
    for (const fs::directory_entry& file : files) {
        const std::string name = file.path().stem().string();
        if (file.path().extension() == prior_extension && is_library_name(name) && file.is_regular_file(error)) {
            entries[name] = {name, file.path(), shipped};
        }
    }
}

struct Part {
    std::string text;
    float weight = 1;
};

/// Only a number after the last colon is a weight: paths may have colons of their own.
Part parse_part(const std::string& argument) {
    const std::size_t colon = argument.rfind(':');
    if (colon == std::string::npos) {
        return {argument, 1.0F};
    }
    const char* begin = argument.data() + colon + 1;
    const char* end = argument.data() + argument.size();
    float weight = 0;
    const auto [stop, error] = std::from_chars(begin, end, weight);
    if (stop != end || begin == end || error == std::errc::invalid_argument) {
        return {argument, 1.0F};
    }
    if (error != std::errc() || !std::isfinite(weight) || weight <= 0) {
        throw UsageError(fmt::format("prior '{}': weight '{}' is not a number above 0", argument, begin));
    }
    return {argument.substr(0, colon), weight};
}

/// Names of the library have neither folder nor extension.
bool names_file(const std::string& text) {
    return text.find_first_of("/\\") != std::string::npos || fs::path(text).has_extension();
}

CategoryPrior read_prior_file(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error)) {
        throw InputError(fmt::format("prior file '{}' does not exist; check the path", path.string()));
    }
    return load_prior(path);
}

CategoryPrior prior_of_mesh(const fs::path& path) {
    return build_prior(path.stem().string(), {path}).prior;
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({substituted, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

PriorLibrary::PriorLibrary(fs::path shipped_folder, fs::path user_folder)
    : shipped_folder_(std::move(shipped_folder)), user_folder_(std::move(user_folder)) {}

std::vector<PriorLibrary::Entry> PriorLibrary::list() const {
    std::map<std::string, Entry> entries;
    collect(shipped_folder_, true, entries);
    collect(user_folder_, false, entries);
    std::vector<Entry> result;
    result.reserve(entries.size());
    for (auto& [name, entry] : entries) {
        result.push_back(std::move(entry));
    }
    return result;
}

CategoryPrior PriorLibrary::load(const std::string& name) const {
    std::vector<std::string> names;
    for (const Entry& entry : list()) {
        if (entry.name == name) {
            CategoryPrior prior = load_prior(entry.path);
            prior.name = name;
            return prior;
        }
        names.push_back(entry.name);
    }
    std::string hint;
    std::error_code error;
    const std::string nearest = nearest_name(name, names);
    if (fs::exists(name, error)) {
        hint = fmt::format("write './{}' for the file of that name; ", name);
    } else if (!nearest.empty()) {
        hint = fmt::format("did you mean '{}'? ", nearest);
    }
    throw InputError(fmt::format("no prior is called '{}'; {}`maquette prior list` shows all", name, hint));
}

fs::path PriorLibrary::save(const CategoryPrior& prior) const {
    if (!is_library_name(prior.name)) {
        throw InputError(fmt::format("'{}' cannot be the name of a prior; use 1 to {} letters, digits, - and _",
                                     prior.name, max_name_length));
    }
    if (prior.name == "none") {
        throw InputError("'none' means no prior at all; choose another name");
    }
    fs::path path = user_folder_ / (prior.name + prior_extension);
    save_prior(path, prior);
    return path;
}

CategoryPrior PriorLibrary::resolve(const std::vector<std::string>& parts) const {
    if (parts.empty()) {
        throw UsageError("no prior was named; give a name, a mesh, a prior file or 'none'");
    }
    std::vector<CategoryPrior> priors;
    std::vector<float> weights;
    for (const std::string& argument : parts) {
        const Part part = parse_part(argument);
        if (part.text.empty()) {
            throw UsageError(fmt::format("'{}' names no prior; see `maquette prior list`", argument));
        }
        if (part.text == "none") {
            if (parts.size() > 1) {
                throw UsageError("'none' cannot be blended with other priors; name it alone or leave it out");
            }
            return CategoryPrior::empty();
        }
        const fs::path path = part.text;
        if (!names_file(part.text)) {
            priors.push_back(load(part.text));
        } else if (path.extension() == prior_extension) {
            priors.push_back(read_prior_file(path));
        } else {
            priors.push_back(prior_of_mesh(path));
        }
        weights.push_back(part.weight);
    }
    std::vector<WeightedPrior> weighted;
    for (std::size_t i = 0; i < priors.size(); ++i) {
        weighted.push_back({&priors[i], weights[i]});
    }
    return blend(weighted);
}

std::optional<render::TriangleMesh> PriorLibrary::source_mesh(const std::vector<std::string>& parts) {
    if (parts.size() != 1) return std::nullopt;
    const std::string file = parse_part(parts.front()).text;
    if (!names_file(file) || fs::path(file).extension() == prior_extension) return std::nullopt;
    return read_source_shape(file).mesh;
}

std::string nearest_name(const std::string& wanted, const std::vector<std::string>& candidates) {
    std::string best;
    if (wanted.empty() || wanted.size() > max_name_length) {
        return best;
    }
    std::size_t best_distance = 0;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(wanted, candidate);
        if (2 * distance <= std::max(wanted.size(), candidate.size()) && (best.empty() || distance < best_distance)) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace maquette::priors
