#pragma once

#include <Eigen/Core>
#include <memory>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// An sRGB image with its smaller versions, sampled in linear light and repeated in both directions.
/// Texture coordinates have their origin bottom left, as in OBJ.
class Texture {
public:
    /// Throws InputError unless the image has pixels and 3 or 4 channels.
    explicit Texture(std::shared_ptr<const Image> image);

    /// Linear colour, averaged over about `texels` texels of the full image in each direction (trilinear). Transparent
    /// texels do not bleed into it.
    [[nodiscard]] Eigen::Vector3f colour(const Eigen::Vector2f& uv, float texels) const;

    /// Bilinear, 0..1; 1 without an alpha channel.
    [[nodiscard]] float alpha(const Eigen::Vector2f& uv) const;

    /// Whether some texel's alpha is below one half.
    [[nodiscard]] bool has_holes() const { return has_holes_; }

    /// Texels along the side of a square of the same number of texels.
    [[nodiscard]] float side() const;

private:
    [[nodiscard]] const Image& level(std::size_t index) const { return index == 0 ? *full_ : smaller_[index - 1]; }

    std::shared_ptr<const Image> full_;
    std::vector<Image> smaller_;  ///< each half the one before
    bool has_holes_ = false;
};

}  // namespace maquette::render
