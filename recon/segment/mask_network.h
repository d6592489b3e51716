#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recon/refine/parameters.h"
#include "recon/segment/foreground_weights.h"
#include "render/cutout.h"

/// Where in a photo the object is.
namespace maquette::recon::segment {

inline constexpr int size_multiple = 32;  ///< of the pictures' side

/// A U-net (Ronneberger et al., MICCAI 2015) on the trunk that all image encoders share (image_trunk.h): under the same
/// names, so that training may begin with the flagship's or an encoder's weights.
std::vector<ParameterShape> mask_network_shapes();

/// pictures: [N, 4, S, S], S a multiple of 32: RGB 0..1, and 1 within the box that the user drew around the object, 0
/// everywhere where there is none. Returns [N, 1, S, S] logits of being the object.
torch::Tensor mask_logits(const Parameters& parameters, const torch::Tensor& pictures);

/// [4, S, S] from [S, S, 3]. box: pixels of it.
torch::Tensor picture_tensor(const render::Image& picture, const std::optional<render::PixelBox>& box);

/// Trained weights.
class MaskNetwork {
public:
    MaskNetwork(Parameters parameters, std::map<std::string, std::string> metadata);

    /// Probability of being the object, [S, S, 1]: the mean of what the picture and its mirror image say, which err in
    /// other places. As render::ForegroundModel; S: any multiple of 32. Safe to share
    /// between threads.
    [[nodiscard]] render::FloatImage foreground(const render::Image& picture,
                                                const std::optional<render::PixelBox>& box) const;

    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
    [[nodiscard]] std::int64_t parameter_count() const;

private:
    Parameters parameters_;
    std::map<std::string, std::string> metadata_;
};

/// Throws InputError when the file is of another network, or lists what is missing, unexpected or misshapen.
MaskNetwork load_mask_network(const std::filesystem::path& weights);

}  // namespace maquette::recon::segment
