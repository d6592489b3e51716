#include "recon/cli/batch_priors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* file_name = "priors.json";
constexpr const char* all_others = "*";
constexpr std::size_t max_bytes = 16U << 20U;

/// What a prior's file is called from here, where the text names one in the folder.
std::string found_in(const fs::path& folder, const std::string& part) {
    std::error_code error;
    const fs::path whole = folder / part;
    const fs::path unweighted = folder / part.substr(0, part.rfind(':'));
    const bool there = fs::is_regular_file(whole, error) || fs::is_regular_file(unweighted, error);
    return there ? whole.string() : part;
}

std::vector<std::string> parts_of(const json& value, const fs::path& folder, const std::string& where) {
    std::vector<std::string> parts;
    for (const json& part : value.is_array() ? value : json::array({value})) {
        if (!part.is_string() || part.get<std::string>().empty()) {
            throw InputError(
                fmt::format("{}: {} is no prior; give a text as for --prior, or a list of texts", where, part.dump()));
        }
        parts.push_back(found_in(folder, part.get<std::string>()));
    }
    if (parts.empty()) throw InputError(fmt::format("{}: the list is empty; give \"none\" for no prior", where));
    return parts;
}

std::string picture_of(const BatchItem& item) {
    return fs::path(item.photos.front()).filename().string();
}

BatchPriors entries_of(const fs::path& file, const std::vector<BatchItem>& items) {
    const json given = json::parse(render::read_file(file, max_bytes), nullptr, false);
    if (!given.is_object()) {
        throw InputError(fmt::format("{}: not a JSON object such as {{\"chair_1\": \"chair\"}}", file.string()));
    }
    std::set<std::string> known = {all_others};
    for (const BatchItem& item : items) {
        known.insert(item.name);
        if (item.photos.size() == 1) known.insert(picture_of(item));
    }
    BatchPriors entries;
    for (const auto& [key, value] : given.items()) {
        const std::string where = fmt::format("{}: \"{}\"", file.string(), key);
        if (!known.contains(key)) {
            const std::string nearest = priors::nearest_name(key, {known.begin(), known.end()});
            throw InputError(fmt::format("{} is no object of this folder{}", where,
                                         nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
        }
        entries[key] = parts_of(value, file.parent_path(), where);
    }
    return entries;
}

}  // namespace

BatchPriors read_batch_priors(const fs::path& folder, const std::vector<BatchItem>& items,
                              const std::vector<std::string>& otherwise, const priors::PriorLibrary& library) {
    std::error_code error;
    const fs::path file = folder / file_name;
    const BatchPriors entries = fs::exists(file, error) ? entries_of(file, items) : BatchPriors{};
    for (const auto& [key, parts] : entries) {
        try {
            (void)library.resolve(parts);
        } catch (const Error& problem) {
            throw InputError(fmt::format("{}: \"{}\": {}", file.string(), key, problem.what()));
        }
    }
    if (!otherwise.empty()) (void)library.resolve(otherwise);
    BatchPriors priors;
    for (const BatchItem& item : items) {
        auto found = entries.find(item.name);
        if (found == entries.end() && item.photos.size() == 1) found = entries.find(picture_of(item));
        if (found == entries.end()) found = entries.find(all_others);
        if (found != entries.end()) {
            priors[item.name] = found->second;
        } else if (!otherwise.empty()) {
            priors[item.name] = otherwise;
        }
    }
    return priors;
}

}  // namespace maquette::recon::cli
