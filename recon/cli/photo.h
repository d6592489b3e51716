#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recon/cli/lens_distortion.h"
#include "recon/refine/view.h"
#include "render/cutout.h"

namespace maquette::recon::cli {

/// What the user says of where the object is in a photo; neither: it is found.
struct PhotoHints {
    std::filesystem::path mask;           ///< picture of the photo's size: its alpha, or white on black
    std::optional<render::PixelBox> box;  ///< around the object
    std::filesystem::path matting;        ///< network that finds it, as in foreground_model_of
};

/// Hints for each of `photos` photos. masks: files; boxes: "x,y,width,height" in pixels; either none, or one a photo,
/// in their order, "-" for none. matting: for all of them. Throws UsageError on another number of them, or a text that
/// is no box.
std::vector<PhotoHints> photo_hints(const std::vector<std::string>& masks, const std::vector<std::string>& boxes,
                                    const std::filesystem::path& matting, std::size_t photos);

/// A photo as it was taken, and where its object is.
struct CutPhoto {
    std::string name;                    ///< its file
    render::Image image;                 ///< [height, width, 1 to 4]
    render::FloatImage mask;             ///< [height, width, 1] 0..1
    std::optional<double> focal_length;  ///< pixels, as the photo's file says; none: not known
    std::string cutout;                  ///< given mask | alpha | plain background | found | box
    std::vector<std::string> warnings;   ///< a sentence each
};

/// Reads a photo and finds its object. Throws InputError that names the file.
CutPhoto cut_photo(const std::filesystem::path& photo, const PhotoHints& hints = {});

struct Photo {
    View view;
    View picture;                        ///< the same crop as sharp as it was asked for
    std::optional<double> focal_length;  ///< of the crop, in its sides, as the photo's file says; none: not known
    std::string cutout;                  ///< as in CutPhoto
    std::vector<std::string> warnings;   ///< a sentence each
};

/// Views of a photo's object. most_size: of the picture, as in make_sharp_view. camera: of the whole photo, or of the
/// same one at another size; lens: its distortion, which is taken out of the views. Throws InputError that names the
/// file, also when the camera's picture has other proportions than the photo, or nothing is left of the object.
Photo photo_of(CutPhoto cut, const std::optional<render::Camera>& camera, int most_size = view_size,
               const LensDistortion& lens = {});

/// Both at once.
Photo read_photo(const std::filesystem::path& photo, const std::optional<render::Camera>& camera,
                 const PhotoHints& hints = {}, int most_size = view_size, const LensDistortion& lens = {});

/// The view of it.
View read_view(const std::filesystem::path& photo, const std::optional<render::Camera>& camera = {},
               const std::filesystem::path& matting = {});

}  // namespace maquette::recon::cli
