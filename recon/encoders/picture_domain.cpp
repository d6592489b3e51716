#include "recon/encoders/picture_domain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <Eigen/Core>
#include <array>
#include <cmath>

#include "recon/encoders/picture_sampler.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr double largest_roll = 20 * std::numbers::pi / 180;
constexpr double smallest_fill = 0.7;  // of the picture's side, by the object's longer one
constexpr double largest_fill = 1.0;
constexpr double largest_offset = 0.05;  // of the square's side
constexpr double grey_chance = 0.3;
constexpr int stains = 7;  // cells of the background's raster
constexpr int close_up_tries = 12;

struct Bounds {
    int left = 0;
    int top = 0;
    int right = 0;  // excluded
    int bottom = 0;
};

/// Of pixels of at least half coverage; the whole picture where there is none.
Bounds bounds_of(const render::Image& mask) {
    Bounds b{mask.width, mask.height, 0, 0};
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.at(x, y) < 128) continue;
            b = {std::min(b.left, x), std::min(b.top, y), std::max(b.right, x + 1), std::max(b.bottom, y + 1)};
        }
    }
    return b.right > b.left ? b : Bounds{0, 0, mask.width, mask.height};
}

Placement about_the_object(const render::Image& mask, Draws& draws) {
    const Bounds b = bounds_of(mask);
    Placement p;
    p.side = std::max(b.right - b.left, b.bottom - b.top) / draws.uniform(smallest_fill, largest_fill);
    p.centre_x = (b.left + b.right) / 2.0 + p.side * draws.uniform(-largest_offset, largest_offset);
    p.centre_y = (b.top + b.bottom) / 2.0 + p.side * draws.uniform(-largest_offset, largest_offset);
    p.roll = draws.uniform(-largest_roll, largest_roll);
    p.mirrored = draws.chance(0.5);
    return p;
}

Eigen::Vector3d random_direction(Draws& draws) {
    const double z = draws.uniform(-1, 1);
    const double turn = draws.uniform(0, 2 * std::numbers::pi);
    const double radius = std::sqrt(1 - z * z);
    return {radius * std::cos(turn), radius * std::sin(turn), z};
}

/// A mean grey tone, and how far each colour is from it; pictures of one tone now and then.
struct Colours {
    double exposure = 1;
    Eigen::Array3d gains{1, 1, 1};
    bool grey = false;

    explicit Colours(Draws& draws) : exposure(std::exp(0.2 * draws.normal())), grey(draws.chance(grey_chance)) {
        for (double& gain : gains) gain = exposure * std::exp(0.12 * draws.normal());
    }
    [[nodiscard]] Eigen::Array3d of(const Eigen::Array3d& rgb) const {
        const Eigen::Array3d changed = (gains * rgb).min(1).max(0);
        return grey ? Eigen::Array3d::Constant(0.299 * changed[0] + 0.587 * changed[1] + 0.114 * changed[2]) : changed;
    }
};

/// A colour with smooth stains of others, more of them lighter and darker than of another hue, as in rooms.
render::FloatImage background(Draws& draws) {
    render::FloatImage raster(stains, stains, 3);
    const double contrast = draws.uniform(0, 0.35);
    const double hue = draws.uniform(0, 0.15);
    const double grey = draws.uniform(0, 1);
    std::array<double, 3> mean{};
    for (double& channel : mean) channel = grey + 0.15 * draws.normal();
    for (int y = 0; y < stains; ++y) {
        for (int x = 0; x < stains; ++x) {
            const double light = contrast * draws.normal();
            for (int c = 0; c < 3; ++c) {
                const double value = mean[static_cast<std::size_t>(c)] + light + hue * draws.normal();
                raster.at(x, y, c) = static_cast<float>(std::clamp(value, 0.0, 1.0));
            }
        }
    }
    // Small enough to lie within the raster however it is turned.
    const double side = (stains - 1) / std::numbers::sqrt2;
    return placed(raster, {stains / 2.0, stains / 2.0, side, draws.uniform(0, 6.28), false}, 0);
}

void put(render::FloatImage& picture, int x, int y, const Eigen::Array3d& rgb, double mask) {
    for (int c = 0; c < 3; ++c) picture.at(x, y, c) = static_cast<float>(rgb[c]);
    picture.at(x, y, 3) = static_cast<float>(mask);
}

template <typename Value>
Eigen::Array3d colour_at(const render::PixelGrid<Value>& image, int x, int y) {
    return {static_cast<double>(image.at(x, y, 0)), static_cast<double>(image.at(x, y, 1)),
            static_cast<double>(image.at(x, y, 2))};
}

