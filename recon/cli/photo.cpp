#include "recon/cli/photo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <string_view>

#include "recon/cli/shipped_weights.h"
#include "recon/refine/sharp_view.h"
#include "render/error.h"
#include "render/image_operations.h"
#include "render/io/atomic_file.h"
#include "render/io/image_header.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {
namespace {

render::PixelBox box_of(std::string_view text) {
    std::array<int, 4> numbers{};
    std::string_view rest = text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), numbers[i]);
        const bool last = i + 1 == numbers.size();
        const bool ends_well = end == rest.data() + rest.size() ? last : !last && *end == ',';
        if (error != std::errc{} || !ends_well) {
            throw UsageError(fmt::format("--box '{}' is not x,y,width,height in pixels, such as 120,40,300,280", text));
        }
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()) + (last ? 0 : 1));
    }
    return {numbers[0], numbers[1], numbers[2], numbers[3]};
}

render::FloatImage read_mask(const std::filesystem::path& file) {
    const render::Image image = render::read_image(file);
    render::FloatImage mask(image.width, image.height, 1);
    const bool alpha = image.channels == 4;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            mask.at(x, y) = static_cast<float>(image.at(x, y, alpha ? 3 : 0)) / 255.0F;
        }
    }
    return mask;
}

/// Of the whole picture; none: its file does not say.
std::optional<double> focal_length_of(const render::ImageHeader& header, const render::Image& image) {
    if (!header.field_of_view) return std::nullopt;
    const double half = *header.field_of_view / 2 * std::numbers::pi / 180;
    return std::max(image.width, image.height) / (2 * std::tan(half));
}

/// Photos are often made smaller after they were calibrated.
render::Camera camera_of_photo(const render::Camera& given, const render::Image& image, const std::string& file) {
    constexpr double same_proportions = 0.01;
    render::Camera camera = given;
    if (given.width < 1 || given.height < 1) {
        camera.width = image.width;
        camera.height = image.height;
        return camera;
    }
    const double across = static_cast<double>(image.width) / given.width;
    const double down = static_cast<double>(image.height) / given.height;
    if (std::abs(across / down - 1) > same_proportions) {
        throw InputError(
            fmt::format("{}: the photo is {}x{} but its camera's picture {}x{}; give the photo that was calibrated, "
                        "uncut and as it "
                        "was turned",
                        file, image.width, image.height, given.width, given.height));
    }
    return given.resized(image.width, image.height);
}

/// Beyond this much of the picture's width the coefficients are no ordinary lens', or meant for another model.
constexpr double largest_lens_shift = 0.25;

void take_out(const LensDistortion& lens, const render::Camera& camera, const std::string& file, render::Image& image,
              render::FloatImage& mask) {
    const double shift = largest_shift(lens, camera);
    if (!(shift <= largest_lens_shift * camera.width)) {
        throw InputError(
            fmt::format("{}: the camera's lens distortion moves the corners by {:.3g} pixels, more than is "
                        "undone here; run `colmap image_undistorter` and give its photos and its model",
                        file, shift));
    }
    image = undistorted(image, camera, lens, 0);
    mask = undistorted(mask, camera, lens, 0.0F);
}

void check_count(const char* option, std::size_t given, std::size_t photos) {
    if (given == 0 || given == photos) return;
    throw UsageError(fmt::format("{} is given {} times for {} photos; give one for each, in their order, '-' for none",
                                 option, given, photos));
}

}  // namespace

std::vector<PhotoHints> photo_hints(const std::vector<std::string>& masks, const std::vector<std::string>& boxes,
                                    const std::filesystem::path& matting, std::size_t photos) {
    check_count("--mask", masks.size(), photos);
    check_count("--box", boxes.size(), photos);
    std::vector<PhotoHints> hints(photos, {.matting = matting});
    for (std::size_t i = 0; i < masks.size(); ++i) {
        if (masks[i] != "-") hints[i].mask = masks[i];
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        if (boxes[i] != "-") hints[i].box = box_of(boxes[i]);
    }
    return hints;
}

CutPhoto cut_photo(const std::filesystem::path& file, const PhotoHints& hints) {
    CutPhoto cut{.name = file.string()};
    const std::string bytes = render::read_file(file);
    cut.image = render::decode_image(bytes, cut.name);
    cut.focal_length = focal_length_of(render::read_image_header(bytes, cut.name), cut.image);
    const render::Image& image = cut.image;
    if (!hints.mask.empty()) {
        cut.mask = read_mask(hints.mask);
        cut.cutout = "given mask";
        if (cut.mask.width != image.width || cut.mask.height != image.height) {
            throw InputError(fmt::format("{}: mask is {}x{} but image is {}x{}; resize the mask or drop it", cut.name,
                                         cut.mask.width, cut.mask.height, image.width, image.height));
        }
    }
    try {
        if (cut.mask.empty()) {
            render::Cutout cutout = render::cut_out(image, hints.box, foreground_model_of(hints.matting));
            cut.mask = std::move(cutout.mask);
            cut.cutout = std::move(cutout.source);
            for (const auto& warning : cutout.warnings) {
                cut.warnings.push_back(fmt::format("{}: {}", cut.name, warning));
            }
        }
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", cut.name, error.what()));
    }
    return cut;
}

Photo photo_of(CutPhoto cut, const std::optional<render::Camera>& given, int most_size, const LensDistortion& lens) {
    std::optional<render::Camera> camera;
    if (given) camera = camera_of_photo(*given, cut.image, cut.name);
    Photo photo{.cutout = std::move(cut.cutout), .warnings = std::move(cut.warnings)};
    try {
        if (camera && !lens.none()) take_out(lens, *camera, cut.name, cut.image, cut.mask);
        photo.view = make_view(cut.image, cut.mask, camera, cut.name);
        if (cut.focal_length) {
            photo.focal_length = *cut.focal_length / render::square_crop_around(cut.mask, view_fill).side;
        }
        photo.picture =
            most_size > view_size ? make_sharp_view(cut.image, cut.mask, camera, cut.name, most_size) : photo.view;
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", cut.name, error.what()));
    }
    return photo;
}

Photo read_photo(const std::filesystem::path& file, const std::optional<render::Camera>& camera,
                 const PhotoHints& hints, int most_size, const LensDistortion& lens) {
    return photo_of(cut_photo(file, hints), camera, most_size, lens);
}

View read_view(const std::filesystem::path& photo, const std::optional<render::Camera>& camera,
               const std::filesystem::path& matting) {
    return read_photo(photo, camera, {.matting = matting}).view;
}

}  // namespace maquette::recon::cli
