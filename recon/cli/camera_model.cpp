#include "recon/cli/camera_model.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "recon/cli/colmap_model.h"
#include "recon/cli/transforms_file.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

void refuse_binary(const fs::path& folder) {
    if (!is_file(folder / "cameras.bin") && !is_file(folder / "images.bin")) return;
    throw InputError(
        fmt::format("{0}: a COLMAP model in binary files; `colmap model_converter --input_path {0} --output_path {0} "
                    "--output_type TXT` writes cameras.txt and images.txt, which are read",
                    folder.string()));
}

}  // namespace

CameraModel camera_model_of(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        if (is_file(path / "cameras.txt") && is_file(path / "images.txt")) return {CameraModelKind::colmap, path};
        if (is_file(path / "transforms.json")) return {CameraModelKind::transforms, path / "transforms.json"};
        refuse_binary(path);
        throw InputError(fmt::format(
            "{}: neither cameras.txt and images.txt (a COLMAP model as text) nor transforms.json is in this folder",
            path.string()));
    }
    const fs::path name = path.filename();
    const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
    if (name == "cameras.txt" || name == "images.txt") return {CameraModelKind::colmap, folder};
    if (path.extension() == ".bin") refuse_binary(folder);
    if (is_file(path) && is_transforms_file(json::parse(render::read_file(path), nullptr, false))) {
        return {CameraModelKind::transforms, path};
    }
    return {};
}

std::vector<PosedPhoto> read_posed_photos(const CameraModel& model) {
    if (model.kind == CameraModelKind::colmap) return read_colmap_model(model.path);
    const json file = json::parse(render::read_file(model.path), nullptr, false);
    return read_transforms(file, model.path);
}

}  // namespace maquette::recon::cli
