#include "recon/encoders/photo_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "render/error.h"
#include "render/image_operations.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"

namespace maquette::recon::encoders {
namespace {

bool is_picture(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    static const std::set<std::string> known = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"};
    return known.contains(extension);
}

}  // namespace

PhotoFolder read_photo_folder(const std::filesystem::path& folder, int kept_side) {
    if (!std::filesystem::is_directory(folder)) {
        throw InputError(fmt::format("{}: no folder; give one with pictures in it", folder.string()));
    }
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.is_regular_file() && is_picture(file.path())) files.push_back(file.path());
    }
    std::sort(files.begin(), files.end());
    PhotoFolder result;
    std::string names;
    for (const auto& file : files) {
        try {
            render::Image photo = render::read_image(file);
            const double scale = static_cast<double>(kept_side) / std::min(photo.width, photo.height);
            if (scale < 1) {
                photo = render::resize(photo, std::max(1, static_cast<int>(photo.width * scale)),
                                       std::max(1, static_cast<int>(photo.height * scale)));
            }
            result.photos.push_back(std::move(photo));
            result.files.push_back(file);
            names += render::sha256_of_file(file);
        } catch (const InputError& error) {
            fmt::print(stderr, "left out: {}\n", error.what());
        }
    }
    if (result.photos.size() < 2) {
        throw InputError(fmt::format("{}: {} pictures can be read in it; two are needed at the least", folder.string(),
                                     result.photos.size()));
    }
    result.digest = render::sha256_of(names);
    return result;
}

}  // namespace maquette::recon::encoders
