#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

namespace maquette::render {

/// Runs `write` on a stream to a temporary file in the same folder, then flushes, fsyncs and renames it over `path`.
/// On any failure (folder missing, no permission, disk full, exception in `write`) the temporary is removed, what was
/// at `path` stays, and InputError says what failed. Missing parent folders are created.
void write_file_atomically(const std::filesystem::path& path, const std::function<void(std::ostream&)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Whole file. Throws InputError when it is missing, a folder, or larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = std::size_t{1} << 31U);

/// Lower-case hexadecimal SHA-256.
std::string sha256_of(std::string_view bytes);
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace maquette::render
