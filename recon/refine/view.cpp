#include "recon/refine/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "recon/refine/photo_cutting.h"
#include "recon/refine/sharp_view.h"
#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::recon {

View make_view(const render::Image& image, const render::FloatImage& mask, const std::optional<render::Camera>& camera,
               const std::string& name) {
    return make_sharp_view(image, mask, camera, name, view_size);
}

View make_sharp_view(const render::Image& image, const render::FloatImage& mask,
                     const std::optional<render::Camera>& camera, const std::string& name, int most_size) {
    if (!mask.empty() && (mask.width != image.width || mask.height != image.height)) {
        throw InputError(fmt::format("{}: mask is {}x{} but image is {}x{}; resize the mask or drop it", name,
                                     mask.width, mask.height, image.width, image.height));
    }
    const render::FloatImage foreground = mask.empty() ? render::foreground_mask(image) : mask;
    const render::SquareCrop crop = render::square_crop_around(foreground, view_fill);
    const int size = std::max(view_size, static_cast<int>(std::lround(std::min(crop.side, 1.0 * most_size))));

    View view;
    view.name = name;
    view.mask = render::apply_crop(foreground, crop, size, 0.0F);
    view.rgb = render::apply_crop(over_white(image, foreground), crop, size, 255);
    if (camera) {
        render::Camera moved = *camera;
        const double scale = size / crop.side;
        moved.width = moved.height = size;
        moved.fx *= scale;
        moved.fy *= scale;
        moved.cx = (camera->cx - crop.left) * scale;
        moved.cy = (camera->cy - crop.top) * scale;
        view.camera = moved;
    }
    return view;
}

}  // namespace maquette::recon