render::FloatImage draw_render(const DatasetView& view, bool cut_out, Draws& draws) {
    const Placement place = about_the_object(view.mask, draws);
    const auto colours = placed(view.rgb, place, 255);
    const auto coverage = placed(view.mask, place, 0);
    const auto normals = placed(view.normal, place, 0);
    // Light from below is as likely as from above, so that shading does not tell which side is up.
    const Eigen::Vector3d towards_light = random_direction(draws);
    const double ambient = draws.uniform(0.4, 0.8);
    const double strength = draws.uniform(0.2, 0.9);
    const Colours camera(draws);
    const auto behind = background(draws);
    render::FloatImage picture(picture_size, picture_size, 4);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double mask = coverage.at(x, y) / 255;
            const Eigen::Array3d over_black = (colour_at(colours, x, y) / 255 - (1 - mask)).max(0);
            const Eigen::Vector3d normal = colour_at(normals, x, y).matrix();
            const double light = ambient + strength * std::max(0.0, normal.dot(towards_light));
            const Eigen::Array3d object = over_black * light;
            if (cut_out) {
                put(picture, x, y, camera.of(object.min(mask)).min(mask), mask);
            } else {
                put(picture, x, y, camera.of(object + (1 - mask) * colour_at(behind, x, y)), 1);
            }
        }
    }
    return picture;
}

render::FloatImage draw_normals(const DatasetView& view, Draws& draws) {
    const Placement place = about_the_object(view.mask, draws);
    const auto coverage = placed(view.mask, place, 0);
    const auto normals = placed(view.normal, place, 0);
    const double side = place.mirrored ? -1 : 1;
    render::FloatImage picture(picture_size, picture_size, 4);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double mask = coverage.at(x, y) / 255;
            const Eigen::Array3d n = colour_at(normals, x, y);
            // They are of the camera that was turned with the picture.
            const Eigen::Array3d turned(side * (std::cos(place.roll) * n[0] + std::sin(place.roll) * n[1]),
                                        -std::sin(place.roll) * n[0] + std::cos(place.roll) * n[1], n[2]);
            put(picture, x, y, ((turned + mask) / 2).max(0).min(1), mask);
        }
    }
    return picture;
}

render::FloatImage draw_silhouette(const DatasetView& view, Draws& draws) {
    const auto coverage = placed(view.mask, about_the_object(view.mask, draws), 0);
    render::FloatImage picture(picture_size, picture_size, 4);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double mask = coverage.at(x, y) / 255;
            put(picture, x, y, Eigen::Array3d::Constant(mask), mask);
        }
    }
    return picture;
}

render::FloatImage draw_close_up(const DatasetView& view, Draws& draws) {
    const Bounds b = bounds_of(view.mask);
    Placement best;
    double best_coverage = -1;
    for (int i = 0; i < close_up_tries; ++i) {
        Placement place;
        place.side = std::max(b.right - b.left, b.bottom - b.top) * draws.uniform(0.2, 0.35);
        place.centre_x = draws.uniform(b.left, b.right);
        place.centre_y = draws.uniform(b.top, b.bottom);
        place.roll = draws.uniform(0, 2 * std::numbers::pi);
        place.mirrored = draws.chance(0.5);
        double coverage = 0;
        for (const double row : {-0.45, 0.0, 0.45}) {
            for (const double column : {-0.45, 0.0, 0.45}) {
                double x = 0;
                double y = 0;
                place.source_of(column, row, x, y);
                coverage += sample_pixel(view.mask, x, y, 0, 0);
            }
        }
        if (coverage > best_coverage) {
            best = place;
            best_coverage = coverage;
        }
    }
    const auto colours = placed(view.rgb, best, 255);
    const auto coverage = placed(view.mask, best, 0);
    const Colours camera(draws);
    const auto behind = background(draws);
    render::FloatImage picture(picture_size, picture_size, 4);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double clear = 1 - coverage.at(x, y) / 255;
            const Eigen::Array3d over_black = (colour_at(colours, x, y) / 255 - clear).max(0);
            put(picture, x, y, camera.of(over_black + clear * colour_at(behind, x, y)), 1);
        }
    }
    return picture;
}

}  // namespace

const std::vector<std::string>& domain_names() {
    static const std::vector<std::string> names = {"renders",  "normals",  "silhouettes",
                                                   "textures", "top-down", "photos"};
    return names;
}

std::string to_string(PictureDomain domain) {
    return domain_names()[static_cast<std::size_t>(domain)];
}

