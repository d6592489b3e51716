#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace maquette::viewer {

/// Sizes of the panels, pixels of the design.
struct Layout {
    float left = 288;
    float right = 312;
    float bottom = 150;
    bool operator==(const Layout&) const = default;
};

/// What the viewer remembers from one time to the next.
struct Preferences {
    Layout layout;
    bool dark = true;
    int width = 0;  ///< of the window, pixels; 0: as the options say
    int height = 0;
    std::vector<std::string> recent;  ///< absolute paths, newest first

    void add_recent(const std::filesystem::path& path);
    bool operator==(const Preferences&) const = default;
};

/// $XDG_CONFIG_HOME/maquette/viewer.json, else ~/.config/maquette/viewer.json; empty where there is no home folder.
std::filesystem::path preferences_file();

/// Defaults for all that is missing or makes no sense: a broken file must not keep anyone from working.
Preferences read_preferences(const std::filesystem::path& path);

/// Throws InputError where the file cannot be written.
void write_preferences(const std::filesystem::path& path, const Preferences& preferences);

}  // namespace maquette::viewer
