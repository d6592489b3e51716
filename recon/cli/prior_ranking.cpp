#include "recon/cli/prior_ranking.h"

#include <fmt/format.h>

#include <cmath>
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

encoders::PriorIndex index_by_pixels(const priors::PriorLibrary& library) {
    return {library, encoders::measure_by_pixels(), index_files("pixels.safetensors")};
}

encoders::PriorIndex index_by_encoders(const priors::PriorLibrary& library, const std::filesystem::path& weights) {
    return {library, encoders::measure_by_encoders(std::make_shared<const encoders::PhotoDescriptor>(weights)),
            index_files("encoders.safetensors")};
}

}  // namespace

RankingMethod ranking_method_from_string(const std::string& text) {
    if (text == "auto") return RankingMethod::automatic;
    if (text == "joined") return RankingMethod::joined;
    if (text == "encoders") return RankingMethod::encoders;
    if (text == "pixels") return RankingMethod::pixels;
    throw UsageError(fmt::format("priors are ranked by auto, joined, encoders or pixels, not by '{}'", text));
}

PriorRanker::PriorRanker(const priors::PriorLibrary& library, RankingMethod method,
                         const std::filesystem::path& encoders) {
    std::filesystem::path weights = encoders;
    if (weights.empty() && method != RankingMethod::pixels) weights = shipped_encoders();
    if (weights.empty() && (method == RankingMethod::encoders || method == RankingMethod::joined)) {
        throw InputError(
            "no encoders are shipped; give --encoders FILE, or train some with `maquette train encoder` and "
            "`maquette train ensemble`");
    }
    if (!weights.empty() && method != RankingMethod::pixels) indices_.push_back(index_by_encoders(library, weights));
    if (weights.empty() || method != RankingMethod::encoders) indices_.push_back(index_by_pixels(library));
    method_ = indices_.size() > 1                                  ? "encoders and pixels"
              : weights.empty() || method == RankingMethod::pixels ? "pixels"
                                                                   : "encoders";
}

std::vector<RankedPrior> PriorRanker::rank(const View& photo) const {
    std::vector<std::vector<encoders::PriorProposal>> rankings;
    for (const auto& index : indices_) rankings.push_back(index.rank(photo));
    std::vector<RankedPrior> result;
    for (const auto& proposal : rankings.size() > 1 ? encoders::joined_ranking(rankings) : rankings.front()) {
        // Joined similarities are deviations without bounds.
        const double distance =
            rankings.size() > 1 ? 1 / (1 + std::exp(proposal.similarity)) : (1 - proposal.similarity) / 2;
        result.push_back({proposal.prior, distance, proposal.azimuth, proposal.exemplar_name});
    }
    return result;
}

std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library) {
    return PriorRanker(library).rank(photo);
}

}  // namespace maquette::recon::cli