PictureDomain domain_from_string(const std::string& text) {
    const auto& names = domain_names();
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) {
        throw UsageError(fmt::format("picture domain '{}' is unknown; known: {}", text, fmt::join(names, ", ")));
    }
    return static_cast<PictureDomain>(found - names.begin());
}

std::uint64_t mixed_seed(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t value = seed + (index + 1) * 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
}

render::FloatImage draw_picture(const DatasetView& view, PictureDomain domain, bool cut_out, std::uint64_t seed) {
    Draws draws(seed);
    switch (domain) {
        case PictureDomain::renders:
            return draw_render(view, cut_out, draws);
        case PictureDomain::normals:
            return draw_normals(view, draws);
        case PictureDomain::silhouettes:
            return draw_silhouette(view, draws);
        case PictureDomain::textures:
            return draw_close_up(view, draws);
        default:
            throw UsageError(fmt::format("pictures of domain {} are not drawn from views", to_string(domain)));
    }
}

render::FloatImage draw_top_down(const render::VoxelGrid& occupancy, std::uint64_t seed) {
    Draws draws(seed);
    const int r = occupancy.resolution;
    // Height of the topmost solid cell and coverage; rows are Z, so that +X is right and +Z (the front) is below.
    render::FloatImage heights(r, r, 2);
    for (int z = 0; z < r; ++z) {
        for (int x = 0; x < r; ++x) {
            for (int y = r - 1; y >= 0; --y) {
                if (occupancy.at(x, y, z) < 0.5F) continue;
                heights.at(x, z, 0) = static_cast<float>(y + 1);
                heights.at(x, z, 1) = 1;
                break;
            }
        }
    }
    Placement place{r / 2.0, r / 2.0, r / draws.uniform(0.8, 1.1), draws.uniform(0, 2 * std::numbers::pi),
                    draws.chance(0.5)};
    const auto seen = placed(heights, place, 0);
    const double pixel = place.side / picture_size;
    Eigen::Vector3d light = random_direction(draws);
    light.z() = std::abs(light.z()) + 0.3;
    light.normalize();
    const double ambient = draws.uniform(0.2, 0.4);
    const double base = draws.uniform(0.4, 0.9);
    const Eigen::Array3d ground = Eigen::Array3d::Constant(draws.uniform(0, 0.6));
    const Colours camera(draws);
    render::FloatImage picture(picture_size, picture_size, 4);
    const auto height = [&](int x, int y) {
        return static_cast<double>(seen.at(std::clamp(x, 0, picture_size - 1), std::clamp(y, 0, picture_size - 1), 0));
    };
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double across = (height(x + 1, y) - height(x - 1, y)) / (2 * pixel);
            const double down = (height(x, y + 1) - height(x, y - 1)) / (2 * pixel);
            const Eigen::Vector3d normal = Eigen::Vector3d(-across, -down, 1).normalized();
            const double shade = base * (ambient + (1 - ambient) * std::max(0.0, normal.dot(light)));
            const double mask = seen.at(x, y, 1);
            put(picture, x, y, camera.of(mask * shade * Eigen::Array3d::Ones() + (1 - mask) * ground), 1);
        }
    }
    return picture;
}

render::FloatImage draw_photo(const render::Image& photo, std::uint64_t seed) {
    Draws draws(seed);
    const double shorter = std::min(photo.width, photo.height);
    Placement place;
    place.side = shorter * draws.uniform(0.6, 1);
    place.centre_x = draws.uniform(place.side / 2, photo.width - place.side / 2);
    place.centre_y = draws.uniform(place.side / 2, photo.height - place.side / 2);
    place.mirrored = draws.chance(0.5);
    const auto seen = placed(photo, place, 0);
    const Colours camera(draws);
    const bool coloured = photo.channels >= 3;
    const bool masked = photo.channels == 2 || photo.channels == 4;
    render::FloatImage picture(picture_size, picture_size, 4);
    for (int y = 0; y < picture_size; ++y) {
        for (int x = 0; x < picture_size; ++x) {
            const double mask = masked ? seen.at(x, y, photo.channels - 1) / 255 : 1;
            const Eigen::Array3d rgb = coloured ? Eigen::Array3d(colour_at(seen, x, y) / 255)
                                                : Eigen::Array3d::Constant(seen.at(x, y, 0) / 255.0);
            put(picture, x, y, camera.of(rgb) * mask, mask);
        }
    }
    return picture;
}

}  // namespace maquette::recon::encoders
