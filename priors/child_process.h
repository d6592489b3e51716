#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace maquette::priors {

struct ChildResult {
    int status = 0;      ///< exit code; 128 + signal when a signal ended it
    std::string output;  ///< what it wrote to stdout and stderr, in the C locale
};

/// Runs a program found on PATH, without a shell, in `folder`, with nothing on its stdin, and waits for it.
/// Throws Error when it cannot be started, naming it.
ChildResult run_child(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

}  // namespace maquette::priors
