#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "render/error.h"
#include "render/io/mesh_io.h"

/// The text before a NUL is the OBJ; what follows is served as every file that it names.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t end = all.find('\0');
    const std::string_view resource = end == std::string_view::npos ? std::string_view{} : all.substr(end + 1);
    const auto open = [&](const std::string&) -> std::optional<std::string> { return std::string(resource); };
    maquette::render::MeshLimits limits;
    limits.max_triangles = 100000;
    limits.max_vertices = 100000;
    try {
        maquette::render::parse_obj(all.substr(0, end), "fuzz", open, limits).validate("fuzz");
    } catch (const maquette::InputError&) {
        return 0;
    }
    return 0;
}
