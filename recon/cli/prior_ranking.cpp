#include "recon/cli/prior_ranking.h"

#include <fmt/format.h>

#include <memory>

#include "priors/default_locations.h"
#include "recon/cli/shipped_weights.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/encoders/prior_index.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

constexpr const char* index_folder = "index";

/// What is shipped, then what is kept beside the user's priors.
std::vector<std::filesystem::path> index_files(const std::string& name) {
    return {priors::assets_folder() / "priors" / index_folder / name,
            priors::user_priors_folder() / index_folder / name};
}

}  // namespace

RankingMethod ranking_method_from_string(const std::string& text) {
    if (text == "auto") return RankingMethod::automatic;
    if (text == "encoders") return RankingMethod::encoders;
    if (text == "pixels") return RankingMethod::pixels;
    throw UsageError(fmt::format("priors are ranked by auto, encoders or pixels, not by '{}'", text));
}

PriorRanker::PriorRanker(const priors::PriorLibrary& library, RankingMethod method,
                         const std::filesystem::path& encoders) {
    std::filesystem::path weights = encoders;
    if (weights.empty() && method != RankingMethod::pixels) weights = shipped_encoders();
    if (weights.empty() && method == RankingMethod::encoders) {
        throw InputError(
            "no encoders are shipped; give --encoders FILE, or train some with `maquette train encoder` and "
            "`maquette train ensemble`");
    }
    if (method == RankingMethod::pixels || weights.empty()) {
        method_ = "pixels";
        index_.emplace(library, encoders::measure_by_pixels(), index_files("pixels.safetensors"));
    } else {
        method_ = "encoders";
        index_.emplace(library,
                       encoders::measure_by_encoders(std::make_shared<const encoders::PhotoDescriptor>(weights)),
                       index_files("encoders.safetensors"));
    }
}

std::vector<RankedPrior> PriorRanker::rank(const View& photo) const {
    std::vector<RankedPrior> result;
    for (const auto& proposal : index_->rank(photo)) {
        result.push_back({proposal.prior, (1 - proposal.similarity) / 2, proposal.azimuth, proposal.exemplar_name});
    }
    return result;
}

std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library) {
    return PriorRanker(library).rank(photo);
}

}  // namespace maquette::recon::cli
