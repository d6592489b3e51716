#pragma once

#include "recon/cli/command_line.h"
#include "viewer/studio/view_options.h"

namespace maquette::viewer {

/// Opens the window, or makes pictures without one, and returns when it is closed or done. Returns the exit code;
/// failures are thrown.
int run_view(const ViewOptions& options);

/// `maquette view` for the command line.
recon::cli::ExtraCommand view_command();

}  // namespace maquette::viewer
