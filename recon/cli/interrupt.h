#pragma once

#include <array>
#include <stop_token>
#include <thread>

namespace maquette::recon::cli {

/// While it lives, SIGINT and SIGTERM ask for a stop in place of ending the program; a second one ends it at once
/// with exit code 130. One at a time.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }
    [[nodiscard]] bool requested() const { return source_.stop_requested(); }

private:
    std::stop_source source_;
    std::array<int, 2> pipe_{-1, -1};
    std::thread listener_;
};

}  // namespace maquette::recon::cli
