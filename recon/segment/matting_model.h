#pragma once

#include <array>
#include <filesystem>

#include "render/cutout.h"

namespace maquette::recon::segment {

/// How a matting network takes pictures: (value / 255 - mean) / deviation by channel, R, G, B.
struct MattingInput {
    int size = 0;  ///< pixels a side
    std::array<double, 3> mean{};
    std::array<double, 3> deviation{1, 1, 1};
};

/// Of an ONNX file: the side of its input where the file fixes it, and by that side the values that the published
/// networks of that size were trained with: 320 (U2Net: those of ImageNet), 1024 (IS-Net: mean 0.5), any other (MODNet:
/// -1..1, 512 pixels where the file leaves the side open). A file beside it, named like it but .json, says otherwise:
/// {"size": 320, "mean": [r, g, b], "std": [r, g, b]}, each of which may be left out.
/// Throws InputError where one of the files is broken or the network takes no one square RGB picture.
MattingInput matting_input(const std::filesystem::path& onnx);

/// A matting or saliency network of a user's own for render::cut_out, by OpenCV's dnn. The first output is taken:
/// [1, 1, S', S'], 0..1. Read at once, so that a broken file is named before anything is done; safe to share between
/// threads, which wait for each other. Throws InputError saying what the file lacks, in the call, too.
render::ForegroundModel matting_model(const std::filesystem::path& onnx);

}  // namespace maquette::recon::segment
