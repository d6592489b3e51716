#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "recon/cli/command_options.h"

namespace maquette::viewer {

struct ViewOptions : recon::cli::RefinementOptions, recon::cli::GeneratedViewOptions {
    std::vector<std::string> photos;
    std::vector<std::string> prior;
    std::string cameras;            ///< file; empty: estimated
    std::filesystem::path matting;  ///< network that finds the object; empty: the shipped one
    std::filesystem::path truth;    ///< mesh; empty: none
    std::string model = "flagship";
    std::filesystem::path weights;         ///< empty: those shipped
    std::filesystem::path camera_weights;  ///< empty: those shipped
    std::filesystem::path screenshot;      ///< empty: none
    int frames = 1;                        ///< drawn before the screenshot
    std::filesystem::path script;          ///< empty: none
    std::string size = "1280x800";
    double scale = 0;  ///< 0: as the screen says
    bool light = false;
    bool window = false;
    bool measure = false;
    bool remember = false;  ///< no option: layout and recent files are kept between times, as in a window of one's own
    std::filesystem::path ratings;               ///< file; empty: the user's own
    int history = 64;                            ///< MB
    int threads = 0;                             ///< 0: all cores
    ViewOptions() { views_from_diffusion = 3; }  // of a window's button, which nobody has to press
    void visit(const recon::cli::OptionVisitor& visitor);
};

/// "1280x800" as width and height. Throws UsageError unless both are 64..16384.
std::pair<int, int> parse_size(const std::string& text);

}  // namespace maquette::viewer
