#include "viewer/studio/preferences.h"

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

constexpr std::size_t most_recent = 10;
constexpr std::size_t most_bytes = 1U << 20U;
constexpr float narrowest = 200;  // of a panel at the side
constexpr float widest = 640;
constexpr float lowest = 90;  // of the timeline
constexpr float highest = 480;

template <typename Value>
Value value_or(const json& from, const char* key, Value fallback, Value low, Value high) {
    const auto found = from.find(key);
    if (found == from.end() || !found->is_number()) return fallback;
    return static_cast<Value>(std::clamp(found->get<double>(), static_cast<double>(low), static_cast<double>(high)));
}

}  // namespace

void Preferences::add_recent(const std::filesystem::path& path) {
    const std::string whole = std::filesystem::absolute(path).lexically_normal().string();
    std::erase(recent, whole);
    recent.insert(recent.begin(), whole);
    if (recent.size() > most_recent) recent.resize(most_recent);
}

std::filesystem::path preferences_file() {
    const char* const config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && *config != '\0') return std::filesystem::path(config) / "maquette" / "viewer.json";
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') return {};
    return std::filesystem::path(home) / ".config" / "maquette" / "viewer.json";
}

Preferences read_preferences(const std::filesystem::path& path) {
    Preferences preferences;
    if (path.empty() || !std::filesystem::exists(path)) return preferences;
    json whole;
    try {
        whole = json::parse(render::read_file(path, most_bytes), nullptr, false);
    } catch (const Error&) {
        return preferences;
    }
    if (!whole.is_object()) return preferences;
    Layout& layout = preferences.layout;
    layout.left = value_or(whole, "left", layout.left, narrowest, widest);
    layout.right = value_or(whole, "right", layout.right, narrowest, widest);
    layout.bottom = value_or(whole, "bottom", layout.bottom, lowest, highest);
    preferences.width = value_or(whole, "width", 0, 0, 16384);
    preferences.height = value_or(whole, "height", 0, 0, 16384);
    if (whole.contains("dark") && whole["dark"].is_boolean()) preferences.dark = whole["dark"].get<bool>();
    if (whole.contains("recent") && whole["recent"].is_array()) {
        for (const json& entry : whole["recent"]) {
            if (entry.is_string() && preferences.recent.size() < most_recent) {
                preferences.recent.push_back(entry.get<std::string>());
            }
        }
    }
    return preferences;
}

void write_preferences(const std::filesystem::path& path, const Preferences& preferences) {
    const json whole = {{"left", preferences.layout.left},     {"right", preferences.layout.right},
                        {"bottom", preferences.layout.bottom}, {"dark", preferences.dark},
                        {"width", preferences.width},          {"height", preferences.height},
                        {"recent", preferences.recent}};
    // A path need not be UTF-8.
    render::write_file_atomically(path, whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace maquette::viewer
