#include "recon/segment/cutout_photos.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/encoders/photo_folder.h"
#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::recon::segment {
namespace {

constexpr std::uint8_t solid = 128;

}  // namespace

CutoutPhotos read_cutouts(const std::filesystem::path& folder, int kept_side) {
    const auto pictures = encoders::read_photo_folder(folder, kept_side);
    CutoutPhotos result;
    result.digest = pictures.digest;
    for (std::size_t i = 0; i < pictures.photos.size(); ++i) {
        const auto& photo = pictures.photos[i];
        if (photo.channels != 4) continue;
        DatasetView view;
        view.rgb = render::composite_over(photo, 255, 255, 255);
        view.mask = render::Image(photo.width, photo.height, 1);
        for (int y = 0; y < photo.height; ++y) {
            for (int x = 0; x < photo.width; ++x) view.mask.at(x, y) = photo.at(x, y, 3);
        }
        const auto [least, most] = std::minmax_element(view.mask.pixels.begin(), view.mask.pixels.end());
        if (*least >= solid || *most < solid) continue;
        result.views.push_back(std::move(view));
        result.groups.push_back(pictures.files[i].parent_path().filename().string());
    }
    if (result.views.size() < 2) {
        throw InputError(
            fmt::format("{}: {} of its {} pictures have a transparent background; two are needed at the "
                        "least",
                        folder.string(), result.views.size(), pictures.photos.size()));
    }
    return result;
}

}  // namespace maquette::recon::segment
