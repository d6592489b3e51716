#pragma once

#include <functional>
#include <span>
#include <string>

#include "recon/cli/option.h"

namespace maquette::recon::cli {

/// A command that a floor above adds. Its options are read like those of the others.
struct ExtraCommand {
    std::string name;
    std::string summary;
    std::function<void(const OptionVisitor&)> visit;
    std::function<int()> run;
    std::string memory_hint;  ///< which option saves memory; empty: none
};

/// Parses the arguments, runs the command and returns the process's exit code: 0 done, 1 failed, 2 bad usage, 3 bad
/// input, 130 interrupted. Failures are printed once on stderr as "maquette: <message>".
int run_command_line(int argc, const char* const* argv, std::span<const ExtraCommand> extra = {});

}  // namespace maquette::recon::cli
