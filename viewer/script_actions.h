#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "viewer/app.h"

namespace maquette::viewer {

/// Where an action that takes more than a moment stands.
struct ActionProgress {
    std::chrono::steady_clock::time_point begin;
    unsigned long long steps_before = 0;  ///< taken before the action began
    bool quit = false;                    ///< set by the action: nothing after it is played
};

/// One of a script's words.
struct ActionKind {
    std::set<std::string> keys;  ///< that it knows, "do" left out
    /// Once, when it begins. Throws Error on arguments that make no sense.
    void (*begin)(App&, const nlohmann::json&, ActionProgress&) = nullptr;
    /// Whether it still goes on; null: it never does.
    bool (*goes_on)(App&, const nlohmann::json&, const ActionProgress&) = nullptr;
    /// Begins when everything is there, unless "now" is true.
    bool patient = false;
};

/// All of them, by name.
const std::map<std::string, ActionKind>& action_kinds();

}  // namespace maquette::viewer
