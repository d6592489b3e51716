#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "recon/diffusion/denoiser.h"
#include "recon/diffusion/unet.h"
#include "recon/refine/parameters.h"

namespace maquette::recon::diffusion {

inline constexpr int picture_channels = 4;  ///< red, green, blue over white and mask, each -1..1

/// Size of a novel-view network.
struct NovelViewConfig {
    int image_size = 64;  ///< side of the pictures, pixels
    int patch = 2;        ///< pixels a side that are one place for the UNet: faster than as many pixels
    UNetConfig unet;
};

/// The network that is trained here. width: channels at the finest resolution, a multiple of 32; patch: 2 or 4. Throws
/// UsageError on others.
NovelViewConfig novel_view_config(int width, int patch = 2);

std::string novel_view_config_json(const NovelViewConfig& config);
/// Throws InputError, naming `what`, where it is no such text or the numbers do not fit each other.
NovelViewConfig parse_novel_view_config(const std::string& json, const std::string& what);

/// What a view is generated from. Pictures have the config's size; a row of zeros is withheld.
struct NovelViewConditions {
    torch::Tensor photo;     ///< [N, 4, S, S] the picture given
    torch::Tensor geometry;  ///< [N, geometry_channels, S, S] geometry_picture at the target pose
    torch::Tensor pose;      ///< [N, 16] pose_code
};

/// Copy with the conditions that are not shown withheld from all rows.
NovelViewConditions shown(const NovelViewConditions& conditions, ShownConditions which);

/// The view that the conditions alone suggest, [N, 4, S, S]: the shape's outline with the colours that the photo shows
/// of it, their mean where it shows none; without geometry the photo itself.
torch::Tensor suggested_view(const NovelViewConditions& conditions);

/// UNet on pixels conditioned on a photo and on the shape so far: both beside the noisy view, the photo also as tokens
/// that every place may ask, poses through the time embedding. Says the velocity. Holds no parameters.
///
/// The UNet itself says how the view differs from suggested_view: pictures fit through a narrow network, patches of
/// noise, which a network that says noise or velocity must carry, do not (Li & He, "Back to Basics: Let Denoising
/// Generative Models Denoise", 2025).
class NovelViewModel {
public:
    /// Throws InputError where the config's numbers do not fit each other.
    explicit NovelViewModel(const NovelViewConfig& config);

    [[nodiscard]] const NovelViewConfig& config() const { return config_; }
    /// The UNet's under diffusers' names, and photo_encoder.*.
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const;

    /// [N, tokens, cross_attention_dim]; zeros for withheld photos.
    [[nodiscard]] torch::Tensor encode_photo(const Parameters& parameters, const torch::Tensor& photo) const;

    /// x: [N, 4, S, S]; timesteps: [N] of the cosine schedule, above 0 and up to 1000; tokens: of encode_photo. Gives
    /// the velocity [N, 4, S, S].
    [[nodiscard]] torch::Tensor velocity(const Parameters& parameters, const torch::Tensor& x,
                                         const torch::Tensor& timesteps, const NovelViewConditions& conditions,
                                         const torch::Tensor& tokens) const;

private:
    NovelViewConfig config_;
    UNet2DConditionModel unet_;
};

}  // namespace maquette::recon::diffusion
