#include "recon/diffusion/checkpoint_view.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstring>

#include "recon/diffusion/time_grid.h"
#include "recon/refine/photo_cutting.h"
#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr double reading_share = 0.1;  // of the time, as the progress bar has it

}  // namespace

torch::Tensor colours_of(const render::Image& rgb) {
    auto bytes = at::empty({1, rgb.height, rgb.width, 3}, torch::kUInt8);
    std::memcpy(bytes.data_ptr<std::uint8_t>(), rgb.pixels.data(), rgb.pixels.size());
    return (bytes.permute({0, 3, 1, 2}).to(torch::kFloat32) / 127.5 - 1).contiguous();
}

render::Image rgb_image(const torch::Tensor& colours) {
    const auto bytes =
        ((colours.detach() + 1) * 127.5).round().clamp(0, 255).to(torch::kUInt8).permute({1, 2, 0}).contiguous();
    render::Image image(static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), 3);
    std::memcpy(image.pixels.data(), bytes.data_ptr<std::uint8_t>(), image.pixels.size());
    return image;
}

PhotoConditions photo_conditions(const Checkpoint& checkpoint, const Parameters& autoencoder,
                                 const torch::Tensor& photo, const RelativePose& pose) {
    const ClipVisionModel& encoder = checkpoint.image_encoder();
    const auto embedding = encoder.embed(checkpoint.image_encoder_weights().read(), encoder.pixels_of(photo));
    return {.tokens = checkpoint.tokens(checkpoint.projection_weights().read(), embedding, pose),
            .latent = checkpoint.autoencoder().encode(autoencoder, photo)};
}

std::vector<NoiseLevel> checkpoint_levels(const Checkpoint& checkpoint, int steps) {
    const auto ratio = [&](double time) {
        const NoiseLevel level = checkpoint.schedule().at(time);
        return level.sigma / level.alpha;
    };
    TimeGridOptions grid;
    grid.steps = steps;
    grid.noisiest = ratio(1);
    grid.cleanest = ratio(1.0 / checkpoint.scheduler_config().num_train_timesteps);
    return time_grid(checkpoint.schedule(), grid);
}

torch::Tensor draw_checkpoint_view(const Checkpoint& checkpoint, const render::Image& photo, const RelativePose& pose,
                                   const CheckpointViewOptions& options, const CheckpointProgress& progress) {
    const at::NoGradGuard no_gradient;
    const auto report = [&](double share, const char* activity) {
        if (progress && !progress(share, activity)) throw Interrupted("interrupted before the view was drawn");
    };
    const int size = checkpoint.picture_size();
    const auto object = colours_of(object_over_white(photo, size, checkpoint_fill, options.foreground_model));
    report(0, "read");
    const Parameters autoencoder = checkpoint.autoencoder_weights().read();
    const PhotoConditions conditions = photo_conditions(checkpoint, autoencoder, object, pose);

    const auto elements = static_cast<double>(checkpoint.unet_weights().element_count());
    const Parameters unet = checkpoint.unet_weights().read([&](long long done) {
        report(reading_share * static_cast<double>(done) / elements, "read");
        return true;
    });
    const CheckpointDenoiser shown(checkpoint.unet(), unet, checkpoint.schedule(),
                                   checkpoint.scheduler_config().prediction, conditions);
    const GuidedDenoiser denoiser(shown, {.photo = options.guidance, .geometry = 1});
    const auto levels = checkpoint_levels(checkpoint, options.steps);
    const auto sampler = make_sampler(options.sampler);
    const auto noise = gaussian_noise(conditions.latent.sizes().vec(), options.seed);
    const Latent drawn =
        generate(*sampler, denoiser, sampler->begin(noise), levels, [&](std::size_t done, const Latent& /*latent*/) {
            report(reading_share + (1 - reading_share) * static_cast<double>(done) / options.steps, "draw");
            return true;
        });
    const auto picture =
        checkpoint.autoencoder().decode(autoencoder, drawn.x / checkpoint.autoencoder().config().scaling_factor);
    return picture[0].clamp(-1, 1);
}

}  // namespace maquette::recon::diffusion
