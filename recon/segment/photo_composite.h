#pragma once

#include <cstdint>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "render/camera.h"
#include "render/cutout.h"
#include "render/image.h"

namespace maquette::recon::segment {

/// What a composite is made of; all must outlive the call.
struct CompositeParts {
    const DatasetView* object = nullptr;         ///< the target
    std::vector<const DatasetView*> others;      ///< objects behind it
    const render::Image* background = nullptr;   ///< photo, 1 to 4 channels
    const render::Image* other_photo = nullptr;  ///< for patches and textures; null: there are none of them
};

/// How a composite is drawn. Shares are probabilities, 0..1.
struct CompositeSettings {
    int width = 128;  ///< pixels
    int height = 128;
    double smallest = 0.25;  ///< longest side of the target, of the picture's shorter side
    double largest = 0.9;
    bool central = true;         ///< the target is nearer to the middle and larger than the others
    double closest_crop = 0.35;  ///< of the background photo, at the least
    bool turned = true;          ///< targets are rolled a little and half of them mirrored
    double border_share = 0;     ///< pictures whose target the border cuts
    double patch_share = 0;      ///< pictures with pieces of another photo before the background
    double texture_share = 0;    ///< pictures whose target has the texture of another photo
    double shadow_share = 0.6;   ///< pictures whose target darkens what it stands on
};

struct Composite {
    render::Image photo;      ///< [height, width, 3]
    render::FloatImage mask;  ///< [height, width, 1] coverage by the target, 0..1
    render::Camera camera;    ///< true camera, where the target is not turned
};

/// A photo of an object that never was: colours, light, blur, noise and JPEG are random, every choice by the seed.
Composite draw_composite(const CompositeParts& parts, const CompositeSettings& settings, std::uint64_t seed);

/// Box around the mask's pixels of half coverage and more, each side moved outwards by a random share of the box within
/// low..high; within the picture. All of the picture where the mask is empty.
render::PixelBox box_around(const render::FloatImage& mask, double low, double high, std::uint64_t seed);

}  // namespace maquette::recon::segment
