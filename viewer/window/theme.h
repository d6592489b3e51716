#pragma once

#include <imgui.h>

#include "viewer/drawing/scene_renderer.h"

namespace maquette::viewer {

/// Colours and sizes of everything that is no model.
struct Theme {
    ImVec4 accent;
    ImVec4 muted;  ///< text of less importance
    ImVec4 error;
    ImVec4 error_text;
    ImVec4 second;  ///< the other of two things compared
    Backdrop backdrop;
    float grid_shade = 0.6F;  ///< grey of the floor's lines, 0..1
};

/// Sets Dear ImGui's style; scale multiplies all sizes.
Theme apply_theme(bool dark, double scale);

/// A readable font at the scale: DejaVu Sans where it is installed, else Dear ImGui's own. Before the first frame.
void load_font(double scale);

}  // namespace maquette::viewer
