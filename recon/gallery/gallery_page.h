#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace maquette::recon::gallery {

/// One result as the page shows it.
struct GalleryObject {
    std::string name;
    std::string prior;
    std::optional<double> agreement;  ///< of photos and prior, 0..1; none: nothing to compare
    bool agreement_is_low = false;
    std::string camera;  ///< of each photo, in words
    double seconds = 0;
    std::size_t triangles = 0;       ///< of the result, not of the page's model
    std::vector<std::string> notes;  ///< what the user was told of it
    std::filesystem::path photo;     ///< JPEG, small
    std::filesystem::path model;     ///< glb, decimated where it is larger than its share of the page
    std::filesystem::path result;    ///< mesh to link to, relative to the page
};

/// One that failed, and why.
struct GalleryFailure {
    std::string name;
    std::string message;
};

struct Gallery {
    std::string title;
    std::string summary;  ///< a sentence on the whole
    std::vector<GalleryObject> objects;
    std::vector<GalleryFailure> failures;
};

/// Triangles that the model of one of `objects` may have for the page to stay below some 20 MB; 2000 at the least.
int gallery_triangles(std::size_t objects);

/// Sides of the photos on the page, pixels, for the same end.
int gallery_photo_size(std::size_t objects);

/// Writes the page, which shows all models in 3D, opens from disk and asks no network for anything. shell: the page
/// without objects, shipped as assets/gallery/page.html. Photos and models are read one at a time. Atomic. Throws
/// InputError when a file is missing or broken.
void write_gallery(const std::filesystem::path& page, const std::filesystem::path& shell, const Gallery& gallery);

}  // namespace maquette::recon::gallery
