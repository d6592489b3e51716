#include "viewer/studio/view_options.h"

#include <fmt/format.h>

#include <charconv>

#include "recon/cli/option_groups.h"
#include "render/error.h"

namespace maquette::viewer {

std::pair<int, int> parse_size(const std::string& text) {
    int width = 0;
    int height = 0;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, width);
    if (first.ec == std::errc() && first.ptr != end && *first.ptr == 'x') {
        const auto second = std::from_chars(first.ptr + 1, end, height);
        const bool fits = width >= 64 && height >= 64 && width <= 16384 && height <= 16384;
        if (second.ec == std::errc() && second.ptr == end && fits) return {width, height};
    }
    throw UsageError(fmt::format("size {}: give WIDTHxHEIGHT, each 64 to 16384 pixels, as in 1280x800", text));
}

void ViewOptions::visit(const recon::cli::OptionVisitor& visitor) {
    visitor({.name = "photo",
             .help = "Pictures of ONE object (png, jpg, webp), each another view of it; the object on a transparent or "
                     "plain background; or the folder of a saved session",
             .positional = true,
             .default_text = "the demo picture"},
            &photos);
    recon::cli::visit_prior(visitor, prior);
    visitor({.name = "cameras",
             .help = "Cameras of the photos (JSON), where they are known: see the README",
             .default_text = "estimated"},
            &cameras);
    visitor({.name = "truth", .help = "Mesh of the object as it really is: distance and IoU are shown against it"},
            &truth);
    visitor({.name = "model",
             .help = "Refinement network: flagship, or wallace2019, the published one, which takes no cameras",
             .choices = {"flagship", "wallace2019"}},
            &model);
    visitor({.name = "weights", .help = "Weights file (.safetensors)", .default_text = "shipped"}, &weights);
    recon::cli::visit_matting(visitor, matting);
    visitor({.name = "camera-weights",
             .help = "Weights file (.safetensors) of the camera estimator",
             .default_text = "shipped"},
            &camera_weights);
    visit_refinement(visitor);
    visit_generated_views(visitor);
    visitor({.name = "screenshot", .help = "Run to the end without a window, write this picture, and stop"},
            &screenshot);
    visitor({.name = "frames", .help = "Frames to draw before the screenshot", .low = 1, .high = 100000}, &frames);
    visitor({.name = "script", .help = "Actions to play (JSON), then stop; without a window unless --window"}, &script);
    visitor({.name = "size", .help = "Window or picture, WIDTHxHEIGHT pixels"}, &size);
    visitor({.name = "scale", .help = "Size of text and panels; 0: as the screen says", .low = 0, .high = 4}, &scale);
    visitor({.name = "light", .help = "Light colours"}, &light);
    visitor({.name = "window", .help = "Play the script in a window"}, &window);
    visitor({.name = "measure",
             .help = "Print how fast it draws, swaps and refines, then stop; without a window unless --window"},
            &measure);
    visitor({.name = "ratings",
             .help = "Where choices between two results are appended (JSON lines)",
             .default_text = "beside the user's priors"},
            &ratings);
    visitor({.name = "history", .help = "Memory for the timeline, MB; lower it to save memory", .low = 4, .high = 8192},
            &history);
    visitor({.name = "threads", .help = "Threads to use; 0: all cores", .low = 0, .high = 1024}, &threads);
}

}  // namespace maquette::viewer
