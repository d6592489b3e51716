#include "recon/cli/photo_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;

/// Programs on Windows write backslashes.
fs::path path_of(std::string name) {
    std::replace(name.begin(), name.end(), '\\', '/');
    return fs::path(name).lexically_normal();
}

std::size_t shared_folders(const fs::path& a, const fs::path& b) {
    const std::vector<fs::path> folders_of_a(a.begin(), a.end());
    const std::vector<fs::path> folders_of_b(b.begin(), b.end());
    std::size_t shared = 0;
    while (shared + 1 < std::min(folders_of_a.size(), folders_of_b.size()) &&
           folders_of_a[folders_of_a.size() - 2 - shared] == folders_of_b[folders_of_b.size() - 2 - shared]) {
        ++shared;
    }
    return shared;
}

std::string some_names(const std::vector<PosedPhoto>& posed) {
    constexpr std::size_t most = 3;
    std::string names;
    for (std::size_t i = 0; i < std::min(most, posed.size()); ++i) names += (i > 0 ? ", " : "") + posed[i].name;
    return posed.size() > most ? names + ", ..." : names;
}

std::size_t matching_entry(const std::string& photo, const std::vector<PosedPhoto>& posed, const std::string& what) {
    const fs::path wanted = fs::absolute(photo).lexically_normal();
    const auto matching = [&](const auto& fits) {
        std::vector<std::size_t> found;
        for (std::size_t i = 0; i < posed.size(); ++i) {
            if (fits(path_of(posed[i].name))) found.push_back(i);
        }
        return found;
    };
    auto matches = matching([&](const fs::path& name) { return name.filename() == wanted.filename(); });
    // A name without an extension may have a dot in it.
    if (matches.empty()) matches = matching([&](const fs::path& name) { return name.filename() == wanted.stem(); });
    if (matches.empty()) matches = matching([&](const fs::path& name) { return name.stem() == wanted.stem(); });
    if (matches.empty()) {
        throw InputError(fmt::format(
            "{}: no camera for {}; it has those of {} photos ({}). Give these files by their names, or leave "
            "the photo out",
            what, photo, posed.size(), some_names(posed)));
    }
    std::vector<std::size_t> best;
    std::size_t most = 0;
    for (const std::size_t i : matches) {
        const std::size_t shared = shared_folders(path_of(posed[i].name), wanted);
        if (shared > most) best.clear();
        most = std::max(most, shared);
        if (shared == most) best.push_back(i);
    }
    if (best.size() > 1) {
        throw InputError(fmt::format("{}: {} may be {} or {}; give the file a name that only one of them has", what,
                                     photo, posed[best[0]].name, posed[best[1]].name));
    }
    return best.front();
}

}  // namespace

std::vector<std::size_t> matching_entries(const std::vector<std::string>& photos, const std::vector<PosedPhoto>& posed,
                                          const std::string& what) {
    std::vector<std::size_t> entries;
    std::map<std::size_t, std::string> taken;
    for (const std::string& photo : photos) {
        const std::size_t entry = matching_entry(photo, posed, what);
        const auto [other, first] = taken.emplace(entry, photo);
        if (!first) {
            throw InputError(fmt::format("{}: {} and {} are both {}; leave one of them out", what, other->second, photo,
                                         posed[entry].name));
        }
        entries.push_back(entry);
    }
    return entries;
}

}  // namespace maquette::recon::cli
