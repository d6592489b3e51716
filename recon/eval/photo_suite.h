#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/eval/part_report.h"

namespace maquette::recon {

struct PhotoSuiteOptions {
    std::filesystem::path dataset;
    std::vector<std::filesystem::path> backgrounds;  ///< folders of photos that nothing was trained on
    std::filesystem::path objects;          ///< folder of photographs without background, such as assets/photos
    std::filesystem::path mask_weights;     ///< empty: rows of the network are left out
    std::filesystem::path refiner_weights;  ///< empty: the final shape is not measured
    std::string split = "novel";            ///< novel | validation: what choices are made on
    std::vector<std::string> parts;         ///< of photo_part_names(); empty: all
    int composites = 120;
    std::uint64_t seed = 1;
};

/// In the report's order.
std::vector<std::string> photo_part_names();

/// How well the object is cut out of photos with any background, without a hint and with a box, and what that does to
/// the final shape: on composites of test shapes, and of photographs of objects, before real photos. progress: stage
/// and share of it. Throws UsageError on an unknown part or split, naming the known ones; InputError where photos,
/// shapes or weights are not there; Interrupted when stopped.
PartReport run_photo_suite(const PhotoSuiteOptions& options,
                           const std::function<void(const std::string&, double)>& progress, std::stop_token stop);

}  // namespace maquette::recon
