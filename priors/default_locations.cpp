#include "priors/default_locations.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <system_error>

#include "render/error.h"

namespace maquette::priors {
namespace {

namespace fs = std::filesystem;

/// Unset and empty are the same.
std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

fs::path home_folder() {
    const std::string home = environment("HOME");
    if (!home.empty()) {
        return home;
    }
    const passwd* user = getpwuid(geteuid());
    if (user != nullptr && user->pw_dir != nullptr && *user->pw_dir != '\0') {
        return user->pw_dir;
    }
    throw Error("no home folder is known for this user; set XDG_DATA_HOME to a folder for your priors");
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

}  // namespace

fs::path assets_folder() {
    const std::string named = environment("MAQUETTE_ASSETS");
    if (!named.empty()) {
        if (!is_folder(named)) {
            throw InputError(fmt::format("MAQUETTE_ASSETS is '{}', which is not a folder; correct or unset it", named));
        }
        return named;
    }
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    fs::path installed = program.parent_path().parent_path() / "share" / "maquette";
    if (!error && is_folder(installed)) {
        return installed;
    }
    fs::path source_tree = MAQUETTE_SOURCE_ASSETS;
    if (is_folder(source_tree)) {
        return source_tree;
    }
    throw Error(fmt::format("the assets are neither in {} nor in {}; set MAQUETTE_ASSETS to their folder",
                            installed.string(), source_tree.string()));
}

fs::path user_priors_folder() {
    // The XDG base directory specification tells to ignore relative paths.
    const fs::path data_home = environment("XDG_DATA_HOME");
    const fs::path base = data_home.is_absolute() ? data_home : home_folder() / ".local" / "share";
    return base / "maquette" / "priors";
}

PriorLibrary default_prior_library() {
    return {assets_folder() / "priors", user_priors_folder()};
}

}  // namespace maquette::priors
