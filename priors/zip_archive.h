#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace maquette::priors {

/// Reads files out of one zip (also jar, sh3f). Safe to call from several threads; reads are serial.
class ZipArchive {
public:
    /// Throws InputError when the file is missing or not a zip.
    explicit ZipArchive(const std::filesystem::path& path);
    ~ZipArchive();
    ZipArchive(const ZipArchive&) = delete;
    ZipArchive& operator=(const ZipArchive&) = delete;

    /// Bytes of a member, forward slashes, no leading slash; the same name in other letter case serves when the exact
    /// one is missing. Empty when there is none. Throws InputError when it is damaged or larger than a gigabyte.
    [[nodiscard]] std::optional<std::string> read(const std::string& name) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace maquette::priors
