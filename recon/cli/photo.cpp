#include "recon/cli/photo.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {

View read_view(const std::filesystem::path& photo) {
    const render::Image image = render::read_image(photo);
    try {
        return make_view(image, {}, std::nullopt, photo.string());
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", photo.string(), error.what()));
    }
}

}  // namespace maquette::recon::cli
