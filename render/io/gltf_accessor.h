#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tinygltf {
class Model;
}

namespace maquette::render {

/// Bytes of a buffer view, proven to lie inside its buffer.
struct GltfBytes {
    const std::uint8_t* data = nullptr;
    std::size_t size = 0;
};

/// Throws InputError when the view or its buffer does not exist or is shorter than the view says.
GltfBytes gltf_view_bytes(const tinygltf::Model& model, int view, const std::string& what);

/// One accessor, every element of which is proven to lie inside its buffer, since files lie about lengths.
class GltfAccessor {
public:
    /// Throws InputError: no such accessor, sparse or compressed, unknown component type, elements outside the buffer,
    /// more than `max_count` elements.
    GltfAccessor(const tinygltf::Model& model, int index, std::size_t max_count, const std::string& what);

    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] int components() const { return components_; }

    /// Integers are scaled to 0..1 or -1..1 when the accessor is marked as normalised.
    [[nodiscard]] float value(std::size_t element, int component) const;

    /// For indices. Throws InputError unless the components are unsigned integers.
    [[nodiscard]] std::uint32_t index(std::size_t element) const;

private:
    [[nodiscard]] const std::uint8_t* at(std::size_t element, int component) const;

    const std::uint8_t* data_ = nullptr;
    std::size_t count_ = 0;
    std::size_t stride_ = 0;
    int components_ = 0;
    int component_type_ = 0;
    std::size_t component_size_ = 0;
    bool normalized_ = false;
    std::string what_;
};

}  // namespace maquette::render
