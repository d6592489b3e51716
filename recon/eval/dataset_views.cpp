#include "recon/eval/dataset_views.h"

#include <fmt/format.h>

namespace maquette::recon {

View view_of(const ShapeDataset& dataset, int shape, int view) {
    const DatasetView data = dataset.view_colour(shape, view);
    render::FloatImage mask(data.mask.width, data.mask.height, 1);
    for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
        mask.pixels[i] = static_cast<float>(data.mask.pixels[i]) / 255.0F;
    }
    return make_view(data.rgb, mask, data.camera,
                     fmt::format("{} view {}", dataset.shapes()[static_cast<std::size_t>(shape)].id, view));
}

}  // namespace maquette::recon
