#pragma once

#include <map>
#include <string>

#include "viewer/script_actions.h"

namespace maquette::viewer {

/// A script's words about generated views, by name.
std::map<std::string, ActionKind> generated_view_actions();

}  // namespace maquette::viewer
