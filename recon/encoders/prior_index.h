#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
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

/// By what views of priors and photos are compared. Not to be asked by several threads at once.
struct ViewMeasure {
    /// What rows depend on: those of other digests must not be compared.
    std::string digest;
    /// A row a view, all of one length, none all zeros.
    std::function<std::vector<std::vector<float>>(const std::vector<View>&)> describe;
    /// Of two rows, -1..1.
    std::function<double(const std::vector<float>&, const std::vector<float>&)> similarity;
};

/// Cosine of what joined encoders say.
ViewMeasure measure_by_encoders(std::shared_ptr<const PhotoDescriptor> descriptor);

/// Outlines and greys of thumbnails (priors/thumbnail.h).
ViewMeasure measure_by_pixels();

struct PriorProposal {
    std::string prior;
    int exemplar = 0;           ///< closest one, index into the prior's
    std::string exemplar_name;  ///< may be empty
    double similarity = 0;      ///< -1..1: mean of the prior's closest views
    double azimuth = 0;         ///< degrees, of the closest view
};

/// What the first exemplars of a library's priors look like from all sides, by a measure.
class PriorIndex {
public:
    /// Describes those priors that `files` do not hold yet, looked up by the digest of the prior's file, and writes all
    /// of the library to the last of `files` where there were any. Files of another measure, broken or not
    /// there, hold nothing; one that cannot be written is left, with a word on stderr.
    PriorIndex(const priors::PriorLibrary& library, ViewMeasure measure,
               const std::vector<std::filesystem::path>& files);

    /// All priors with a surface, closest first.
    [[nodiscard]] std::vector<PriorProposal> rank(const View& photo) const;

    /// Priors that were described because no file held them.
    [[nodiscard]] int described() const { return described_; }

private:
    /// Every exemplar from all poses, one after another.
    struct Entry {
        std::vector<std::string> exemplars;
        std::vector<std::vector<float>> rows;  ///< [exemplars * poses]; zeros where there is no surface
    };
    void write(const std::filesystem::path& file) const;

    ViewMeasure measure_;
    std::map<std::string, std::string> digest_of_;  ///< by the prior's name
    std::map<std::string, Entry> entries_;          ///< by the digest of the prior's file
    int described_ = 0;
};

/// Mean of the `count` largest values, fewer where there are fewer: how much a prior looks like a photo, whose closest
/// view alone may be chance.
double mean_of_largest(std::vector<float> values, int count);

inline constexpr int closest_views = 5;
inline constexpr std::size_t exemplars_looked_at = 6;  ///< of a prior

}  // namespace maquette::recon::encoders
