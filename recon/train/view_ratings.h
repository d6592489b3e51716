#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recon/diffusion/usual_views.h"
#include "recon/refine/crop_camera.h"

namespace maquette::recon {

/// Someone's choice between two views of one pose, generated from one photo with different noise.
struct ViewRating {
    int line = 0;     ///< in the file, from 1
    std::string key;  ///< SHA-256 of the line
    std::filesystem::path photo;
    double azimuth = 0;              ///< of the pose, degrees, as in render::OrbitPose
    double elevation = 0;            ///< degrees
    std::optional<CropCamera> pose;  ///< the same with how the picture is framed; empty: as target_camera frames it
    std::uint64_t seed_a = 0;
    std::uint64_t seed_b = 0;
    bool prefers_a = true;
    std::vector<std::string> prior;           ///< as for --prior; empty: not said
    std::optional<CropCamera> camera;         ///< of the photo's crop; empty: not said
    int steps = diffusion::usual_view_steps;  ///< of the sampler
    bool geometry = true;                     ///< whether the network was shown the shape so far
    std::string weights_sha256;               ///< of the weights file that both were drawn with; empty: not said
};

struct RatingList {
    std::vector<ViewRating> ratings;
    int ties = 0;
    int other = 0;                      ///< lines of another kind
    std::vector<std::string> problems;  ///< "FILE line 7: what is wrong with it", one a line that cannot be used
};

/// Ratings as the viewer writes them: JSON lines, one object each.
///
///     {"kind": "generated_view", "choice": "a", "photo": {"path": "chair.png", "camera": {...}}, "pose": {...},
///      "seed_a": 4, "seed_b": 9, "steps_a": 20, "steps_b": 20, "prior": "chair"}
///
/// kind, choice, photo and both seeds must be there, and a pose: an object, or azimuth and elevation beside the others.
/// choice is "a", "b", or "same" (also "tie"). photo may be the path alone. A pose or camera has any of azimuth,
/// elevation, roll, distance, scale, centre_x and centre_y (CropCamera; degrees, object units, fractions of the crop).
/// May be there: "prior" (text or a list of texts), "steps" for both, "geometry" (bool), "weights_sha256_a" and "_b".
/// Other keys are passed over, and so are lines without this kind: the file holds ratings of results, too. Lines that
/// are torn, lack something, or compare views of different networks or steps are left out and named in `problems`. A
/// photo's path counts from the current folder.
/// Throws InputError where the file cannot be read.
RatingList read_view_ratings(const std::filesystem::path& path);
RatingList parse_view_ratings(std::string_view text, const std::string& what);

}  // namespace maquette::recon
