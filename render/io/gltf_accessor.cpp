#include "render/io/gltf_accessor.h"

#include <fmt/format.h>
#include <tiny_gltf.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "render/error.h"

namespace maquette::render {
namespace {

template <typename Value>
Value load(const std::uint8_t* bytes) {
    Value value;
    std::memcpy(&value, bytes, sizeof(Value));
    return value;
}

template <typename Integer>
float load_integer(const std::uint8_t* bytes, bool normalized) {
    const auto value = static_cast<float>(load<Integer>(bytes));
    return normalized ? std::max(value / static_cast<float>(std::numeric_limits<Integer>::max()), -1.0F) : value;
}

}  // namespace

GltfBytes gltf_view_bytes(const tinygltf::Model& model, int view, const std::string& what) {
    if (view < 0 || static_cast<std::size_t>(view) >= model.bufferViews.size()) {
        throw InputError(
            fmt::format("{}: buffer view {} does not exist ({} are there); compressed and sparse data is "
                        "not read, export without it",
                        what, view, model.bufferViews.size()));
    }
    const tinygltf::BufferView& found = model.bufferViews[static_cast<std::size_t>(view)];
    if (found.buffer < 0 || static_cast<std::size_t>(found.buffer) >= model.buffers.size()) {
        throw InputError(
            fmt::format("{}: buffer view {} names buffer {} of {}", what, view, found.buffer, model.buffers.size()));
    }
    const auto& data = model.buffers[static_cast<std::size_t>(found.buffer)].data;
    if (found.byteOffset > data.size() || found.byteLength > data.size() - found.byteOffset) {
        throw InputError(fmt::format("{}: buffer view {} wants {} bytes from {} on, but its buffer has {}", what, view,
                                     found.byteLength, found.byteOffset, data.size()));
    }
    return {data.data() + found.byteOffset, found.byteLength};
}

GltfAccessor::GltfAccessor(const tinygltf::Model& model, int index, std::size_t max_count, const std::string& what)
    : what_(what) {
    if (index < 0 || static_cast<std::size_t>(index) >= model.accessors.size()) {
        throw InputError(
            fmt::format("{}: accessor {} does not exist ({} are there)", what, index, model.accessors.size()));
    }
    const tinygltf::Accessor& accessor = model.accessors[static_cast<std::size_t>(index)];
    if (accessor.sparse.isSparse) {
        throw InputError(fmt::format("{}: accessor {} is sparse, which is not read; export without it", what, index));
    }
    if (accessor.count > max_count) {
        throw InputError(fmt::format("{}: accessor {} has {} elements, more than the limit of {}", what, index,
                                     accessor.count, max_count));
    }
    const int component_size = tinygltf::GetComponentSizeInBytes(static_cast<std::uint32_t>(accessor.componentType));
    components_ = tinygltf::GetNumComponentsInType(static_cast<std::uint32_t>(accessor.type));
    if (component_size <= 0 || components_ < 1 || components_ > 4 || accessor.type == TINYGLTF_TYPE_MAT2) {
        throw InputError(fmt::format("{}: accessor {} has component type {} and type {}, which are not read", what,
                                     index, accessor.componentType, accessor.type));
    }
    const GltfBytes view = gltf_view_bytes(model, accessor.bufferView, what);
    component_type_ = accessor.componentType;
    component_size_ = static_cast<std::size_t>(component_size);
    normalized_ = accessor.normalized;
    count_ = accessor.count;
    const std::size_t element_size = component_size_ * static_cast<std::size_t>(components_);
    const std::size_t declared = model.bufferViews[static_cast<std::size_t>(accessor.bufferView)].byteStride;
    constexpr std::size_t max_stride = 252;
    stride_ = declared == 0 ? element_size : declared;
    // No product here can wrap: the count is limited, and so is the stride.
    const bool fits = stride_ >= element_size && stride_ <= max_stride && accessor.byteOffset <= view.size &&
                      (count_ == 0 || (count_ - 1) * stride_ + element_size <= view.size - accessor.byteOffset);
    if (!fits) {
        throw InputError(
            fmt::format("{}: accessor {} wants {} elements of {} bytes, {} apart, from {} on, but its view "
                        "has {} bytes",
                        what, index, count_, element_size, stride_, accessor.byteOffset, view.size));
    }
    data_ = view.data + accessor.byteOffset;
}

const std::uint8_t* GltfAccessor::at(std::size_t element, int component) const {
    return data_ + element * stride_ + static_cast<std::size_t>(component) * component_size_;
}

float GltfAccessor::value(std::size_t element, int component) const {
    const std::uint8_t* bytes = at(element, component);
    switch (component_type_) {
        case TINYGLTF_COMPONENT_TYPE_BYTE:
            return load_integer<std::int8_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
            return load_integer<std::uint8_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_SHORT:
            return load_integer<std::int16_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
            return load_integer<std::uint16_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_INT:
            return load_integer<std::int32_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
            return load_integer<std::uint32_t>(bytes, normalized_);
        case TINYGLTF_COMPONENT_TYPE_DOUBLE:
            return static_cast<float>(load<double>(bytes));
        default:
            return load<float>(bytes);
    }
}

std::uint32_t GltfAccessor::index(std::size_t element) const {
    const std::uint8_t* bytes = at(element, 0);
    switch (component_type_) {
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_BYTE:
            return load<std::uint8_t>(bytes);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_SHORT:
            return load<std::uint16_t>(bytes);
        case TINYGLTF_COMPONENT_TYPE_UNSIGNED_INT:
            return load<std::uint32_t>(bytes);
        default:
            throw InputError(fmt::format("{}: indices have component type {}; unsigned integers are needed", what_,
                                         component_type_));
    }
}

}  // namespace maquette::render
