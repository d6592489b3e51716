#include "priors/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "render/error.h"

namespace maquette::priors {

namespace {

class FileActions {
public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

std::vector<std::string> environment_in_c_locale() {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        if (!text.starts_with("LC_ALL=") && !text.starts_with("LANGUAGE=")) {
            variables.push_back(text);
        }
    }
    variables.emplace_back("LC_ALL=C");
    return variables;
}

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::string read_until_closed(int descriptor) {
    std::string output;
    std::array<char, 4096> buffer{};
    while (true) {
        const ssize_t count = read(descriptor, buffer.data(), buffer.size());
        if (count > 0) {
            output.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return output;
        }
    }
}

}  // namespace

ChildResult run_child(const std::vector<std::string>& arguments, const std::filesystem::path& folder) {
    std::array<int, 2> pipe_ends{};
    if (pipe2(pipe_ends.data(), O_CLOEXEC) != 0) {
        throw Error(fmt::format("no pipe for {}: {}", arguments.front(), std::strerror(errno)));
    }
    FileActions actions;
    posix_spawn_file_actions_addopen(actions.get(), STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(actions.get(), pipe_ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(actions.get(), pipe_ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addchdir_np(actions.get(), folder.c_str());
    auto argument_texts = arguments;
    auto variable_texts = environment_in_c_locale();
    auto argument_pointers = null_terminated(argument_texts);
    auto variable_pointers = null_terminated(variable_texts);
    pid_t child = 0;
    const int failure = posix_spawnp(&child, arguments.front().c_str(), actions.get(), nullptr,
                                     argument_pointers.data(), variable_pointers.data());
    close(pipe_ends[1]);
    if (failure != 0) {
        close(pipe_ends[0]);
        throw Error(
            fmt::format("{} cannot be started in {}: {}", arguments.front(), folder.string(), std::strerror(failure)));
    }
    ChildResult result;
    result.output = read_until_closed(pipe_ends[0]);
    close(pipe_ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            throw Error(fmt::format("{}: its end cannot be waited for: {}", arguments.front(), std::strerror(errno)));
        }
    }
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

}  // namespace maquette::priors
