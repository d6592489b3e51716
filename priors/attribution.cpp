#include "priors/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "render/io/atomic_file.h"

namespace maquette::priors {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 10> licence_links = {{
    {"cc0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"},
    {"cc-by-3.0", "https://creativecommons.org/licenses/by/3.0/"},
    {"cc-by-3.0-us", "https://creativecommons.org/licenses/by/3.0/us/"},
    {"cc-by-4.0", "https://creativecommons.org/licenses/by/4.0/"},
    {"cc-by-sa-3.0", "https://creativecommons.org/licenses/by-sa/3.0/"},
    {"cc-by-sa-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"},
    {"lal-1.3", "https://artlibre.org/licence/lal/en/"},
    {"gpl-2.0-only", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html"},
    {"gpl-2.0-or-later", "https://www.gnu.org/licenses/old-licenses/gpl-2.0.html"},
    {"gpl-3.0-or-later", "https://www.gnu.org/licenses/gpl-3.0.html"},
}};

/// Text of a table cell: creators' names come from files and may hold anything.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n' || c == '\r' || c == '\t') {
            result += ' ';
            continue;
        }
        if (std::string("\\|`*_[]<>#").find(c) != std::string::npos) {
            result += '\\';
        }
        result += c;
    }
    return result.empty() ? "unknown" : result;
}

std::string linked(const std::string& licence) {
    const std::string link = licence_link(licence);
    return link.empty() ? escaped(licence) : fmt::format("[{}]({})", escaped(licence), link);
}

}  // namespace

Provenance provenance_of(const CatalogueEntry& entry) {
    return {entry.name, entry.creator, entry.library, entry.licence};
}

std::string licence_link(const std::string& licence) {
    std::string wanted = licence;
    std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto* const found = std::find_if(licence_links.begin(), licence_links.end(),
                                           [&wanted](const auto& entry) { return wanted == entry.first; });
    return found == licence_links.end() ? std::string() : std::string(found->second);
}

std::string attribution_text(const std::vector<Provenance>& shapes) {
    std::map<std::string, std::set<std::tuple<std::string, std::string, std::string>>> by_source;
    for (const Provenance& shape : shapes) {
        by_source[shape.source].emplace(shape.name, shape.creator, shape.licence);
    }
    std::string text =
        "# Attribution\n\n"
        "The shapes below are the work of their creators, who do not endorse this program. Every one was modified: "
        "normalised (centred, longest side 1) and voxelised.\n";
    for (const auto& [source, rows] : by_source) {
        text += fmt::format("\n## {}\n\n| Shape | Creator | Licence | Changes |\n|---|---|---|---|\n", escaped(source));
        for (const auto& [name, creator, licence] : rows) {
            text += fmt::format("| {} | {} | {} | modified: voxelised, normalised |\n", escaped(name), escaped(creator),
                                linked(licence));
        }
    }
    return text;
}

void write_attribution(const std::filesystem::path& path, const std::vector<Provenance>& shapes) {
    render::write_file_atomically(path, attribution_text(shapes));
}

}  // namespace maquette::priors
