#pragma once

namespace maquette::recon::cli {

/// Parses the arguments, runs the command and returns the process's exit code: 0 done, 1 failed, 2 bad usage, 3 bad
/// input, 130 interrupted. Failures are printed once on stderr as "maquette: <message>".
int run_command_line(int argc, const char* const* argv);

}  // namespace maquette::recon::cli
