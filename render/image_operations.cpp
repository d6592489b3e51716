#include "render/image_operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "render/error.h"

namespace maquette::render {

namespace {

constexpr float opaque = 255;

bool has_alpha_channel(int channels) {
    return channels == 2 || channels == 4;
}

std::uint8_t to_byte(float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0F, opaque)));
}

/// One output sample of an axis: a run of source samples, and the weight that falls outside the source.
struct Taps {
    int first = 0;
    std::vector<float> weights;
    float outside = 0;
};

enum class Beyond { nearest_pixel, outside_value };

/// `count` samples over the source range [begin, begin + extent). Each averages a box as wide as its step; a box of at
/// least one pixel is linear interpolation between the two nearest centres.
std::vector<Taps> axis_taps(int source, double begin, double extent, int count, Beyond beyond) {
    std::vector<Taps> all(static_cast<std::size_t>(count));
    const double step = extent / count;
    const double width = std::max(step, 1.0);
    for (int i = 0; i < count; ++i) {
        const double low = begin + (i + 0.5) * step - width / 2;
        const double high = low + width;
        const int first = static_cast<int>(std::clamp(std::floor(low), 0.0, source - 1.0));
        const int last = static_cast<int>(std::clamp(std::ceil(high) - 1, static_cast<double>(first), source - 1.0));
        Taps& taps = all[static_cast<std::size_t>(i)];
        taps.first = first;
        double inside = 0;
        for (int j = first; j <= last; ++j) {
            const double overlap = std::max(0.0, std::min(high, j + 1.0) - std::max(low, static_cast<double>(j)));
            taps.weights.push_back(static_cast<float>(overlap / width));
            inside += overlap / width;
        }
        const auto remaining = static_cast<float>(std::max(0.0, 1 - inside));
        if (beyond == Beyond::outside_value) {
            taps.outside = remaining;
        } else {
            (low < 0 ? taps.weights.front() : taps.weights.back()) += remaining;
        }
    }
    return all;
}

struct Resampling {
    std::vector<Taps> across;
    std::vector<Taps> down;
    std::vector<float> outside;  ///< [channels]
};

/// Separable. Source rows are asked for one at a time, so that a large photo is never held as floats.
FloatImage resampled(int source_width, const std::function<void(int y, float* row)>& load_row,
                     const Resampling& resampling) {
    const std::size_t channels = resampling.outside.size();
    const std::size_t row_size = resampling.across.size() * channels;
    FloatImage result(static_cast<int>(resampling.across.size()), static_cast<int>(resampling.down.size()),
                      static_cast<int>(channels));
    std::vector<float> source(static_cast<std::size_t>(source_width) * channels);
    std::vector<float> row(row_size);
    int held = -1;
    const auto hold = [&](int y) {
        if (y == held) {
            return;
        }
        held = y;
        load_row(y, source.data());
        for (std::size_t x = 0; x < resampling.across.size(); ++x) {
            const Taps& taps = resampling.across[x];
            const float* first = &source[static_cast<std::size_t>(taps.first) * channels];
            for (std::size_t channel = 0; channel < channels; ++channel) {
                float sum = taps.outside * resampling.outside[channel];
                for (std::size_t j = 0; j < taps.weights.size(); ++j) {
                    sum += taps.weights[j] * first[j * channels + channel];
                }
                row[x * channels + channel] = sum;
            }
        }
    };
    for (int y = 0; y < result.height; ++y) {
        const Taps& taps = resampling.down[static_cast<std::size_t>(y)];
        float* target = &result.at(0, y);
        for (std::size_t i = 0; i < row_size; ++i) {
            target[i] = taps.outside * resampling.outside[i % channels];
        }
        for (std::size_t j = 0; j < taps.weights.size(); ++j) {
            if (taps.weights[j] > 0) {
                hold(taps.first + static_cast<int>(j));
                for (std::size_t i = 0; i < row_size; ++i) {
                    target[i] += taps.weights[j] * row[i];
                }
            }
        }
    }
    return result;
}

FloatImage resample(const FloatImage& image, const Resampling& resampling) {
    const std::size_t row_size = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
    return resampled(
        image.width, [&](int y, float* row) { std::copy_n(&image.at(0, y), row_size, row); }, resampling);
}

/// Colours are weighted by alpha: those under transparent pixels must not bleed into the edge.
Image resample(const Image& image, Resampling resampling) {
    const int channels = image.channels;
    const bool alpha = has_alpha_channel(channels);
    const int colours = alpha ? channels - 1 : channels;
    for (int channel = 0; alpha && channel < colours; ++channel) {
        float& value = resampling.outside[static_cast<std::size_t>(channel)];
        value *= resampling.outside.back() / opaque;
    }
    const auto load_row = [&](int y, float* row) {
        for (int x = 0; x < image.width; ++x) {
            const float weight = alpha ? static_cast<float>(image.at(x, y, colours)) / opaque : 1.0F;
            for (int channel = 0; channel < colours; ++channel) {
                *row++ = static_cast<float>(image.at(x, y, channel)) * weight;
            }
            if (alpha) {
                *row++ = weight * opaque;
            }
        }
    };
    const FloatImage weighted = resampled(image.width, load_row, resampling);
    Image result(weighted.width, weighted.height, channels);
    for (int y = 0; y < result.height; ++y) {
        for (int x = 0; x < result.width; ++x) {
            const float coverage = alpha ? weighted.at(x, y, colours) / opaque : 1.0F;
            for (int channel = 0; channel < colours; ++channel) {
                result.at(x, y, channel) = coverage > 0 ? to_byte(weighted.at(x, y, channel) / coverage) : 0;
            }
            if (alpha) {
                result.at(x, y, colours) = to_byte(weighted.at(x, y, colours));
            }
        }
    }
    return result;
}

