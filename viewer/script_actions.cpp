#include "viewer/script_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "priors/category_prior.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "viewer/generated_view_actions.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

/// The place of `name` in `names`.
template <typename Enumeration, std::size_t count>
Enumeration one_of(const std::string& name, const std::array<const char*, count>& names) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) {
        throw InputError(fmt::format("\"{}\" is none of {}", name, fmt::join(names, ", ")));
    }
    return static_cast<Enumeration>(found - names.begin());
}

std::vector<std::filesystem::path> paths_in(const json& list) {
    std::vector<std::filesystem::path> paths;
    for (const auto& path : list.get<std::vector<std::string>>()) paths.emplace_back(path);
    return paths;
}

void load(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().add_photos(arguments.at("photos").get<std::vector<std::string>>());
}

void set_prior(App& app, const json& arguments, ActionProgress& /*progress*/) {
    std::vector<PriorPart> parts;
    for (const auto& argument : arguments.at("prior").get<std::vector<std::string>>()) {
        parts.push_back(parsed_prior(argument));
    }
    app.studio().set_prior(std::move(parts));
}

bool reads_inputs(App& app, const json& /*arguments*/, const ActionProgress& /*progress*/) {
    return !app.studio().inputs_settled();
}

void run(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const int steps = arguments.value("steps", 0);
    if (steps == 0) app.studio().run();
    for (int i = 0; i < steps; ++i) app.studio().step();
}

bool takes_steps(App& app, const json& arguments, const ActionProgress& progress) {
    if (!arguments.contains("steps")) return false;
    return app.studio().report().steps - progress.steps_before < arguments["steps"].get<unsigned long long>();
}

bool waits(App& app, const json& arguments, const ActionProgress& progress) {
    if (!arguments.contains("seconds")) return !app.settled();
    return std::chrono::steady_clock::now() - progress.begin <
           std::chrono::duration<double>(arguments["seconds"].get<double>());
}

void select(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const auto& tracks = app.studio().report().tracks;
    const int run = arguments.value("run", -1);
    if (run > static_cast<int>(tracks.size()) || run == 0) {
        throw InputError(fmt::format("run {}: there are {}", run, tracks.size()));
    }
    app.settings().place.track = run < 0 ? 0 : tracks[static_cast<std::size_t>(run - 1)]->id;
    app.settings().place.iteration = arguments.value("step", -1);
}

void orbit(App& app, const json& arguments, ActionProgress& /*progress*/) {
    OrbitView& view = app.settings().view;
    view.azimuth = arguments.value("azimuth", view.azimuth);
    view.elevation = std::clamp(arguments.value("elevation", view.elevation), -89.0, 89.0);
    view.distance = std::clamp(arguments.value("distance", view.distance), 0.4, 20.0);
}

void set_mode(App& app, const json& arguments, ActionProgress& /*progress*/) {
    DisplaySettings& settings = app.settings();
    const auto take = [&](const char* key, bool& value) { value = arguments.value(key, value); };
    take("wireframe", settings.wireframe);
    take("voxels", settings.voxels);
    take("ghost", settings.ghost);
    take("true_ghost", settings.truth_ghost);
    take("grid", settings.grid);
    take("cameras", settings.frustums);
    take("photo", settings.backdrop);
    take("orthographic", settings.view.orthographic);
    take("help", settings.help);
    take("generated", settings.strip);
    settings.dark = !arguments.value("light", !settings.dark);
    if (arguments.contains("colouring")) {
        static constexpr std::array<const char*, 6> names = {"plain",      "photo", "normals",
                                                             "difference", "truth", "confidence"};
        settings.colouring = one_of<Colouring>(arguments["colouring"].get<std::string>(), names);
    }
}

void compare(App& app, const json& arguments, ActionProgress& /*progress*/) {
    DisplaySettings& settings = app.settings();
    static constexpr std::array<const char*, 4> names = {"none", "split", "side_by_side", "flicker"};
    settings.comparison = one_of<Comparison>(arguments.value("how", std::string("none")), names);
    settings.divider = std::clamp(arguments.value("divider", settings.divider), 0.02F, 0.98F);
}

void shoot(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const std::filesystem::path path = arguments.at("path").get<std::string>();
    if (arguments.value("model", false)) {
        const auto [width, height] = parse_size(arguments.value("size", std::string("800x600")));
        render::write_image(path, app.picture(width, height));
    } else {
        render::write_image(path, app.screenshot());
    }
}

void turntable(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const auto [width, height] = parse_size(arguments.value("size", std::string("640x640")));
    app.record({.path = arguments.contains("folder") ? arguments["folder"].get<std::string>()
                                                     : arguments.at("path").get<std::string>(),
                .frames = arguments.value("frames", 36),
                .width = width,
                .height = height});
}

bool records(App& app, const json& /*arguments*/, const ActionProgress& /*progress*/) {
    return app.recording();
}

void export_shown(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const auto& report = app.studio().report();
    app.studio().export_shape(arguments.at("path").get<std::string>(),
                              wish_for(moment_at(report, app.settings().place), app.studio(), app.settings()),
                              app.settings().export_resolution);
}

