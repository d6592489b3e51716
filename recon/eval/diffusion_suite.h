#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/eval/part_report.h"

namespace maquette::recon {

struct DiffusionSuiteOptions {
    std::filesystem::path dataset;
    std::filesystem::path weights;                   ///< of the novel-view network
    std::filesystem::path without_geometry_weights;  ///< of one trained without geometry; empty: no such rows
    std::filesystem::path preferences;               ///< delta tuned by preferences; empty: no such rows
    std::vector<std::filesystem::path> rivals;       ///< of it: deltas or whole weights, each called by its file's name
    std::filesystem::path refiner_weights;
    std::filesystem::path camera_weights;  ///< empty: no row has an estimated camera
    std::string split = "novel";           ///< novel | validation: what choices are made on
    std::vector<std::string> parts;        ///< of diffusion_part_names(); empty: all
    int views = 2;                         ///< photos of each shape
    int shapes_per_category = 0;           ///< 0: all
    std::uint64_t seed = 1;
};

/// In the report's order.
std::vector<std::string> diffusion_part_names();

/// Everything that is claimed of the diffusion module. progress: stage and share of it. Throws UsageError on an unknown
/// split or part, naming the known ones; Interrupted when stopped.
PartReport run_diffusion_suite(const DiffusionSuiteOptions& options,
                               const std::function<void(const std::string&, double)>& progress, std::stop_token stop);

}  // namespace maquette::recon
