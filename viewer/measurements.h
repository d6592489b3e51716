#pragma once

#include "viewer/app.h"

namespace maquette::viewer {

/// What the viewer must hold to, measured on this machine with the photo and prior at hand and printed one figure a
/// line: drawing with 20,000 and 200,000 triangles, from a finished step to the screen, from a swap to the next step,
/// steps a second with the window drawing against without, and what an idle window costs. Takes about half a minute.
/// Throws Error when the photo cannot be refined.
void print_measurements(App& app);

}  // namespace maquette::viewer
