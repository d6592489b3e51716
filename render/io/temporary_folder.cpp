#include "render/io/temporary_folder.h"

#include <fmt/format.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is not in cstdlib

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

#include "render/error.h"

namespace maquette::render {

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "maquette-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw InputError(fmt::format("{}: no folder can be made there: {}; point TMPDIR to one with room", pattern,
                                     std::strerror(errno)));
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace maquette::render
