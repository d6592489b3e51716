#pragma once

#include <filesystem>
#include <stop_token>
#include <vector>

#include "recon/cli/command_options.h"

namespace maquette::recon::cli {

/// Makes the pairs that `train dpo` is asked for, by computation and from a ratings file, and returns the pair files to
/// train on. Both go on where they were stopped; a training that is resumed takes what is there. options: weights
/// resolved. Throws Interrupted when stopped, UsageError where there is nothing to train on.
std::vector<std::filesystem::path> gather_preferences(const TrainDpoOptions& options, const std::stop_token& stop);

}  // namespace maquette::recon::cli
