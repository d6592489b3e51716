#pragma once

#include <span>
#include <string>

#include "recon/cli/command_facts.h"

namespace maquette::recon::cli {

/// maquette(1) in man(7) macros. summary: a line on the program.
std::string manual_page(std::span<const CommandFacts> commands, const std::string& summary);

}  // namespace maquette::recon::cli
