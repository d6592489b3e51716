#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace maquette::render {

/// Interleaved pixels, row-major, first row on top. Colours are sRGB in the order R, G, B, A.
/// The centre of the first pixel is (0.5, 0.5).
template <typename Value>
struct PixelGrid {
    int width = 0;
    int height = 0;
    int channels = 0;
    std::vector<Value> pixels;  ///< [height, width, channels]

    PixelGrid() = default;
    PixelGrid(int width_, int height_, int channels_, Value fill = Value{})
        : width(width_),
          height(height_),
          channels(channels_),
          pixels(static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_) *
                     static_cast<std::size_t>(channels_),
                 fill) {}

    [[nodiscard]] bool empty() const { return pixels.empty(); }
    [[nodiscard]] std::size_t index(int x, int y, int channel = 0) const {
        return (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) *
                   static_cast<std::size_t>(channels) +
               static_cast<std::size_t>(channel);
    }
    Value& at(int x, int y, int channel = 0) { return pixels[index(x, y, channel)]; }
    [[nodiscard]] const Value& at(int x, int y, int channel = 0) const { return pixels[index(x, y, channel)]; }
};

using Image = PixelGrid<std::uint8_t>;  ///< 8-bit image, values 0..255
using FloatImage = PixelGrid<float>;    ///< mask 0..1, depth in object units, normals -1..1

}  // namespace maquette::render
