#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/parameters.h"
#include "recon/refine/view.h"

namespace maquette::recon {

inline constexpr const char* camera_architecture = "camera";

struct CameraHypothesis {
    CropCamera camera;
    double confidence = 0;  ///< 0..1, over all hypotheses kept
};

struct CameraSearch {
    int compared = 16;    ///< best viewpoints of the match that are drawn and compared
    int kept = 5;         ///< different hypotheses that are refined and returned, at the most
    int refinements = 3;  ///< corrections of each
    double apart = 30;    ///< degrees between kept hypotheses at least
};

/// Finds the camera of a photo from the photo and a prior of its object.
class CameraEstimator {
public:
    explicit CameraEstimator(Parameters parameters, std::map<std::string, std::string> metadata = {});

    /// Best first. The prior must not be empty: without it there is nothing to compare with (UsageError).
    [[nodiscard]] std::vector<CameraHypothesis> estimate(const View& view, const render::VoxelGrid& prior,
                                                         const CameraSearch& search = {}) const;

    [[nodiscard]] long long parameter_count() const;
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }

private:
    std::shared_ptr<const Parameters> parameters_;  // shared, so that copies need no LibTorch
    std::map<std::string, std::string> metadata_;
};

/// Strict, as load_refinement_network.
CameraEstimator load_camera_estimator(const std::filesystem::path& weights);

/// Untrained weights with the right names and shapes, for tests.
void save_random_camera_estimator(const std::filesystem::path& path, std::uint64_t seed);

}  // namespace maquette::recon
