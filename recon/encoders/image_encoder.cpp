#include "recon/encoders/image_encoder.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "recon/encoders/picture_domain.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon::encoders {
namespace {

constexpr std::int64_t chunk = 64;

}  // namespace

std::vector<ParameterShape> backbone_shapes() {
    LayerShapes shapes;
    add_image_trunk(shapes);
    return shapes.shapes;
}

torch::Tensor encode(const Parameters& parameters, const torch::Tensor& pictures) {
    return image_trunk(parameters, pictures).sixteenth.mean({2, 3});
}

torch::Tensor picture_tensor(const std::vector<render::FloatImage>& pictures) {
    const auto count = static_cast<std::int64_t>(pictures.size());
    auto tensor = torch::empty({count, 4, picture_size, picture_size}, torch::kFloat32);
    float* out = tensor.data_ptr<float>();
    for (const auto& picture : pictures) {
        if (picture.width != picture_size || picture.height != picture_size || picture.channels != 4) {
            throw UsageError(fmt::format("a picture of {}x{} with {} channels for an encoder of {}x{} with 4",
                                         picture.width, picture.height, picture.channels, picture_size, picture_size));
        }
        for (int c = 0; c < 4; ++c) {
            for (std::size_t i = static_cast<std::size_t>(c); i < picture.pixels.size(); i += 4) {
                *out++ = picture.pixels[i];
            }
        }
    }
    return tensor;
}

torch::Tensor picture_tensor(const View& view) {
    static_assert(view_size % picture_size == 0);
    return at::avg_pool2d(masked_image_tensor(view, view_size).unsqueeze(0), view_size / picture_size)[0];
}

ImageEncoder::ImageEncoder(Parameters parameters, std::map<std::string, std::string> metadata)
    : parameters_(std::move(parameters)), metadata_(std::move(metadata)) {}

torch::Tensor ImageEncoder::features(const torch::Tensor& pictures) const {
    const at::NoGradGuard no_gradient;
    std::vector<torch::Tensor> parts;
    for (std::int64_t begin = 0; begin < pictures.size(0); begin += chunk) {
        parts.push_back(encode(parameters_, pictures.narrow(0, begin, std::min(chunk, pictures.size(0) - begin))));
    }
    if (parts.empty()) return torch::empty({0, feature_count}, torch::kFloat32);
    return at::cat(parts);
}

ImageEncoder load_image_encoder(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    const std::string what = weights.string();
    if (const std::string architecture = architecture_of(file, what); architecture != encoder_architecture) {
        throw InputError(
            fmt::format("{}: these are not the weights of an image encoder (architecture '{}'); train one "
                        "with `maquette train encoder`",
                        what, architecture));
    }
    for (const char* key : {"task", "domain"}) {
        if (!file.metadata.contains(key)) throw InputError(fmt::format("{}: no {} in its metadata", what, key));
    }
    render::SafetensorsFile backbone;
    Parameters parameters;
    for (const auto& [name, data] : file.tensors) {
        if (name.starts_with("image.")) {
            backbone.tensors[name] = data;
        } else {
            parameters[name] = tensor_from(data);
        }
    }
    for (auto& [name, tensor] : parameters_from(backbone, backbone_shapes(), what)) parameters[name] = tensor;
    return {std::move(parameters), file.metadata};
}

ImageEncoder random_image_encoder(std::uint64_t seed) {
    return {initial_parameters(backbone_shapes(), seed),
            {{"architecture", encoder_architecture}, {"task", "random"}, {"domain", "none"}}};
}

}  // namespace maquette::recon::encoders
