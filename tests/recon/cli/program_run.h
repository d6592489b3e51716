#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace maquette::recon::testing {

struct RunSettings {
    std::filesystem::path folder;                    ///< working directory
    std::map<std::string, std::string> environment;  ///< added to the test's own
    std::optional<std::uint64_t> max_file_bytes;     ///< RLIMIT_FSIZE: what a full disk looks like
    std::function<void(int process)> while_running;  ///< called once the program was started
};

struct RunResult {
    int exit_code = -1;  ///< -1: ended by a signal
    int signal = 0;
    std::string output;
    std::string errors;
};

/// Runs the program under test to its end.
RunResult run_program(const std::vector<std::string>& arguments, const RunSettings& settings);

}  // namespace maquette::recon::testing
