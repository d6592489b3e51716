#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// Pixels of an image, from its top left.
struct PixelBox {
    int x = 0;
    int y = 0;
    int width = 0;
    int height = 0;
};

struct Cutout {
    FloatImage mask;                    ///< [height, width, 1] 0..1
    std::string source;                 ///< alpha | plain background | found | box
    std::vector<std::string> warnings;  ///< what makes the picture a poor one, and what to do: a sentence each
};

/// Sees objects in pictures: a trained network, which this floor knows nothing of.
struct ForegroundModel {
    /// picture: [S, S, 3], S = picture_size, every channel foreground_padding where the photo has ended. box: the
    /// object's surroundings in it, pixels; none: the object is looked for. Returns the probability of being the
    /// object, [S, S, 1] 0..1. Empty: there is no model.
    std::function<FloatImage(const Image& picture, const std::optional<PixelBox>& box)> probability;
    int picture_size = 128;  ///< pixels a side

    explicit operator bool() const { return static_cast<bool>(probability); }
};
inline constexpr std::uint8_t foreground_padding = 128;

inline constexpr const char* several_objects =
    "several things stand out; the most central one was taken; --box X,Y,WIDTH,HEIGHT names another";

/// The object of a photo. By its alpha channel where it has one; by the border's colour where that is plain; otherwise
/// by `model`. Without one, or where it finds nothing: by what differs from the surroundings (minimum barrier distance
/// to the border: Zhang et al., "Minimum barrier salient object detection at 80 fps", ICCV 2015), refined by colours
/// (Rother et al., "GrabCut", 2004). Moved to the photo's edges (He et al., "Guided image filtering", 2013). Of several
/// objects the most central one. box: the object's surroundings, all of it inside. The same bits every time. Throws
/// InputError where nothing is found, the box is not within the picture, or the image has no 1 to 4 channels.
Cutout cut_out(const Image& image, const std::optional<PixelBox>& box = {}, const ForegroundModel& model = {});

}  // namespace maquette::render
