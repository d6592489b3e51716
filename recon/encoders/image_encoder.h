#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "recon/refine/image_trunk.h"
#include "recon/refine/parameters.h"
#include "recon/refine/view.h"
#include "render/image.h"

namespace maquette::recon::encoders {

inline constexpr const char* encoder_architecture = "encoder";
inline constexpr int feature_count = trunk_features;

/// What all encoders have in common: the trunk of the flagship (image_trunk.h).
std::vector<ParameterShape> backbone_shapes();

/// Mean over the picture of the trunk's deepest map. pictures: [N, 4, S, S]; returns [N, 128].
torch::Tensor encode(const Parameters& parameters, const torch::Tensor& pictures);

/// [N, 4, 64, 64] from pictures of [64, 64, 4]. Throws UsageError on another size.
torch::Tensor picture_tensor(const std::vector<render::FloatImage>& pictures);

/// The view as an encoder sees it, cut out: [4, 64, 64].
torch::Tensor picture_tensor(const View& view);

/// A trained backbone.
class ImageEncoder {
public:
    ImageEncoder(Parameters parameters, std::map<std::string, std::string> metadata);

    /// [N, 128], no gradient. Pictures are taken 64 at a time.
    [[nodiscard]] torch::Tensor features(const torch::Tensor& pictures) const;

    /// "rotation", "jigsaw", ...; "random" where nothing was trained.
    [[nodiscard]] const std::string& task() const { return metadata_.at("task"); }
    /// Domain of the pictures it was trained on.
    [[nodiscard]] const std::string& domain() const { return metadata_.at("domain"); }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
    /// The backbone, and the head of its task where the file holds it.
    [[nodiscard]] const Parameters& parameters() const { return parameters_; }

private:
    Parameters parameters_;
    std::map<std::string, std::string> metadata_;
};

/// Throws InputError that lists what of the backbone is missing or misshapen, and where metadata lacks task or domain.
ImageEncoder load_image_encoder(const std::filesystem::path& weights);

/// Untrained, the reference that everything trained must beat.
ImageEncoder random_image_encoder(std::uint64_t seed);

}  // namespace maquette::recon::encoders
