#include "viewer/script.h"

#include <fmt/format.h>

#include "priors/prior_library.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

template <typename Names>
std::string suggestion(const std::string& wanted, const Names& names) {
    const std::string nearest = priors::nearest_name(wanted, {names.begin(), names.end()});
    return nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest);
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
    for (const auto& [name, kind] : action_kinds()) names.push_back(name);
    for (const json& entry : script["actions"]) {
        const std::string where = fmt::format("{}, action {}", what, actions_.size() + 1);
        if (!entry.is_object() || !entry.contains("do") || !entry["do"].is_string()) {
            throw InputError(fmt::format("{}: no \"do\" in it", where));
        }
        const auto name = entry["do"].get<std::string>();
        const auto known = action_kinds().find(name);
        if (known == action_kinds().end()) {
            throw InputError(fmt::format("{}: \"{}\" is unknown{}", where, name, suggestion(name, names)));
        }
        for (const auto& [key, value] : entry.items()) {
            if (key != "do" && !known->second.keys.contains(key)) {
                throw InputError(
                    fmt::format("{} ({}): \"{}\" is unknown{}", where, name, key, suggestion(key, known->second.keys)));
            }
        }
        actions_.push_back({name, &known->second, entry});
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
        next_ = progress_.quit ? actions_.size() : next_ + 1;
        app.expect_frames(1);
    }
    return true;
}

bool Script::play_one(App& app, const Action& action) {
    const ActionKind& kind = *action.kind;
    if (!begun_) {
        // Pictures show what is meant: they wait until everything is there.
        if (kind.patient && !action.arguments.value("now", false) && !app.settled()) return false;
        begun_ = true;
        progress_ = {std::chrono::steady_clock::now(), app.studio().report().steps};
        if (kind.begin != nullptr) kind.begin(app, action.arguments, progress_);
        app.expect_frames(2);
    }
    return kind.goes_on == nullptr || !kind.goes_on(app, action.arguments, progress_);
}

}  // namespace maquette::viewer
