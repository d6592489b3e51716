#include "recon/segment/foreground_weights.h"

#include <memory>
#include <mutex>
#include <utility>

#include "recon/segment/mask_network.h"
#include "recon/segment/matting_model.h"

namespace maquette::recon::segment {
namespace {

struct Lazy {
    std::filesystem::path weights;
    std::once_flag read;
    std::unique_ptr<const MaskNetwork> network;
};

}  // namespace

render::ForegroundModel foreground_model(std::filesystem::path weights) {
    if (weights.extension() == ".onnx") return matting_model(weights);
    auto lazy = std::make_shared<Lazy>();
    lazy->weights = std::move(weights);
    return {.probability = [lazy](const render::Image& picture, const std::optional<render::PixelBox>& box) {
        std::call_once(lazy->read,
                       [&] { lazy->network = std::make_unique<const MaskNetwork>(load_mask_network(lazy->weights)); });
        return lazy->network->foreground(picture, box);
    }};
}

}  // namespace maquette::recon::segment
