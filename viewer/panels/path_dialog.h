#pragma once

#include <array>
#include <string>

namespace maquette::viewer {

struct PanelContext;

/// What a path is asked for.
enum class PathWish { none, open, save_session, truth, screenshot, record };

/// The question for a path that is on the screen, if any.
struct PathDialog {
    PathWish wish = PathWish::none;
    bool opened = false;  ///< Dear ImGui knows of it
    std::string path;
    int frames = 72;                         ///< of a recording
    std::array<int, 2> pixels = {640, 640};  ///< of a recording
    std::string session_folder;              ///< where the session was saved or opened last; empty: nowhere
};

/// Asks for a path with a sensible one to begin with.
void ask_for_path(PanelContext& context, PathWish wish);

/// The question, over everything; nothing where none is asked.
void draw_path_dialog(PanelContext& context);

/// Saves to where the session was saved last, or asks where to.
void save_session(PanelContext& context);

}  // namespace maquette::viewer
