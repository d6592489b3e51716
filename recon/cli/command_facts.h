#pragma once

#include <string>
#include <vector>

#include "recon/cli/preset.h"

namespace maquette::recon::cli {

/// What there is to know of one command: completion and manual are made of it.
struct CommandFacts {
    std::vector<std::string> words;  ///< "prior", "build"
    std::string summary;
    VisitFunction visit;  ///< its options; empty for a group of commands
};

}  // namespace maquette::recon::cli
