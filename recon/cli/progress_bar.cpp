#include "recon/cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace maquette::recon::cli {
namespace {

constexpr int bar_cells = 24;
constexpr double another_stage = 0.25;  // threads that share a stage fall back by less
constexpr std::chrono::milliseconds redraw_interval{80};

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80U;
}

}  // namespace

ProgressBar::ProgressBar(std::string label)
    : label_(std::move(label)), start_(std::chrono::steady_clock::now()), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
    if (visible_) {
        std::fputs("\r\033[K", stderr);
    }
}

void ProgressBar::update(double fraction, const std::string& note, double seconds_left) {
    const std::scoped_lock lock(mutex_);
    fraction = std::clamp(fraction, 0.0, 1.0);
    const auto now = std::chrono::steady_clock::now();
    if (fraction <= last_ - another_stage) {
        start_ = now;
        tenths_ = 0;
    }
    last_ = fraction;
    const double elapsed = std::chrono::duration<double>(now - start_).count();
    if (seconds_left < 0 && fraction > 0) {
        seconds_left = elapsed / fraction - elapsed;
    }
    const std::string left = seconds_left < 0 ? "" : fmt::format("{} left", duration_text(seconds_left));
    if (!terminal_) {
        const int tenths = static_cast<int>(fraction * 10 + 1e-9);
        if (tenths > tenths_) {
            tenths_ = tenths;
            fmt::print(stderr, "{}: {} %, {}, {}\n", label_, tenths * 10, left, note);
        }
        return;
    }
    if (visible_ && now - drawn_ < redraw_interval && fraction < 1) {
        return;
    }
    drawn_ = now;
    visible_ = true;
    const int filled = static_cast<int>(std::lround(fraction * bar_cells));
    std::string line = fmt::format("{} [{}{}] {:3.0f} %  {}  {}", label_, std::string(filled, '='),
                                   std::string(bar_cells - filled, ' '), fraction * 100, left, note);
    line.resize(std::min(line.size(), terminal_width() - 1));
    fmt::print(stderr, "\r\033[K{}", line);
    std::fflush(stderr);
}

std::string duration_text(double seconds) {
    const auto whole = static_cast<long long>(std::llround(std::max(seconds, 0.0)));
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    }
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace maquette::recon::cli
