#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace maquette::render {

/// A safetensors file of any size. Only its header is held in memory; tensors are read one by one.
class SafetensorsReader {
public:
    /// As strict as read_safetensors; of any type. Throws InputError that names the file and the tensor.
    explicit SafetensorsReader(const std::filesystem::path& path);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::vector<std::string> names() const;  ///< in the order of the data
    [[nodiscard]] bool contains(const std::string& name) const { return places_.contains(name); }
    /// Of a tensor that is contained.
    [[nodiscard]] const std::vector<std::int64_t>& shape(const std::string& name) const;
    [[nodiscard]] bool is_float(const std::string& name) const;  ///< F32, F16 or BF16: what read_floats converts

    /// values: as many as the tensor's elements. Throws InputError where the tensor is not of such a type, or the file
    /// became shorter; UsageError where the count differs.
    void read_floats(const std::string& name, std::span<float> values);

private:
    struct Place {
        std::string type;
        std::vector<std::int64_t> shape;
        std::uint64_t begin = 0;  ///< byte of the file
        std::uint64_t bytes = 0;
    };
    [[nodiscard]] const Place& place(const std::string& name) const;

    std::filesystem::path path_;
    std::ifstream stream_;
    std::vector<std::string> order_;
    std::map<std::string, Place> places_;
};

}  // namespace maquette::render
