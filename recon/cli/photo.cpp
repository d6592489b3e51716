#include "recon/cli/photo.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {

View read_view(const std::filesystem::path& photo, std::optional<render::Camera> camera) {
    const render::Image image = render::read_image(photo);
    if (camera) {
        camera->width = image.width;
        camera->height = image.height;
    }
    try {
        return make_view(image, {}, camera, photo.string());
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", photo.string(), error.what()));
    }
}

}  // namespace maquette::recon::cli
