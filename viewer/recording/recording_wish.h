#pragma once

#include <filesystem>

namespace maquette::viewer {

/// A full turn of the model, to be written as a film.
struct RecordingWish {
    std::filesystem::path path;  ///< .gif or .mp4; without extension: a folder of PNG files
    int frames = 72;             ///< a turn
    int width = 640;             ///< pixels, even
    int height = 640;            ///< pixels, even
};

}  // namespace maquette::viewer
