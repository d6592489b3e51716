#include "render/texture.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "render/colour_space.h"
#include "render/error.h"

namespace maquette::render {
namespace {

constexpr int alpha_channel = 3;

/// The two texels along one axis that a coordinate lies between.
struct Taps {
    int first;
    int second;
    float weight;  ///< of the second
};

Taps taps_at(float coordinate, int size) {
    const float wrapped = std::isfinite(coordinate) ? coordinate - std::floor(coordinate) : 0.0F;
    const float position = wrapped * static_cast<float>(size) - 0.5F;
    const float below = std::floor(position);
    const int first = (static_cast<int>(below) + size) % size;
    return {first, (first + 1) % size, position - below};
}

struct WeightedTexel {
    int x;
    int y;
    float weight;
};

std::array<WeightedTexel, 4> bilinear_texels(const Image& image, const Eigen::Vector2f& uv) {
    const Taps x = taps_at(uv.x(), image.width);
    const Taps y = taps_at(1 - uv.y(), image.height);
    return {{{x.first, y.first, (1 - x.weight) * (1 - y.weight)},
             {x.second, y.first, x.weight * (1 - y.weight)},
             {x.first, y.second, (1 - x.weight) * y.weight},
             {x.second, y.second, x.weight * y.weight}}};
}

Eigen::Vector3f linear_colour(const std::uint8_t* texel) {
    return {linear_from_srgb_byte(texel[0]), linear_from_srgb_byte(texel[1]), linear_from_srgb_byte(texel[2])};
}

Eigen::Vector3f bilinear_colour(const Image& image, const Eigen::Vector2f& uv) {
    Eigen::Vector3f sum = Eigen::Vector3f::Zero();
    Eigen::Vector3f plain_sum = Eigen::Vector3f::Zero();
    float total = 0;
    for (const WeightedTexel& tap : bilinear_texels(image, uv)) {
        const std::uint8_t* texel = &image.at(tap.x, tap.y);
        const Eigen::Vector3f colour = linear_colour(texel);
        const float weight = image.channels == 4 ? tap.weight * texel[alpha_channel] : tap.weight;
        sum += weight * colour;
        plain_sum += tap.weight * colour;
        total += weight;
    }
    return total > 0 ? Eigen::Vector3f(sum / total) : plain_sum;
}

Image halved(const Image& image) {
    Image result(std::max(1, image.width / 2), std::max(1, image.height / 2), image.channels);
    for (int y = 0; y < result.height; ++y) {
        for (int x = 0; x < result.width; ++x) {
            Eigen::Vector3f sum = Eigen::Vector3f::Zero();
            Eigen::Vector3f plain_sum = Eigen::Vector3f::Zero();
            int alpha_sum = 0;
            for (int tap = 0; tap < 4; ++tap) {
                const std::uint8_t* texel = &image.at(std::min(2 * x + (tap & 1), image.width - 1),
                                                      std::min(2 * y + (tap >> 1), image.height - 1));
                const int alpha = image.channels == 4 ? texel[alpha_channel] : 255;
                const Eigen::Vector3f colour = linear_colour(texel);
                sum += static_cast<float>(alpha) * colour;
                plain_sum += colour;
                alpha_sum += alpha;
            }
            const Eigen::Vector3f mean =
                alpha_sum > 0 ? Eigen::Vector3f(sum / static_cast<float>(alpha_sum)) : Eigen::Vector3f(plain_sum / 4);
            std::uint8_t* texel = &result.at(x, y);
            for (int channel = 0; channel < 3; ++channel) {
                texel[channel] = static_cast<std::uint8_t>(std::lround(255 * srgb_from_linear(mean[channel])));
            }
            if (image.channels == 4) {
                texel[alpha_channel] = static_cast<std::uint8_t>((alpha_sum + 2) / 4);
            }
        }
    }
    return result;
}

}  // namespace

Texture::Texture(std::shared_ptr<const Image> image) : full_(std::move(image)) {
    const std::size_t expected = full_ == nullptr ? 0
                                                  : static_cast<std::size_t>(std::max(0, full_->width)) *
                                                        static_cast<std::size_t>(std::max(0, full_->height)) *
                                                        static_cast<std::size_t>(std::max(0, full_->channels));
    if (expected == 0 || full_->pixels.size() != expected || (full_->channels != 3 && full_->channels != 4)) {
        throw InputError(full_ == nullptr
                             ? std::string("texture is missing; give an image with 3 or 4 channels")
                             : fmt::format("texture of {}x{} pixels with {} channels and {} values cannot be used; "
                                           "give an image with 3 or 4 channels",
                                           full_->width, full_->height, full_->channels, full_->pixels.size()));
    }
    if (full_->channels == 4) {
        for (std::size_t i = alpha_channel; i < full_->pixels.size() && !has_holes_; i += 4) {
            has_holes_ = full_->pixels[i] < 128;
        }
    }
    while (level(smaller_.size()).width > 1 || level(smaller_.size()).height > 1) {
        smaller_.push_back(halved(level(smaller_.size())));
    }
}

float Texture::side() const {
    return std::sqrt(static_cast<float>(full_->width) * static_cast<float>(full_->height));
}

Eigen::Vector3f Texture::colour(const Eigen::Vector2f& uv, float texels) const {
    const float detail = texels > 1 ? std::min(std::log2(texels), static_cast<float>(smaller_.size())) : 0.0F;
    const auto finer = static_cast<std::size_t>(detail);
    const float weight = detail - static_cast<float>(finer);
    Eigen::Vector3f result = bilinear_colour(level(finer), uv);
    if (weight > 0) {
        result += weight * (bilinear_colour(level(finer + 1), uv) - result);
    }
    return result;
}

float Texture::alpha(const Eigen::Vector2f& uv) const {
    if (full_->channels != 4) {
        return 1;
    }
    float sum = 0;
    for (const WeightedTexel& tap : bilinear_texels(*full_, uv)) {
        sum += tap.weight * full_->at(tap.x, tap.y, alpha_channel);
    }
    return sum / 255;
}

}  // namespace maquette::render
