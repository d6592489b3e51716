#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "viewer/app.h"
#include "viewer/script_actions.h"

namespace maquette::viewer {

/// Plays actions on an app, one after another, without ever stopping its frames.
///
///   {"actions": [{"do": "load", "photos": ["a.png"]},       photos are added; done when they are there
///                {"do": "set_prior", "prior": ["chair", "sofa:0.3"]},  also "swap": the same while a run goes on
///                {"do": "run"},                              to the end; goes on with the next action at once
///                {"do": "run", "steps": 2},                  so many steps; done when they are taken
///                {"do": "wait"}, {"do": "wait", "seconds": 2},   until nothing moves any more; or so long
///                {"do": "select", "run": 1, "step": 3},      runs are counted from 1, oldest first; -1: the newest
///                {"do": "orbit", "azimuth": 30, "elevation": 20, "distance": 2.5},   what is left out stays
///                {"do": "mode", "colouring": "plain|photo|normals|difference|truth|confidence", "wireframe": true,
///                 "voxels": false, "ghost": false, "true_ghost": false, "grid": true, "cameras": false, "photo":
///                 false, "orthographic": false, "light": false, "help": false, "generated": false},
///                {"do": "compare", "how": "none|split|side_by_side|flicker", "divider": 0.5},
///                {"do": "shoot", "path": "a.png"},           when everything is there; "now": true: as it is
///                {"do": "shoot", "path": "a.png", "model": true, "size": "800x600"},     without the panels
///                {"do": "turntable", "path": "turn.gif", "frames": 36, "size": "640x640"},
///                                                            .gif, .mp4, or a folder of PNG files
///                {"do": "export", "path": "a.glb"}, {"do": "reset"}, {"do": "quit"},
///                {"do": "exemplars", "count": 2},              of the prior, drawn by lot; 0: all
///                {"do": "truth", "path": "chair.obj"},           the object as it really is, to measure against
///                {"do": "save_session", "folder": "chair"}, {"do": "open_session", "folder": "chair"},
///                {"do": "generate_views", "views": 3, "steps": 20, "weight": 0.3, "seed": 1},   done when they are
///                there
///                {"do": "regenerate_view", "view": 1, "seed": 7},     views are counted from 1; no seed: a new one
///                {"do": "switch_view", "view": 1, "on": false}, {"do": "remove_view", "view": 1},
///                {"do": "rate_view", "view": 1, "choice": "a|b|same|skip|undo|done"},    against another seed
///                {"do": "use_views"},                        a run with those that are on; goes on at once
///                {"do": "click", "on": "run"},               as with a mouse, on a control's name or "at": [x, y];
///                                                            "button": "right", "ctrl": true, "twice": true
///                {"do": "drag", "on": "model", "by": [80, 20]},      or "from" and "to", or "onto" a control
///                {"do": "point", "on": "step"}, {"do": "wheel", "on": "model", "notches": 2},
///                {"do": "key", "key": "Space"}, {"do": "key", "key": "Z", "ctrl": true},
///                {"do": "type", "text": "chair"}, {"do": "drop", "files": ["a.png", "b.obj"]}]}
class Script {
public:
    /// Throws InputError naming the action and what is wrong with it.
    explicit Script(const std::filesystem::path& path);
    Script(const nlohmann::json& script, const std::string& what);

    /// Plays on as far as is possible now. Returns whether everything was played. Throws InputError on a failure that
    /// the app shows, so that a script cannot go wrong unnoticed.
    bool play(App& app);

    [[nodiscard]] std::size_t played() const { return next_; }

private:
    struct Action {
        std::string name;
        const ActionKind* kind = nullptr;
        nlohmann::json arguments;
    };
    /// Returns whether the action is done.
    bool play_one(App& app, const Action& action);
    void read(const nlohmann::json& script, const std::string& what);

    std::vector<Action> actions_;
    std::size_t next_ = 0;
    bool begun_ = false;  ///< the next action was started
    ActionProgress progress_;
};

}  // namespace maquette::viewer
