#include "viewer/generated_view_actions.h"

#include <fmt/format.h>

#include <optional>

#include "render/error.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

/// "view": counted from 1, as on the strip.
int id_of(App& app, const json& arguments) {
    const auto& views = app.studio().generated().views();
    const int number = arguments.at("view").get<int>();
    if (number < 1 || number > static_cast<int>(views.size())) {
        throw InputError(fmt::format("view {}: there are {}", number, views.size()));
    }
    return views[static_cast<std::size_t>(number - 1)].id;
}

/// What the studio would show as a failure.
void expect_success(App& app) {
    if (!app.studio().error().empty()) throw InputError(app.studio().error());
}

std::optional<std::uint64_t> seed_in(const json& arguments) {
    if (!arguments.contains("seed")) return std::nullopt;
    return arguments["seed"].get<std::uint64_t>();
}

void generate(App& app, const json& arguments, ActionProgress& /*progress*/) {
    ViewOptions options = app.studio().options();
    options.views_from_diffusion = arguments.value("views", options.views_from_diffusion);
    options.diffusion_weight = arguments.value("weight", options.diffusion_weight);
    options.diffusion_steps = arguments.value("steps", options.diffusion_steps);
    options.visit_generated_views(recon::cli::check_limits);
    app.studio().set_options(options);
    app.settings().strip = true;
    generate_views(app.studio(), seed_in(arguments));
    expect_success(app);
}

bool draws(App& app, const json& /*arguments*/, const ActionProgress& /*progress*/) {
    return !app.studio().generated().idle();
}

void regenerate(App& app, const json& arguments, ActionProgress& /*progress*/) {
    regenerate_view(app.studio(), id_of(app, arguments), seed_in(arguments));
    expect_success(app);
}

void switch_view(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().generated().set_on(id_of(app, arguments), arguments.at("on").get<bool>());
}

void remove_view(App& app, const json& arguments, ActionProgress& /*progress*/) {
    app.studio().generated().remove(id_of(app, arguments));
}

void use(App& app, const json& /*arguments*/, ActionProgress& /*progress*/) {
    use_views(app.studio());
    expect_success(app);
}

void rate(App& app, const json& arguments, ActionProgress& /*progress*/) {
    ViewRating& rating = app.studio().view_rating();
    const auto choice = arguments.value("choice", std::string());
    if (choice == "undo") {
        rating.undo();
    } else if (choice == "done") {
        rating.end();
    } else if (const int id = id_of(app, arguments); rating.view() != id) {
        rate_view(app.studio(), id);
        expect_success(app);
    }
}

/// Waits for the rival, then chooses.
bool rates(App& app, const json& arguments, const ActionProgress& /*progress*/) {
    ViewRating& rating = app.studio().view_rating();
    const auto choice = arguments.value("choice", std::string());
    if (!rating.active() || choice == "undo") return false;
    if (!rating.pair()) return true;
    if (choice == "a") {
        rating.choose(Choice::a);
    } else if (choice == "b") {
        rating.choose(Choice::b);
    } else if (choice == "same") {
        rating.choose(Choice::same);
    } else if (choice == "skip") {
        rating.skip();
    } else if (!choice.empty()) {
        throw InputError(fmt::format("\"{}\" is none of a, b, same, skip, undo, done", choice));
    }
    return false;
}

}  // namespace

std::map<std::string, ActionKind> generated_view_actions() {
    return {{"generate_views", {{"views", "weight", "steps", "seed"}, generate, draws, true}},
            {"regenerate_view", {{"view", "seed"}, regenerate, draws, true}},
            {"switch_view", {{"view", "on"}, switch_view}},
            {"remove_view", {{"view"}, remove_view}},
            {"use_views", {{}, use}},
            {"rate_view", {{"view", "choice"}, rate, rates}}};
}

}  // namespace maquette::viewer
