#include "recon/segment/mask_network.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "recon/refine/image_trunk.h"
#include "recon/refine/network_layers.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon::segment {
namespace {

constexpr int fold = 2;  // pixels a side that are one place of the finest maps
constexpr int fold_pixels = fold * fold;
constexpr int picture_channels = 4;
constexpr int finest = 32;
constexpr double head_shrink = 0.3;

// Channels of the trunk's maps.
constexpr int half = 32;
constexpr int quarter = 48;
constexpr int eighth = 96;
constexpr int sixteenth = trunk_features;

void add_step_up(LayerShapes& s, const std::string& name, int below, int beside) {
    s.conv(name + ".below", 2, below, beside, 1);
    s.conv(name + ".beside", 2, beside, beside, 1);
}

/// What is known at half the resolution, joined with the trunk's map of this one.
torch::Tensor step_up(const Parameters& p, const std::string& name, const torch::Tensor& below,
                      const torch::Tensor& beside) {
    return double_size_2d(conv2d(p, name + ".below", below)) + conv2d(p, name + ".beside", beside);
}

}  // namespace

std::vector<ParameterShape> mask_network_shapes() {
    LayerShapes s;
    add_image_trunk(s);
    s.conv("deep.down", 2, sixteenth, sixteenth, 3);
    s.block("deep.block", 2, sixteenth);
    s.norm("deep.norm", sixteenth);
    add_step_up(s, "up4", sixteenth, sixteenth);
    s.norm("up4.norm", sixteenth);
    add_step_up(s, "up3", sixteenth, eighth);
    s.block("up3.block", 2, eighth);
    s.norm("up3.norm", eighth);
    add_step_up(s, "up2", eighth, quarter);
    s.block("up2.block", 2, quarter);
    s.norm("up2.norm", quarter);
    add_step_up(s, "up1", quarter, half);
    s.conv("edge.pixels", 2, picture_channels * fold_pixels, finest, 3);
    s.norm("edge.norm1", finest);
    s.conv("edge.conv", 2, finest, finest, 3);
    s.norm("edge.norm2", finest);
    s.conv("head", 2, finest, fold_pixels, 3, head_shrink);
    return s.shapes;
}

torch::Tensor mask_logits(const Parameters& p, const torch::Tensor& pictures) {
    const TrunkMaps maps = image_trunk(p, pictures);
    auto x = activate(p, "deep.norm", block2d(p, "deep.block", conv2d(p, "deep.down", maps.sixteenth, 2)));
    x = activate(p, "up4.norm", step_up(p, "up4", x, maps.sixteenth));
    x = activate(p, "up3.norm", block2d(p, "up3.block", step_up(p, "up3", x, maps.eighth)));
    x = activate(p, "up2.norm", block2d(p, "up2.block", step_up(p, "up2", x, maps.quarter)));
    // The trunk's first convolution has a stride; thin parts are told from the pixels themselves.
    x = step_up(p, "up1", x, maps.half) + conv2d(p, "edge.pixels", at::pixel_unshuffle(pictures, fold));
    x = conv2d(p, "edge.conv", activate(p, "edge.norm1", x));
    return at::pixel_shuffle(conv2d(p, "head", activate(p, "edge.norm2", x)), fold);
}

torch::Tensor picture_tensor(const render::Image& picture, const std::optional<render::PixelBox>& box) {
    if (picture.channels != 3 || picture.width != picture.height || picture.width % size_multiple != 0 ||
        picture.empty()) {
        throw UsageError(
            fmt::format("a picture of {}x{} with {} channels for the mask network; it takes RGB squares "
                        "whose side is a multiple of {}",
                        picture.width, picture.height, picture.channels, size_multiple));
    }
    const int size = picture.width;
    auto tensor = torch::zeros({picture_channels, size, size}, torch::kFloat32);
    const auto pixels = static_cast<std::size_t>(size) * static_cast<std::size_t>(size);
    float* out = tensor.data_ptr<float>();
    for (std::size_t c = 0; c < 3; ++c) {
        for (std::size_t i = 0; i < pixels; ++i) {
            out[c * pixels + i] = static_cast<float>(picture.pixels[3 * i + c]) / 255.0F;
        }
    }
    if (!box) return tensor;
    float* inside = out + 3 * pixels;
    for (int y = std::max(box->y, 0); y < std::min(box->y + box->height, size); ++y) {
        for (int x = std::max(box->x, 0); x < std::min(box->x + box->width, size); ++x) inside[y * size + x] = 1;
    }
    return tensor;
}

MaskNetwork::MaskNetwork(Parameters parameters, std::map<std::string, std::string> metadata)
    : parameters_(std::move(parameters)), metadata_(std::move(metadata)) {}

render::FloatImage MaskNetwork::foreground(const render::Image& picture,
                                           const std::optional<render::PixelBox>& box) const {
    const at::NoGradGuard no_gradient;
    const auto tensor = picture_tensor(picture, box);
    const auto both = at::sigmoid(mask_logits(parameters_, at::stack({tensor, tensor.flip({2})})));
    const auto probability = ((both[0] + both[1].flip({2})) / 2).contiguous();
    render::FloatImage result(picture.width, picture.height, 1);
    std::memcpy(result.pixels.data(), probability.data_ptr<float>(), result.pixels.size() * sizeof(float));
    return result;
}

std::int64_t MaskNetwork::parameter_count() const {
    return count_elements(parameters_);
}

MaskNetwork load_mask_network(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    const std::string what = weights.string();
    if (const std::string architecture = architecture_of(file, what); architecture != mask_architecture) {
        throw InputError(
            fmt::format("{}: these are not the weights of a mask network (architecture '{}'); train one "
                        "with `maquette train mask`",
                        what, architecture));
    }
    return {parameters_from(file, mask_network_shapes(), what), file.metadata};
}

}  // namespace maquette::recon::segment
