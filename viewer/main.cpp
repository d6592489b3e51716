#include <malloc.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "recon/cli/command_line.h"
#include "viewer/view_command.h"

namespace {

/// LibTorch's threads wait for work by spinning, on cores that the window needs: steps then take ten times as long. The
/// policy is read when the library is loaded, so the program starts itself once more; where that fails it is slower.
void wait_without_spinning(char** argv) {
    if (std::getenv("OMP_WAIT_POLICY") != nullptr || std::getenv("GOMP_SPINCOUNT") != nullptr) return;
    ::setenv("OMP_WAIT_POLICY", "passive", 1);
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (!error) ::execv(program.c_str(), argv);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "view") wait_without_spinning(argv);
    // Tensors of a step are freed and asked for again at once: kept in the heap, they cost no page faults.
    constexpr int keep_below = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, keep_below);
    mallopt(M_TRIM_THRESHOLD, keep_below);
    // A file size limit then shows as a failed write, which is reported, and not as a death without a word.
    std::signal(SIGXFSZ, SIG_IGN);
    const std::array extra = {maquette::viewer::view_command()};
    return maquette::recon::cli::run_command_line(argc, argv, extra);
}
