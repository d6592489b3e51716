#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maquette::render {

enum class TensorType { f32, f16, i64, i32, u8 };

/// A named block of a safetensors file, in host memory.
struct TensorData {
    TensorType type = TensorType::f32;
    std::vector<std::int64_t> shape;
    std::vector<std::uint8_t> bytes;  ///< little-endian, row-major

    [[nodiscard]] std::int64_t element_count() const;
    /// Converts f16 or f32 to float. Throws InputError for integer types.
    [[nodiscard]] std::vector<float> to_floats() const;
    static TensorData from_floats(std::span<const float> values, std::vector<std::int64_t> shape,
                                  TensorType type = TensorType::f32);
};

/// https://github.com/huggingface/safetensors: 8-byte little-endian header length, JSON header, raw data.
struct SafetensorsFile {
    std::map<std::string, TensorData> tensors;
    std::map<std::string, std::string> metadata;  ///< "__metadata__"
};

/// Strict: header at most 100 MB and inside the file, known types, sizes that match the shapes (no overflow), offsets
/// that tile the data without gap or overlap, no duplicate names. Throws InputError that names the file and the tensor.
SafetensorsFile read_safetensors(const std::filesystem::path& path);
SafetensorsFile parse_safetensors(std::string_view bytes, const std::string& what);

/// Atomic. Tensors in name order; the same content gives the same bytes.
void write_safetensors(const std::filesystem::path& path, const SafetensorsFile& file);

/// IEEE binary16, round to nearest even.
std::uint16_t float_to_half(float value);
float half_to_float(std::uint16_t value);

}  // namespace maquette::render
