#include <malloc.h>

#include <array>
#include <csignal>

#include "recon/cli/command_line.h"
#include "viewer/view_command.h"

int main(int argc, char** argv) {
    // Tensors of a step are freed and asked for again at once: kept in the heap, they cost no page faults.
    constexpr int keep_below = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, keep_below);
    mallopt(M_TRIM_THRESHOLD, keep_below);
    // A file size limit then shows as a failed write, which is reported, and not as a death without a word.
    std::signal(SIGXFSZ, SIG_IGN);
    const std::array extra = {maquette::viewer::view_command()};
    return maquette::recon::cli::run_command_line(argc, argv, extra);
}
