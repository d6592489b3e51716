#include "recon/cli/photo.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <string_view>

#include "recon/cli/shipped_weights.h"
#include "recon/refine/sharp_view.h"
#include "render/error.h"
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

Photo read_photo(const std::filesystem::path& file, const std::optional<render::Camera>& given, const PhotoHints& hints,
                 int most_size) {
    const render::Image image = render::read_image(file);
    std::optional<render::Camera> camera = given;
    if (camera) {
        camera->width = image.width;
        camera->height = image.height;
    }
    Photo photo;
    render::FloatImage mask;
    if (!hints.mask.empty()) {
        mask = read_mask(hints.mask);
        photo.cutout = "given mask";
    }
    try {
        if (mask.empty()) {
            render::Cutout cutout = render::cut_out(image, hints.box, foreground_model_of(hints.matting));
            mask = std::move(cutout.mask);
            photo.cutout = std::move(cutout.source);
            for (const auto& warning : cutout.warnings) {
                photo.warnings.push_back(fmt::format("{}: {}", file.string(), warning));
            }
        }
        photo.view = make_view(image, mask, camera, file.string());
        photo.picture =
            most_size > view_size ? make_sharp_view(image, mask, camera, file.string(), most_size) : photo.view;
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", file.string(), error.what()));
    }
    return photo;
}

View read_view(const std::filesystem::path& photo, const std::optional<render::Camera>& camera,
               const std::filesystem::path& matting) {
    return read_photo(photo, camera, {.matting = matting}).view;
}

}  // namespace maquette::recon::cli
