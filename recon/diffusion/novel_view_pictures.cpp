#include "recon/diffusion/novel_view_pictures.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>

#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_model.h"
#include "render/image_operations.h"

namespace maquette::recon::diffusion {
namespace {

constexpr float least_alpha = 1.0F / 255;

std::uint8_t to_byte(float value_0_to_1) {
    return static_cast<std::uint8_t>(std::lround(255 * std::clamp(value_0_to_1, 0.0F, 1.0F)));
}

/// Row-major planes 0..1, all four.
struct Planes {
    torch::Tensor values;  ///< [4, S, S] float, contiguous
    int size = 0;

    explicit Planes(const torch::Tensor& picture)
        : values(((picture.detach().to(torch::kFloat32) + 1) / 2).clamp(0, 1).contiguous()),
          size(static_cast<int>(picture.size(1))) {}
    [[nodiscard]] float at(int channel, int x, int y) const {
        return values.data_ptr<float>()[(static_cast<std::ptrdiff_t>(channel) * size + y) * size + x];
    }
};

}  // namespace

torch::Tensor picture_tensor(const View& view, int size) {
    const render::Image rgb = render::resize(view.rgb, size, size);
    const render::FloatImage mask = render::resize(view.mask, size, size);
    auto tensor = torch::empty({picture_channels, size, size}, torch::kFloat32);
    float* out = tensor.data_ptr<float>();
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) *out++ = static_cast<float>(rgb.at(x, y, c)) / 127.5F - 1;
        }
    }
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) *out++ = 2 * mask.at(x, y) - 1;
    }
    return tensor;
}

torch::Tensor geometry_tensor(const render::VoxelGrid& occupancy, const render::Camera& camera, int size,
                              const View* photo) {
    const auto picture = geometry_picture(occupancy, camera.resized(size, size), photo);
    auto tensor = torch::empty({geometry_channels, size, size}, torch::kFloat32);
    float* out = tensor.data_ptr<float>();
    for (int c = 0; c < geometry_channels; ++c) {
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) *out++ = picture.at(x, y, c);
        }
    }
    return tensor;
}

render::Image image_of(const torch::Tensor& picture) {
    const Planes planes(picture);
    render::Image image(planes.size, planes.size, 4);
    for (int y = 0; y < planes.size; ++y) {
        for (int x = 0; x < planes.size; ++x) {
            const float alpha = planes.at(3, x, y);
            image.at(x, y, 3) = to_byte(alpha);
            for (int c = 0; c < 3; ++c) {
                const float over_white = planes.at(c, x, y);
                const float plain = alpha < least_alpha ? 1 : (over_white - (1 - alpha)) / alpha;
                image.at(x, y, c) = to_byte(plain);
            }
        }
    }
    return image;
}

View view_from_picture(const torch::Tensor& picture, const render::Camera& camera, float weight) {
    const Planes planes(picture);
    render::Image rgb(planes.size, planes.size, 3);
    render::FloatImage mask(planes.size, planes.size, 1);
    for (int y = 0; y < planes.size; ++y) {
        for (int x = 0; x < planes.size; ++x) {
            for (int c = 0; c < 3; ++c) rgb.at(x, y, c) = to_byte(planes.at(c, x, y));
            mask.at(x, y) = planes.at(3, x, y);
        }
    }
    View view;
    view.rgb = render::resize(rgb, view_size, view_size);
    view.mask = render::resize(mask, view_size, view_size);
    view.camera = camera.resized(view_size, view_size);
    view.weight = weight;
    view.generated = true;
    view.name = "generated view";
    return view;
}

View firm_view_from_picture(const torch::Tensor& picture, const render::Camera& camera, float weight) {
    constexpr float faint = 0.75F;
    constexpr float firm = 0.9F;
    View view = view_from_picture(picture, camera, weight);
    for (int y = 0; y < view.mask.height; ++y) {
        for (int x = 0; x < view.mask.width; ++x) {
            // As fine as the colours, which are no finer: what is drawn one by one is what is drawn together.
            const float before = static_cast<float>(to_byte(view.mask.at(x, y))) / 255.0F;
            const float after = std::clamp((before - faint) / (firm - faint), 0.0F, 1.0F);
            for (int c = 0; c < 3; ++c) {
                const float over_white = static_cast<float>(view.rgb.at(x, y, c)) / 255.0F;
                const float plain = after > 0 ? (over_white - (1 - before)) / before : 1;
                view.rgb.at(x, y, c) = to_byte(after * std::clamp(plain, 0.0F, 1.0F) + 1 - after);
            }
            view.mask.at(x, y) = after;
        }
    }
    return view;
}

torch::Tensor refiner_pictures(const torch::Tensor& pictures, int size) {
    const auto shares = ((pictures + 1) / 2).clamp(0, 1);
    const auto large = at::upsample_bilinear2d(shares, {size, size}, false);
    const auto mask = large.narrow(1, 3, 1);
    return at::cat({(large.narrow(1, 0, 3) - (1 - mask)).relu(), mask}, 1);
}

}  // namespace maquette::recon::diffusion
