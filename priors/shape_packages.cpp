#include <fmt/format.h>

#include <optional>

#include "priors/child_process.h"
#include "priors/shape_catalogue.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::priors {

namespace {

namespace fs = std::filesystem;

/// Leftovers of a download, which apt resumes, or of an unpacking, which starts anew.
constexpr const char* download_suffix = ".download";
constexpr const char* unpack_suffix = ".unpacking";

fs::path stamp_of(const fs::path& root, const std::string& package) {
    return root / package / ".unpacked";
}

std::optional<fs::path> package_file_in(const fs::path& folder, const std::string& package) {
    if (!fs::is_directory(folder)) {
        return std::nullopt;
    }
    std::optional<fs::path> newest;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(package + "_") && name.ends_with(".deb") &&
            (!newest || name > newest->filename().string())) {
            newest = entry.path();
        }
    }
    return newest;
}

fs::path download(const fs::path& root, const std::string& package) {
    const fs::path folder = root / (package + download_suffix);
    const bool resumed = fs::exists(folder);
    fs::create_directories(folder);
    ChildResult result = run_child({"apt-get", "download", package}, folder);
    if (result.status != 0 && resumed) {
        fs::remove_all(folder);
        fs::create_directories(folder);
        result = run_child({"apt-get", "download", package}, folder);
    }
    if (result.status != 0) {
        const bool lists_missing = result.output.find("Unable to locate package") != std::string::npos ||
                                   result.output.find("Can't select candidate version") != std::string::npos ||
                                   result.output.find("no installation candidate") != std::string::npos;
        throw Error(fmt::format("package {} was not downloaded: apt-get ended with {}: {}{}", package, result.status,
                                result.output,
                                lists_missing ? "its lists are missing or old: run `apt-get update` as root, then "
                                                "fetch again"
                                              : "what came through is kept; fetch again to resume"));
    }
    const auto file = package_file_in(folder, package);
    if (!file) {
        throw Error(fmt::format("package {}: apt-get left no .deb in {}: {}", package, folder.string(), result.output));
    }
    return *file;
}

void unpack(const fs::path& root, const std::string& package, const fs::path& file) {
    const fs::path partial = root / (package + unpack_suffix);
    fs::remove_all(partial);
    fs::create_directories(partial);
    const auto result = run_child({"dpkg-deb", "-x", fs::absolute(file).string(), "."}, partial);
    if (result.status != 0) {
        fs::remove_all(partial);
        throw Error(fmt::format("{} cannot be unpacked: dpkg-deb ended with {}: {}delete that file and fetch again",
                                file.string(), result.status, result.output));
    }
    fs::remove_all(root / package);
    fs::rename(partial, root / package);
    render::write_file_atomically(stamp_of(root, package), file.filename().string() + "\n");
}

}  // namespace

const std::vector<ShapePackage>& shape_packages() {
    static const std::vector<ShapePackage> packages = {
        {"sweethome3d-furniture", "CC0-1.0 AND CC-BY-3.0 AND CC-BY-3.0-US", false},
        {"sweethome3d", "CC-BY-3.0 OR GPL-2.0-or-later", false},
        {"flightgear-data-ai", "GPL-2.0-or-later", true},
        {"torcs-data", "Free-Art-License AND GPL-2.0-or-later", true},
    };
    return packages;
}

void fetch_shape_packages(const fs::path& package_root, bool with_optional) {
    try {
        fs::create_directories(package_root);
        for (const auto& package : shape_packages()) {
            if ((package.optional && !with_optional) || fs::exists(stamp_of(package_root, package.name))) {
                continue;
            }
            const auto given = package_file_in(package_root / "archives", package.name);
            unpack(package_root, package.name, given ? *given : download(package_root, package.name));
            fs::remove_all(package_root / (package.name + download_suffix));
        }
    } catch (const fs::filesystem_error& error) {
        throw Error(fmt::format("packages cannot be kept under {}: {}", package_root.string(), error.what()));
    }
}

}  // namespace maquette::priors
