#include "viewer/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "priors/prior_library.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

const std::map<std::string, std::set<std::string>>& known_actions() {
    static const std::map<std::string, std::set<std::string>> known = {
        {"load", {"photos"}},
        {"set_prior", {"prior"}},
        {"swap", {"prior"}},
        {"run", {"steps"}},
        {"reset", {}},
        {"wait", {"seconds"}},
        {"select", {"run", "step"}},
        {"orbit", {"azimuth", "elevation", "distance"}},
        {"mode",
         {"colouring", "wireframe", "voxels", "ghost", "grid", "cameras", "photo", "orthographic", "light", "help"}},
        {"compare", {"how", "divider"}},
        {"shoot", {"path", "now", "model", "size"}},
        {"turntable", {"folder", "frames", "size"}},
        {"export", {"path"}},
        {"quit", {}},
    };
    return known;
}

template <typename Names>
std::string suggestion(const std::string& wanted, const Names& names) {
    const std::string nearest = priors::nearest_name(wanted, {names.begin(), names.end()});
    return nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
}

/// The place of `name` in `names`.
template <typename Enumeration, std::size_t count>
Enumeration one_of(const std::string& name, const std::array<const char*, count>& names) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw InputError(fmt::format("\"{}\" is none of {}", name, fmt::join(names, ", ")));
    }
    return static_cast<Enumeration>(found - names.begin());
}

std::vector<PriorPart> prior_parts(const json& arguments) {
    std::vector<PriorPart> parts;
    for (const auto& argument : arguments.at("prior").get<std::vector<std::string>>()) {
        parts.push_back(parsed_prior(argument));
    }
    return parts;
}

void set_mode(const json& arguments, DisplaySettings& settings) {
    const auto take = [&](const char* key, bool& value) { value = arguments.value(key, value); };
    take("wireframe", settings.wireframe);
    take("voxels", settings.voxels);
    take("ghost", settings.ghost);
    take("grid", settings.grid);
    take("cameras", settings.frustums);
    take("photo", settings.backdrop);
    take("orthographic", settings.view.orthographic);
    take("help", settings.help);
    settings.dark = !arguments.value("light", !settings.dark);
    if (arguments.contains("colouring")) {
        static constexpr std::array<const char*, 4> names = {"plain", "photo", "normals", "difference"};
        settings.colouring = one_of<Colouring>(arguments["colouring"].get<std::string>(), names);
    }
}

void set_comparison(const json& arguments, DisplaySettings& settings) {
    static constexpr std::array<const char*, 4> names = {"none", "split", "side_by_side", "flicker"};
    settings.comparison = one_of<Comparison>(arguments.value("how", std::string("none")), names);
    settings.divider = std::clamp(arguments.value("divider", settings.divider), 0.02F, 0.98F);
}

void select_place(const json& arguments, App& app) {
    const auto& tracks = app.studio().report().tracks;
    const int run = arguments.value("run", -1);
    if (run > static_cast<int>(tracks.size()) || run == 0) {
        throw InputError(fmt::format("run {}: there are {}", run, tracks.size()));
    }
    app.settings().place.track = run < 0 ? 0 : tracks[static_cast<std::size_t>(run - 1)]->id;
    app.settings().place.iteration = arguments.value("step", -1);
}

void shoot(const json& arguments, App& app) {
    const std::filesystem::path path = arguments.at("path").get<std::string>();
    if (arguments.value("model", false)) {
        const auto [width, height] = parse_size(arguments.value("size", std::string("800x600")));
        render::write_image(path, app.picture(width, height));
    } else {
        app.draw_frame();
        render::write_image(path, app.screenshot());
    }
}

}  // namespace

Script::Script(const std::filesystem::path& path) {
    const json script = json::parse(render::read_file(path), nullptr, false);
    if (script.is_discarded()) throw InputError(fmt::format("{}: not valid JSON", path.string()));
    read(script, path.string());
}

Script::Script(const nlohmann::json& script, const std::string& what) {
    read(script, what);
}

