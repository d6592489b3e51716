#include "render/io/mesh_io.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/line_scanner.h"
#include "render/io/mesh_formats.h"
#include "render/io/resource_folder.h"

namespace maquette::render {
namespace {

constexpr const char* readable = "obj, glb, gltf, ply, stl, off, ac, acc, 3ds, dae or fbx";
constexpr const char* writable = "glb, obj, ply or stl";

std::string extension_of(const std::filesystem::path& path) {
    const std::string extension = lower_case(path.extension().string());
    return extension.empty() ? extension : extension.substr(1);
}

std::string described(const std::string& extension) {
    return extension.empty() ? "a name without an extension" : fmt::format("the extension .{}", extension);
}

}  // namespace

TriangleMesh read_mesh(const std::filesystem::path& path, const MeshLimits& limits) {
    const std::string extension = extension_of(path);
    const std::string what = path.string();
    if (extension == "obj") {
        return parse_obj(read_file(path, limits.max_file_bytes), what, resource_folder(path.parent_path()), limits);
    }
    if (extension == "glb" || extension == "gltf") {
        return parse_gltf(read_file(path, limits.max_file_bytes), what, resource_folder(path.parent_path()), limits);
    }
    if (extension == "ply") {
        return parse_ply(read_file(path, limits.max_file_bytes), what, limits);
    }
    if (!extension.empty() && assimp_reads(extension)) {
        return read_with_assimp(path, limits);
    }
    throw InputError(
        fmt::format("{}: {} is not of a mesh that can be read; use {}", what, described(extension), readable));
}

void write_mesh(const std::filesystem::path& path, const TriangleMesh& mesh, const VertexFacts& facts) {
    const auto check = [&](const char* name, std::size_t count) {
        if (count == 0 || count == mesh.vertices.size()) return;
        throw InputError(fmt::format("{}: {} {} for {} vertices", path.string(), count, name, mesh.vertices.size()));
    };
    check("confidences", facts.confidence.size());
    check("places in the prior", facts.prior_position.size());
    check("part labels", facts.part.size());
    const std::string extension = extension_of(path);
    mesh.validate(path.string());
    if (extension == "glb") {
        write_glb(path, mesh, facts);
    } else if (extension == "obj") {
        write_obj(path, mesh);
    } else if (extension == "ply") {
        write_ply(path, mesh, facts);
    } else if (extension == "stl") {
        write_stl(path, mesh);
    } else {
        throw InputError(fmt::format("{}: {} is not of a mesh that can be written; use {}", path.string(),
                                     described(extension), writable));
    }
}

}  // namespace maquette::render
