#include "recon/refine/view.h"

#include <fmt/format.h>

#include <cmath>

#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::recon {

View make_view(const render::Image& image, const render::FloatImage& mask, const std::optional<render::Camera>& camera,
               const std::string& name) {
    if (!mask.empty() && (mask.width != image.width || mask.height != image.height)) {
        throw InputError(fmt::format("{}: mask is {}x{} but image is {}x{}; resize the mask or drop it", name,
                                     mask.width, mask.height, image.width, image.height));
    }
    const render::FloatImage foreground = mask.empty() ? render::foreground_mask(image) : mask;
    const render::SquareCrop crop = render::square_crop_around(foreground, view_fill);

    View view;
    view.name = name;
    view.mask = render::apply_crop(foreground, crop, view_size, 0.0F);
    // White where the mask is clear, so that a background in the photo does not reach the network.
    const render::Image plain = render::composite_over(image, 255, 255, 255);
    render::Image cut = plain;
    if (image.channels != 4 && image.channels != 2) {
        for (int y = 0; y < cut.height; ++y) {
            for (int x = 0; x < cut.width; ++x) {
                const float alpha = foreground.at(x, y);
                for (int c = 0; c < 3; ++c) {
                    const float value = alpha * static_cast<float>(plain.at(x, y, c)) + (1 - alpha) * 255.0F;
                    cut.at(x, y, c) = static_cast<std::uint8_t>(std::lround(value));
                }
            }
        }
    }
    view.rgb = render::apply_crop(cut, crop, view_size, 255);
    if (camera) {
        render::Camera moved = *camera;
        const double scale = view_size / crop.side;
        moved.width = moved.height = view_size;
        moved.fx *= scale;
        moved.fy *= scale;
        moved.cx = (camera->cx - crop.left) * scale;
        moved.cy = (camera->cy - crop.top) * scale;
        view.camera = moved;
    }
    return view;
}

}  // namespace maquette::recon
