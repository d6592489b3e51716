#pragma once

#include <string>
#include <vector>

#include "viewer/window/theme.h"

namespace maquette::viewer {

/// A line with a dot a step in the width that is left, its range written in the corners. `low` to `high`: the range,
/// fitted to the values where both are equal. `marked`: index to point out, or -1.
void draw_figure_plot(const char* id, const char* title, const std::vector<float>& values, float low, float high,
                      int marked, const Theme& theme, float height);

}  // namespace maquette::viewer
