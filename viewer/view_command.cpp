#include "viewer/view_command.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "nlohmann/json.hpp"
#include "priors/default_locations.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/parallel.h"
#include "viewer/app.h"
#include "viewer/measurements.h"
#include "viewer/script.h"

namespace maquette::viewer {
namespace {

constexpr double idle_seconds = 1;  // between looks at an idle window
constexpr double scripted_seconds = 0.02;
constexpr int most_frames = 100000;

/// The shipped picture and its prior, where no photo was given.
void fall_back_to_demo(ViewOptions& options) {
    if (!options.photos.empty()) return;
    const std::filesystem::path folder = priors::assets_folder() / "demo";
    options.photos = {(folder / "demo.png").string()};
    if (!options.prior.empty()) return;
    const auto demo = nlohmann::json::parse(render::read_file(folder / "demo.json"), nullptr, false);
    if (demo.is_object() && demo.contains("prior") && demo["prior"].is_string()) {
        options.prior = {demo["prior"].get<std::string>()};
    }
}

void take_screenshot(App& app, const ViewOptions& options) {
    app.studio().run();
    int drawn = 0;
    while (drawn < options.frames || !app.settled()) {
        if (!app.tick(scripted_seconds) && app.settled()) app.expect_frames(1);
        if (++drawn > most_frames) throw Error("the view does not come to rest; nothing was written");
    }
    render::write_image(options.screenshot, app.screenshot());
    fmt::print("{}\n", options.screenshot.string());
    if (!app.studio().error().empty()) throw Error(app.studio().error());
}

void play_script(App& app, Script& script) {
    while (!app.should_close() && !script.play(app)) app.tick(scripted_seconds);
}

}  // namespace

int run_view(const ViewOptions& given) {
    ViewOptions options = given;
    std::optional<Script> script;
    if (!options.script.empty()) script.emplace(options.script);
    render::set_thread_count(options.threads);
    recon::configure_compute(options.threads);
    // A script says itself what to load.
    if (!script) fall_back_to_demo(options);
    const bool hidden = !options.window && (script || options.measure || !options.screenshot.empty());
    options.remember = !script && !options.measure && options.screenshot.empty();
    App app(options, hidden ? make_hidden_surface : make_window);
    if (script) play_script(app, *script);
    if (options.measure) {
        print_measurements(app);
    } else if (!options.screenshot.empty()) {
        take_screenshot(app, options);
    } else if (!script) {
        while (!app.should_close()) app.tick(idle_seconds);
    }
    return 0;
}

recon::cli::ExtraCommand view_command() {
    auto options = std::make_shared<ViewOptions>();
    return {.name = "view",
            .summary = "Watch the prior become the object, and take part: a window, or pictures of it",
            .visit = [options](const recon::cli::OptionVisitor& visitor) { options->visit(visitor); },
            .run = [options] { return run_view(*options); },
            .memory_hint = "lower --history"};
}

}  // namespace maquette::viewer
