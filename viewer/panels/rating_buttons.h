#pragma once

#include "viewer/panels/panel_context.h"

namespace maquette::viewer {

enum class RatingPress { none, a, same, b, skip, undo, done };

/// The buttons under two things to choose from, in a row of this width at the cursor. ready: there are two things.
RatingPress draw_rating_buttons(PanelContext& context, float width, float gap, bool ready = true);

}  // namespace maquette::viewer
