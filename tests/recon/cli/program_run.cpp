#include "tests/recon/cli/program_run.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace maquette::recon::testing {
namespace {

std::string contents(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void redirect(int target, const std::filesystem::path& path) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(file, target);
    close(file);
}

[[noreturn]] void become_program(std::vector<char*>& arguments, const RunSettings& settings,
                                 const std::filesystem::path& output, const std::filesystem::path& errors) {
    for (const auto& [name, value] : settings.environment) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    redirect(STDIN_FILENO, "/dev/null");
    redirect(STDOUT_FILENO, output);
    redirect(STDERR_FILENO, errors);
    if (settings.max_file_bytes) {
        const rlimit limit{*settings.max_file_bytes, *settings.max_file_bytes};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (chdir(settings.folder.c_str()) == 0) {
        execv(arguments.front(), arguments.data());
    }
    _exit(127);
}

}  // namespace

RunResult run_program(const std::vector<std::string>& arguments, const RunSettings& settings) {
    const std::filesystem::path output = settings.folder / ".stdout";
    const std::filesystem::path errors = settings.folder / ".stderr";
    std::vector<std::string> texts = {MAQUETTE_PROGRAM};
    texts.insert(texts.end(), arguments.begin(), arguments.end());
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    const pid_t process = fork();
    if (process < 0) {
        throw std::runtime_error("cannot fork");
    }
    if (process == 0) {
        become_program(pointers, settings, output, errors);
    }
    if (settings.while_running) {
        settings.while_running(process);
    }
    int status = 0;
    waitpid(process, &status, 0);
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
            .output = contents(output),
            .errors = contents(errors)};
}

}  // namespace maquette::recon::testing
