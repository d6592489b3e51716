#include "recon/refine/image_trunk.h"

namespace maquette::recon {

void add_image_trunk(LayerShapes& s) {
    s.conv("image.stem", 2, 4, 32, 5);
    s.norm("image.norm1", 32);
    s.conv("image.down2", 2, 32, 48, 3);
    s.block("image.block2", 2, 48);
    s.norm("image.norm2", 48);
    s.conv("image.down3", 2, 48, 96, 3);
    s.block("image.block3", 2, 96);
    s.norm("image.norm3", 96);
    s.conv("image.down4", 2, 96, trunk_features, 3);
    s.block("image.block4", 2, trunk_features);
    s.norm("image.norm4", trunk_features);
}

TrunkMaps image_trunk(const Parameters& p, const torch::Tensor& images) {
    TrunkMaps maps;
    maps.half = activate(p, "image.norm1", conv2d(p, "image.stem", images, 2));
    maps.quarter = activate(p, "image.norm2", block2d(p, "image.block2", conv2d(p, "image.down2", maps.half, 2)));
    maps.eighth = activate(p, "image.norm3", block2d(p, "image.block3", conv2d(p, "image.down3", maps.quarter, 2)));
    maps.sixteenth = activate(p, "image.norm4", block2d(p, "image.block4", conv2d(p, "image.down4", maps.eighth, 2)));
    return maps;
}

}  // namespace maquette::recon
