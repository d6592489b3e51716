#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "priors/prior_library.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/refine/view.h"
#include "render/camera.h"

namespace maquette::recon::encoders {

/// From where exemplars are looked at: 12 azimuths at two elevations.
std::vector<render::OrbitPose> index_poses();

/// An exemplar as a clay model under studio light, from index_poses(), each cut out as a photo would be. Empty where it
/// has no surface.
std::vector<View> exemplar_views(const priors::Exemplar& exemplar);

struct PriorProposal {
    std::string prior;
    int exemplar = 0;           ///< closest one, index into the prior's
    std::string exemplar_name;  ///< may be empty
    double similarity = 0;      ///< -1..1: mean cosine of the prior's closest views
    double azimuth = 0;         ///< degrees, of the closest view
};

/// What the priors of a library look like from all sides, by a descriptor.
class PriorIndex {
public:
    /// Describes those priors that `files` do not hold yet, looked up by the digest of the prior's file, and writes all
    /// of the library to the last of `files` where anything was missing there. Files of another descriptor, broken or
    /// not there, hold nothing; one that cannot be written is left, with a word on stderr.
    PriorIndex(const priors::PriorLibrary& library, const PhotoDescriptor& descriptor,
               const std::vector<std::filesystem::path>& files);

    /// All priors with a surface, closest first. descriptor: of PhotoDescriptor::describe.
    [[nodiscard]] std::vector<PriorProposal> rank(const std::vector<float>& descriptor) const;

    /// Priors that were described because no file held them.
    [[nodiscard]] int described() const { return described_; }

private:
    /// Every exemplar from all poses, one after another.
    struct Entry {
        std::vector<std::string> exemplars;
        std::vector<std::vector<float>> rows;  ///< [exemplars * poses]; zeros where there is no surface
    };
    void write(const std::filesystem::path& file, const std::string& digest) const;

    std::map<std::string, std::string> digest_of_;  ///< by the prior's name
    std::map<std::string, Entry> entries_;          ///< by the digest of the prior's file
    int described_ = 0;
};

/// Mean of the `count` largest values, fewer where there are fewer: how much a prior looks like a photo, whose closest
/// view alone may be chance.
double mean_of_largest(std::vector<float> values, int count);

inline constexpr int closest_views = 5;

}  // namespace maquette::recon::encoders
