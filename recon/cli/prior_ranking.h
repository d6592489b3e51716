#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "priors/prior_library.h"
#include "recon/encoders/prior_index.h"
#include "recon/refine/view.h"

namespace maquette::recon::cli {

struct RankedPrior {
    std::string name;
    double distance = 1;   ///< 0 (same picture) .. 1; of one way of ranking, not to be compared with another's
    double azimuth = 0;    ///< degrees, of the nearest view
    std::string exemplar;  ///< name of the nearest one; may be empty
};

/// By what priors are compared with a photo.
enum class RankingMethod { automatic, encoders, pixels };
/// Throws UsageError on other texts than auto, encoders and pixels.
RankingMethod ranking_method_from_string(const std::string& text);

/// The library's priors seen from all sides, which takes far longer than to compare a photo with them: made once for
/// any number of photos. What they look like is kept beside the user's priors; only new ones are looked at.
class PriorRanker {
public:
    /// encoders: joined encoders' weights; empty: those shipped. automatic: by encoders where there are any. Throws
    /// InputError where encoders are asked for and none are there.
    explicit PriorRanker(const priors::PriorLibrary& library, RankingMethod method = RankingMethod::automatic,
                         const std::filesystem::path& encoders = {});

    /// All priors by how much views of their exemplars look like the photo, closest first.
    [[nodiscard]] std::vector<RankedPrior> rank(const View& photo) const;
    /// "encoders" or "pixels".
    [[nodiscard]] const std::string& method() const { return method_; }

private:
    std::optional<encoders::PriorIndex> index_;
    std::string method_;
};

/// The same for one photo: what a user is proposed who names no prior.
std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library);

}  // namespace maquette::recon::cli
