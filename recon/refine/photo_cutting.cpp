#include "recon/refine/photo_cutting.h"

#include <cmath>
#include <cstdint>

#include "render/image_operations.h"

namespace maquette::recon {

render::Image over_white(const render::Image& photo, const render::FloatImage& foreground) {
    render::Image plain = render::composite_over(photo, 255, 255, 255);
    if (photo.channels == 4 || photo.channels == 2) return plain;
    for (int y = 0; y < plain.height; ++y) {
        for (int x = 0; x < plain.width; ++x) {
            const float alpha = foreground.at(x, y);
            for (int c = 0; c < 3; ++c) {
                const float value = alpha * static_cast<float>(plain.at(x, y, c)) + (1 - alpha) * 255.0F;
                plain.at(x, y, c) = static_cast<std::uint8_t>(std::lround(value));
            }
        }
    }
    return plain;
}

render::Image object_over_white(const render::Image& photo, int size, double fill,
                                const render::ForegroundModel& model) {
    const render::FloatImage foreground = render::cut_out(photo, {}, model).mask;
    const render::SquareCrop crop = render::square_crop_around(foreground, fill);
    return render::apply_crop(over_white(photo, foreground), crop, size, 255);
}

}  // namespace maquette::recon