/// "on": the name of a control; or "at": [x, y] in pixels.
ImVec2 place_of(const App& app, const json& arguments, const char* name, const char* pixels) {
    if (arguments.contains(name)) return app.marks().centre(arguments[name].get<std::string>());
    const auto at = arguments.at(pixels).get<std::array<float, 2>>();
    return {at[0], at[1]};
}

ImGuiMouseButton button_of(const json& arguments) {
    static constexpr std::array<const char*, 3> names = {"left", "right", "middle"};
    return one_of<ImGuiMouseButton>(arguments.value("button", std::string("left")), names);
}

void click(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const ImVec2 at = place_of(app, arguments, "on", "at");
    if (arguments.value("twice", false)) {
        app.hand().double_click(at);
    } else {
        app.hand().click(at, button_of(arguments), arguments.value("ctrl", false));
    }
}

void drag(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const ImVec2 from = place_of(app, arguments, "on", "from");
    ImVec2 to = from;
    if (arguments.contains("by")) {
        const auto by = arguments["by"].get<std::array<float, 2>>();
        to = {from.x + by[0], from.y + by[1]};
    } else {
        to = place_of(app, arguments, "onto", "to");
    }
    app.hand().drag(from, to, button_of(arguments), arguments.value("shift", false));
}

void point(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.hand().point(place_of(app, arguments, "on", "at"));
}

void wheel(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.hand().wheel(place_of(app, arguments, "on", "at"), arguments.value("notches", 1.0F));
}

void press_key(App& app, const json& arguments, ActionProgress& /*progress*/) {
    const auto name = arguments.at("key").get<std::string>();
    const int code = key_code_of(name);
    if (code == 0) throw InputError(fmt::format("\"{}\" is no key; see the list that F1 shows", name));
    app.hand().key(code, arguments.value("ctrl", false));
}

void type_text(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.hand().type(arguments.at("text").get<std::string>());
}

bool hand_moves(App& app, const json& /*arguments*/, const ActionProgress& /*progress*/) {
    return app.hand().busy();
}

void drop(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.drop(paths_in(arguments.at("files")));
}

void set_exemplars(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().set_exemplars(std::clamp(arguments.at("count").get<int>(), 0, priors::max_exemplars));
}

void set_truth(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().set_truth(arguments.at("path").get<std::string>());
}

void save_session(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().save_session(arguments.at("folder").get<std::string>());
}

void open_session(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().open_session(arguments.at("folder").get<std::string>());
}

void reset(App& app, const json& /*arguments*/, ActionProgress& /*progress*/) {
    app.studio().reset();
}

void quit(App& /*app*/, const json& /*arguments*/, ActionProgress& progress) {
    progress.quit = true;
}

bool is_unsettled(App& app, const json& /*arguments*/, const ActionProgress& /*progress*/) {
    return !app.settled();
}

}  // namespace

const std::map<std::string, ActionKind>& action_kinds() {
    static const std::map<std::string, ActionKind> kinds = [] {
        std::map<std::string, ActionKind> all = {
            {"load", {{"photos"}, load, reads_inputs}},
            {"set_prior", {{"prior"}, set_prior, reads_inputs}},
            {"swap", {{"prior"}, set_prior, reads_inputs}},
            {"run", {{"steps"}, run, takes_steps}},
            {"reset", {{}, reset}},
            {"wait", {{"seconds"}, nullptr, waits}},
            {"select", {{"run", "step"}, select, nullptr, true}},
            {"orbit", {{"azimuth", "elevation", "distance"}, orbit}},
            {"mode",
             {{"colouring", "wireframe", "voxels", "ghost", "true_ghost", "grid", "cameras", "photo", "orthographic",
               "light", "help", "generated"},
              set_mode}},
            {"compare", {{"how", "divider"}, compare}},
            {"shoot", {{"path", "now", "model", "size"}, shoot, nullptr, true}},
            {"turntable", {{"folder", "path", "frames", "size"}, turntable, records, true}},
            {"export", {{"path"}, export_shown, is_unsettled}},
            {"exemplars", {{"count"}, set_exemplars, reads_inputs}},
            {"truth", {{"path"}, set_truth, reads_inputs}},
            {"save_session", {{"folder"}, save_session, reads_inputs, true}},
            {"open_session", {{"folder"}, open_session, is_unsettled}},
            {"click", {{"on", "at", "button", "ctrl", "twice"}, click, hand_moves}},
            {"drag", {{"on", "from", "onto", "to", "by", "button", "shift"}, drag, hand_moves}},
            {"point", {{"on", "at"}, point, hand_moves}},
            {"wheel", {{"on", "at", "notches"}, wheel, hand_moves}},
            {"key", {{"key", "ctrl"}, press_key, hand_moves}},
            {"type", {{"text"}, type_text, hand_moves}},
            {"drop", {{"files"}, drop, reads_inputs}},
            {"quit", {{}, quit}},
        };
        all.merge(generated_view_actions());
        return all;
    }();
    return kinds;
}

}  // namespace maquette::viewer