template <typename Pixels>
Pixels resize_to(const Pixels& image, int width, int height) {
    if (width < 1 || height < 1) {
        throw UsageError(
            fmt::format("an image cannot be resized to {}x{}; both sides must be at least 1", width, height));
    }
    if (image.empty()) {
        throw InputError("an image without pixels cannot be resized");
    }
    if (image.width == width && image.height == height) {
        return image;
    }
    return resample(image, {axis_taps(image.width, 0, image.width, width, Beyond::nearest_pixel),
                            axis_taps(image.height, 0, image.height, height, Beyond::nearest_pixel),
                            std::vector<float>(static_cast<std::size_t>(image.channels), 0.0F)});
}

template <typename Pixels, typename Value>
Pixels crop_to(const Pixels& image, const SquareCrop& crop, int size, Value outside) {
    if (size < 1) {
        throw UsageError(fmt::format("a crop cannot be {} pixels wide; it must be at least 1", size));
    }
    if (!(crop.side > 0) || !std::isfinite(crop.side) || !std::isfinite(crop.left) || !std::isfinite(crop.top)) {
        throw UsageError(fmt::format("a crop of side {} at ({}, {}) is not a square; the side must be above 0",
                                     crop.side, crop.left, crop.top));
    }
    if (image.empty()) {
        throw InputError("an image without pixels cannot be cropped");
    }
    return resample(image, {axis_taps(image.width, crop.left, crop.side, size, Beyond::outside_value),
                            axis_taps(image.height, crop.top, crop.side, size, Beyond::outside_value),
                            std::vector<float>(static_cast<std::size_t>(image.channels), static_cast<float>(outside))});
}

}  // namespace

Image resize(const Image& image, int width, int height) {
    return resize_to(image, width, height);
}

FloatImage resize(const FloatImage& image, int width, int height) {
    return resize_to(image, width, height);
}

bool has_transparency(const Image& image) {
    if (!has_alpha_channel(image.channels)) return false;
    const auto step = static_cast<std::size_t>(image.channels);
    for (std::size_t i = step - 1; i < image.pixels.size(); i += step) {
        if (image.pixels[i] < 255) return true;
    }
    return false;
}

FloatImage eroded(const FloatImage& image, int radius) {
    FloatImage rows = image;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int u = std::max(x - radius, 0); u <= std::min(x + radius, image.width - 1); ++u) {
                rows.at(x, y) = std::min(rows.at(x, y), image.at(u, y));
            }
        }
    }
    FloatImage result = rows;
    for (int y = 0; y < image.height; ++y) {
        for (int v = std::max(y - radius, 0); v <= std::min(y + radius, image.height - 1); ++v) {
            for (int x = 0; x < image.width; ++x) result.at(x, y) = std::min(result.at(x, y), rows.at(x, v));
        }
    }
    return result;
}

Image composite_over(const Image& image, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    if (image.channels == 3) {
        return image;
    }
    if (image.channels < 1 || image.channels > 4) {
        throw InputError(
            fmt::format("an image of {} channels cannot be laid over a background; 1 to 4 are needed", image.channels));
    }
    const std::uint8_t background[] = {red, green, blue};
    const bool alpha = has_alpha_channel(image.channels);
    const bool grey = image.channels < 3;
    Image result(image.width, image.height, 3);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const int coverage = alpha ? image.at(x, y, image.channels - 1) : 255;
            for (int channel = 0; channel < 3; ++channel) {
                const int colour = image.at(x, y, grey ? 0 : channel);
                result.at(x, y, channel) =
                    static_cast<std::uint8_t>((colour * coverage + background[channel] * (255 - coverage) + 127) / 255);
            }
        }
    }
    return result;
}

SquareCrop square_crop_around(const FloatImage& mask, double fill) {
    if (!(fill > 0 && fill <= 1)) {
        throw UsageError(fmt::format("the object cannot fill {} of the crop; give a share above 0, at most 1", fill));
    }
    if (mask.channels != 1) {
        throw UsageError(fmt::format("a mask has 1 channel, not {}", mask.channels));
    }
    constexpr float foreground = 0.5F;
    int left = std::numeric_limits<int>::max();
    int top = std::numeric_limits<int>::max();
    int right = -1;
    int bottom = -1;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) >= foreground) {
                left = std::min(left, x);
                right = std::max(right, x);
                top = std::min(top, y);
                bottom = std::max(bottom, y);
            }
        }
    }
    if (right < 0) {
        throw InputError("the mask is empty, so there is nothing to crop to; mark the object in it");
    }
    const double side = (std::max(right - left, bottom - top) + 1) / fill;
    return {.left = (left + right + 1) / 2.0 - side / 2, .top = (top + bottom + 1) / 2.0 - side / 2, .side = side};
}

Image apply_crop(const Image& image, const SquareCrop& crop, int size, std::uint8_t outside) {
    return crop_to(image, crop, size, outside);
}

FloatImage apply_crop(const FloatImage& image, const SquareCrop& crop, int size, float outside) {
    return crop_to(image, crop, size, outside);
}

}  // namespace maquette::render
