#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace maquette::recon::cli {

/// Throws InputError when a file could not be written there (a folder of that name, no permission, a parent that is
/// no folder); creates missing parent folders. What is at `path` is left alone.
void check_writable(const std::filesystem::path& path);

/// Throws InputError unless the extension (lower case, with the dot) is among `known`.
void check_extension(const std::filesystem::path& path, const std::vector<std::string>& known);

/// extension: lower case, with the dot; the path's may be upper case.
bool has_extension(const std::filesystem::path& path, const std::string& extension);

/// "dir/out.glb" and "_preview.png" give "dir/out_preview.png".
std::filesystem::path beside(const std::filesystem::path& path, const std::string& ending);

}  // namespace maquette::recon::cli
