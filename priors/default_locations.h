#pragma once

#include <filesystem>

#include "priors/prior_library.h"

namespace maquette::priors {

/// The folder with priors/, weights/ and demo/: $MAQUETTE_ASSETS; else share/maquette beside the program's bin; else
/// the source tree this was built from. Throws InputError when the variable names no folder, Error when none is there.
std::filesystem::path assets_folder();

/// $XDG_DATA_HOME/maquette/priors, else ~/.local/share/maquette/priors. It need not exist. Throws Error when there is
/// no home folder.
std::filesystem::path user_priors_folder();

/// Over assets_folder()/priors and user_priors_folder().
PriorLibrary default_prior_library();

}  // namespace maquette::priors
