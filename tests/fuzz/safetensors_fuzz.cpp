#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "render/error.h"
#include "render/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using maquette::render::TensorType;
    try {
        const auto file = maquette::render::parse_safetensors({reinterpret_cast<const char*>(data), size}, "fuzz");
        for (const auto& [name, tensor] : file.tensors) {
            const std::int64_t count = tensor.element_count();
            const bool floats = tensor.type == TensorType::f32 || tensor.type == TensorType::f16;
            if (floats && tensor.to_floats().size() != static_cast<std::size_t>(count)) {
                std::abort();
            }
        }
    } catch (const maquette::InputError&) {
    }
    return 0;
}
