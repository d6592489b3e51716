#pragma once

#include <filesystem>
#include <memory>

#include "render/image.h"
#include "viewer/recording/recording_wish.h"

namespace maquette::viewer {

inline constexpr int film_frames_a_second = 24;

/// A film being written, frame by frame. Nothing is left behind where it is not finished, but for a folder's pictures.
class FilmWriter {
public:
    virtual ~FilmWriter() = default;
    /// 3 channels, of the size wished for.
    virtual void add(const render::Image& frame) = 0;
    /// The film is there. Call once, after the last frame.
    virtual void finish() = 0;
};

/// By the path's extension: .gif, .mp4 (MPEG-4), or none: a folder of "000.png" and so on. Throws UsageError on another
/// extension, a side that is not even and 16..4096, or frames outside 1..3600; InputError where nothing can be written.
std::unique_ptr<FilmWriter> make_film_writer(const RecordingWish& wish);

}  // namespace maquette::viewer
