#include "recon/cli/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

constexpr int interrupted_exit_code = 130;
constexpr char stop_letter = 's';
constexpr char quit_letter = 'q';

std::atomic<int> signal_pipe{-1};
std::atomic<int> signal_count{0};
static_assert(std::atomic<int>::is_always_lock_free, "used in a signal handler");

extern "C" void on_signal(int /*signal*/) {
    if (signal_count.fetch_add(1) > 0) {
        _exit(interrupted_exit_code);
    }
    const int saved_errno = errno;
    [[maybe_unused]] const auto written = write(signal_pipe.load(), &stop_letter, 1);
    errno = saved_errno;
}

}  // namespace

InterruptGuard::InterruptGuard() {
    if (pipe2(pipe_.data(), O_CLOEXEC) != 0) {
        throw Error("cannot create a pipe for signals: too many open files; raise `ulimit -n`");
    }
    signal_pipe = pipe_[1];
    signal_count = 0;
    listener_ = std::thread([this] {
        char letter = 0;
        while (read(pipe_[0], &letter, 1) == 1 && letter == stop_letter) {
            source_.request_stop();
        }
    });
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

InterruptGuard::~InterruptGuard() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    [[maybe_unused]] const auto written = write(pipe_[1], &quit_letter, 1);
    listener_.join();
    close(pipe_[0]);
    close(pipe_[1]);
}

}  // namespace maquette::recon::cli
