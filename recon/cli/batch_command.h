#pragma once

#include "recon/cli/command_options.h"

namespace maquette::recon::cli {

/// `reconstruct --batch`: every object of a folder in one process, the networks loaded once. Objects that were done
/// before from the same inputs are kept; those that fail are told of and left out. Writes the results' folder:
/// items/NAME/ of each object, contact_sheet.png, index.html and batch.json. Exit code 0, 1 when some failed, 130 when
/// interrupted, with what was finished kept. Throws UsageError or InputError before anything is reconstructed where
/// options or folder make no sense.
int run_batch(const ReconstructOptions& options);

}  // namespace maquette::recon::cli
