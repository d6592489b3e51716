#include <cstddef>
#include <cstdint>
#include <string_view>

#include "render/error.h"
#include "render/io/mesh_formats.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        maquette::render::parse_ply({reinterpret_cast<const char*>(data), size}, "fuzz");
    } catch (const maquette::InputError&) {
        return 0;
    }
    return 0;
}
