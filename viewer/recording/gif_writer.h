#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::viewer {

/// Up to 256 colours that an image is made of, and which one each pixel has.
struct Palette {
    std::vector<std::array<std::uint8_t, 3>> colours;
    std::vector<std::uint8_t> pixels;  ///< [H * W] index into colours
};

/// Median cut (Heckbert, "Color Image Quantization for Frame Buffer Display", SIGGRAPH 1982) on 5 bits a channel, with
/// ordered dithering. image: 3 channels
Palette quantised(const render::Image& image);

/// An animated GIF (version 89a) that repeats for ever, built frame by frame in memory.
class GifWriter {
public:
    /// Sides in pixels, 1..65535. delay: hundredths of a second a frame
    GifWriter(int width, int height, int delay);
    /// 3 channels, of the size given. Throws UsageError on another.
    void add(const render::Image& frame);
    /// The whole file. Nothing can be added afterwards.
    [[nodiscard]] std::string finish();

private:
    int width_;
    int height_;
    int delay_;
    std::string bytes_;
};

}  // namespace maquette::viewer
