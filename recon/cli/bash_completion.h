#pragma once

#include <span>
#include <string>

#include "recon/cli/command_facts.h"

namespace maquette::recon::cli {

/// A bash script that completes the program's commands, options, the values of options that have choices, and file
/// names elsewhere.
std::string bash_completion(std::span<const CommandFacts> commands);

}  // namespace maquette::recon::cli