void Script::read(const nlohmann::json& script, const std::string& what) {
    if (!script.is_object() || !script.contains("actions") || !script["actions"].is_array()) {
        throw InputError(fmt::format("{}: no list \"actions\" in it", what));
    }
    std::vector<std::string> names;
    for (const auto& [name, keys] : known_actions()) names.push_back(name);
    for (const json& entry : script["actions"]) {
        const std::string where = fmt::format("{}, action {}", what, actions_.size() + 1);
        if (!entry.is_object() || !entry.contains("do") || !entry["do"].is_string()) {
            throw InputError(fmt::format("{}: no \"do\" in it", where));
        }
        const auto name = entry["do"].get<std::string>();
        const auto known = known_actions().find(name);
        if (known == known_actions().end()) {
            throw InputError(fmt::format("{}: \"{}\" is unknown{}", where, name, suggestion(name, names)));
        }
        for (const auto& [key, value] : entry.items()) {
            if (key != "do" && !known->second.contains(key)) {
                throw InputError(
                    fmt::format("{} ({}): \"{}\" is unknown{}", where, name, key, suggestion(key, known->second)));
            }
        }
        actions_.push_back({name, entry});
    }
}

bool Script::play(App& app) {
    while (next_ < actions_.size()) {
        const Action& action = actions_[next_];
        const auto where = [&] { return fmt::format("script, action {} ({})", next_ + 1, action.name); };
        try {
            if (!app.studio().error().empty()) throw InputError(app.studio().error());
            if (!play_one(app, action)) return false;
        } catch (const json::exception& error) {
            throw InputError(fmt::format("{}: {}", where(), error.what()));
        } catch (const Error& error) {
            throw InputError(fmt::format("{}: {}", where(), error.what()));
        }
        begun_ = false;
        ++next_;
        app.expect_frames(1);
    }
    return true;
}

bool Script::waits_for(App& app, const Action& action) {
    const json& arguments = action.arguments;
    if (action.name == "load" || action.name == "set_prior" || action.name == "swap") {
        return !app.studio().inputs_settled();
    }
    if (action.name == "run" && arguments.contains("steps")) {
        return app.studio().report().steps - steps_before_ < arguments["steps"].get<unsigned long long>();
    }
    if (action.name == "wait" && arguments.contains("seconds")) {
        return std::chrono::steady_clock::now() - begin_ <
               std::chrono::duration<double>(arguments["seconds"].get<double>());
    }
    if (action.name == "wait" || action.name == "export") return !app.settled();
    return false;
}

bool Script::play_one(App& app, const Action& action) {
    const json& arguments = action.arguments;
    const std::string& name = action.name;
    if (begun_) return !waits_for(app, action);
    // Pictures show what is meant: they wait until everything is there.
    const bool patient = (name == "shoot" && !arguments.value("now", false)) || name == "turntable" || name == "select";
    if (patient && !app.settled()) return false;
    begun_ = true;
    begin_ = std::chrono::steady_clock::now();
    steps_before_ = app.studio().report().steps;
    DisplaySettings& settings = app.settings();
    if (name == "load") {
        app.studio().add_photos(arguments.at("photos").get<std::vector<std::string>>());
    } else if (name == "set_prior" || name == "swap") {
        app.studio().set_prior(prior_parts(arguments));
    } else if (name == "run") {
        const int steps = arguments.value("steps", 0);
        if (steps == 0) app.studio().run();
        for (int i = 0; i < steps; ++i) app.studio().step();
    } else if (name == "reset") {
        app.studio().reset();
    } else if (name == "select") {
        select_place(arguments, app);
    } else if (name == "orbit") {
        settings.view.azimuth = arguments.value("azimuth", settings.view.azimuth);
        settings.view.elevation = std::clamp(arguments.value("elevation", settings.view.elevation), -89.0, 89.0);
        settings.view.distance = std::clamp(arguments.value("distance", settings.view.distance), 0.4, 20.0);
    } else if (name == "mode") {
        set_mode(arguments, settings);
    } else if (name == "compare") {
        set_comparison(arguments, settings);
    } else if (name == "shoot") {
        shoot(arguments, app);
    } else if (name == "turntable") {
        const auto [width, height] = parse_size(arguments.value("size", std::string("640x640")));
        app.write_turntable(arguments.at("folder").get<std::string>(),
                            std::clamp(arguments.value("frames", 36), 1, 3600), width, height);
    } else if (name == "export") {
        const auto& report = app.studio().report();
        app.studio().export_shape(arguments.at("path").get<std::string>(),
                                  wish_for(moment_at(report, settings.place), report, settings),
                                  settings.export_resolution);
    } else if (name == "quit") {
        next_ = actions_.size() - 1;
    }
    app.expect_frames(2);
    return !waits_for(app, action);
}

}  // namespace maquette::viewer
