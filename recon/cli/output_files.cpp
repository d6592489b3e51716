#include "recon/cli/output_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

std::string extension_of(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension;
}

}  // namespace

void check_writable(const std::filesystem::path& path) {
    const auto refuse = [&](const std::string& reason) {
        throw InputError(fmt::format("cannot write {}: {}; choose another place", path.string(), reason));
    };
    if (path.filename().empty()) {
        refuse("no file name");
    }
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        refuse("it is a folder");
    }
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::filesystem::create_directories(folder, error);
    if (error) {
        refuse(error.message());
    }
    std::string probe = (folder / ".maquette-XXXXXX").string();
    const int descriptor = mkstemp(probe.data());
    if (descriptor < 0) {
        refuse(std::strerror(errno));
    }
    close(descriptor);
    unlink(probe.c_str());
}

void check_extension(const std::filesystem::path& path, const std::vector<std::string>& known) {
    const std::string extension = extension_of(path);
    if (std::find(known.begin(), known.end(), extension) == known.end()) {
        throw InputError(fmt::format("cannot write {}: unknown extension '{}'; use one of {}", path.string(), extension,
                                     fmt::join(known, " ")));
    }
}

bool has_extension(const std::filesystem::path& path, const std::string& extension) {
    return extension_of(path) == extension;
}

std::filesystem::path beside(const std::filesystem::path& path, const std::string& ending) {
    return path.parent_path() / (path.stem().string() + ending);
}

}  // namespace maquette::recon::cli
