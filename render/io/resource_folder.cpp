#include "render/io/resource_folder.h"

#include <system_error>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/line_scanner.h"

namespace maquette::render {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_entry(const fs::path& folder, const std::string& name) {
    std::error_code problem;
    if (name == "." || name == ".." || fs::exists(folder / name, problem)) {
        return folder / name;
    }
    const std::string wanted = lower_case(name);
    fs::directory_iterator entries(folder, problem);
    for (; !problem && entries != fs::directory_iterator(); entries.increment(problem)) {
        if (lower_case(entries->path().filename().string()) == wanted) {
            return entries->path();
        }
    }
    return std::nullopt;
}

std::optional<fs::path> find_file(const fs::path& folder, const fs::path& relative) {
    fs::path found = folder;
    for (const fs::path& part : relative) {
        const auto entry = find_entry(found, part.string());
        if (!entry) {
            return std::nullopt;
        }
        found = *entry;
    }
    std::error_code problem;
    return fs::is_regular_file(found, problem) ? std::optional(found) : std::nullopt;
}

}  // namespace

ResourceReader resource_folder(const fs::path& folder) {
    return [folder = folder.empty() ? fs::path(".") : folder](const std::string& name) -> std::optional<std::string> {
        constexpr std::size_t max_bytes = std::size_t{1} << 28U;
        const fs::path relative = portable_name(name);
        if (name.find('\0') != std::string::npos || relative.empty()) {
            return std::nullopt;
        }
        try {
            auto file = relative.is_relative() ? find_file(folder, relative) : std::nullopt;
            if (!file) {
                file = find_file(folder, relative.filename());
            }
            return file ? std::optional(read_file(*file, max_bytes)) : std::nullopt;
        } catch (const Error&) {
            return std::nullopt;
        } catch (const fs::filesystem_error&) {
            return std::nullopt;
        }
    };
}

}  // namespace maquette::render
