#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace maquette::recon::cli {

/// Progress on stderr: on a terminal a bar with the time left, elsewhere one line every 10 %. Safe to call from
/// several threads.
class ProgressBar {
public:
    explicit ProgressBar(std::string label);
    ~ProgressBar();
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// fraction: 0..1; one that falls by a quarter or more begins another stage, whose time is its own. seconds_left
    /// below 0: estimated from the time so far.
    void update(double fraction, const std::string& note, double seconds_left = -1);

private:
    std::mutex mutex_;
    std::string label_;
    std::chrono::steady_clock::time_point start_;
    std::chrono::steady_clock::time_point drawn_;
    bool terminal_ = false;
    bool visible_ = false;
    int tenths_ = 0;
    double last_ = 0;  ///< fraction
};

/// "12 s", "3 min 20 s", "1 h 05 min".
std::string duration_text(double seconds);

}  // namespace maquette::recon::cli
