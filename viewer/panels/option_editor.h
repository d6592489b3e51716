#pragma once

#include <string>

#include "viewer/panels/panel_context.h"

namespace maquette::viewer {

/// A row with the control that suits the option of this name, as the command line declares it: its choices, its range,
/// its help. Returns whether the user changed it in `options`. Throws UsageError where there is no such option.
bool edit_option(PanelContext& context, const std::string& name, const char* label, ViewOptions& options);

}  // namespace maquette::viewer
