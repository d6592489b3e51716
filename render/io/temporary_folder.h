#pragma once

#include <filesystem>

namespace maquette::render {

/// A folder of its own among the system's temporary ones, which goes with this. Throws InputError where none can be
/// made.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace maquette::render
