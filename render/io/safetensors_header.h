#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace maquette::render {

/// A tensor's place in the data block of a safetensors file.
struct SafetensorsEntry {
    std::string name;
    std::string type;  ///< "F32", as the file has it
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0;  ///< byte of the data block
    std::uint64_t end = 0;
};

struct SafetensorsHeader {
    std::vector<SafetensorsEntry> entries;  ///< in the order of the data
    std::map<std::string, std::string> metadata;
};

inline constexpr std::size_t safetensors_length_size = 8;  ///< bytes before the header that say how long it is

/// The header's length from a file's first bytes: those 8, or all where it has fewer. Throws InputError that names
/// `what` unless the header fits into the file's `file_bytes` and is at most 100 MB long.
std::uint64_t safetensors_header_length(std::string_view first_bytes, std::uint64_t file_bytes,
                                        const std::string& what);

/// text: the JSON; data_bytes: what follows it. types: those to accept, of F64, F32, F16, BF16, I64, I32, I16, I8, U8
/// and BOOL. As strict as read_safetensors. Throws InputError that names `what` and the tensor.
SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t data_bytes,
                                           const std::vector<std::string>& types, const std::string& what);

/// Bytes an element. Throws Error for types that are not among those above.
std::uint64_t safetensors_element_size(std::string_view type);

}  // namespace maquette::render
