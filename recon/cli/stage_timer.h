#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace maquette::recon::cli {

/// Seconds that the named stages of a command took, in order.
class StageTimer {
public:
    /// Ends the stage that runs since the last call (or since construction) under this name.
    void end_stage(const std::string& name) {
        const auto now = std::chrono::steady_clock::now();
        stages_.emplace_back(name, std::chrono::duration<double>(now - stage_start_).count());
        stage_start_ = now;
    }
    [[nodiscard]] const std::vector<std::pair<std::string, double>>& stages() const { return stages_; }
    [[nodiscard]] double total() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point stage_start_ = start_;
    std::vector<std::pair<std::string, double>> stages_;
};

}  // namespace maquette::recon::cli
