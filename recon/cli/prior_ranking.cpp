#include "recon/cli/prior_ranking.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "priors/default_locations.h"
#include "priors/pixel_retrieval.h"
#include "priors/prior_picture.h"
#include "recon/cli/shipped_weights.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/encoders/prior_index.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

constexpr std::size_t exemplars_looked_at = 6;
constexpr const char* index_folder = "index";
constexpr const char* index_name = "encoders.safetensors";

}  // namespace

struct PriorRanker::ByPixels {
    std::vector<priors::RetrievalCandidate> candidates;
    std::vector<std::string> exemplars;  ///< of each candidate

    explicit ByPixels(const priors::PriorLibrary& library) {
        std::vector<priors::Exemplar> shapes;
        std::vector<std::string> names;
        for (const priors::PriorLibrary::Entry& entry : library.list()) {
            const priors::CategoryPrior prior = library.load(entry.name);
            const std::size_t count = std::min(prior.exemplars.size(), exemplars_looked_at);
            for (std::size_t i = 0; i < count; ++i) {
                names.push_back(entry.name);
                shapes.push_back(prior.exemplars[i]);
                exemplars.push_back(prior.exemplars[i].provenance.name);
            }
        }
        const std::vector<render::OrbitPose> views = encoders::index_poses();
        candidates.resize(shapes.size());
        render::parallel_for(shapes.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const render::TriangleMesh surface = priors::exemplar_surface(shapes[i]);
                if (!surface.empty()) candidates[i] = priors::render_candidate(names[i], surface, views);
            }
        });
    }

    [[nodiscard]] std::vector<RankedPrior> rank(const View& photo) const {
        const std::vector<render::OrbitPose> views = encoders::index_poses();
        std::vector<RankedPrior> ranking;
        std::set<std::string> seen;
        for (const priors::RankedCandidate& match :
             priors::rank_candidates(priors::make_thumbnail(photo.rgb, photo.mask), candidates)) {
            const std::string& name = candidates[match.candidate].id;
            if (seen.insert(name).second) {
                ranking.push_back({name, match.distance, views[match.view].azimuth, exemplars[match.candidate]});
            }
        }
        return ranking;
    }
};

struct PriorRanker::ByEncoders {
    encoders::PhotoDescriptor descriptor;
    encoders::PriorIndex index;

    ByEncoders(const priors::PriorLibrary& library, const std::filesystem::path& weights)
        : descriptor(weights),
          index(library, descriptor,
                {priors::assets_folder() / "priors" / index_folder / index_name,
                 priors::user_priors_folder() / index_folder / index_name}) {}

    [[nodiscard]] std::vector<RankedPrior> rank(const View& photo) const {
        std::vector<RankedPrior> ranking;
        for (auto& proposal : index.rank(descriptor.describe({photo}).front())) {
            ranking.push_back(
                {proposal.prior, (1 - proposal.similarity) / 2, proposal.azimuth, proposal.exemplar_name});
        }
        return ranking;
    }
};

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
        pixels_ = std::make_unique<ByPixels>(library);
    } else {
        encoders_ = std::make_unique<ByEncoders>(library, weights);
    }
}

PriorRanker::~PriorRanker() = default;
PriorRanker::PriorRanker(PriorRanker&&) noexcept = default;
PriorRanker& PriorRanker::operator=(PriorRanker&&) noexcept = default;

std::vector<RankedPrior> PriorRanker::rank(const View& photo) const {
    return encoders_ ? encoders_->rank(photo) : pixels_->rank(photo);
}

std::string PriorRanker::method() const {
    return encoders_ ? "encoders" : "pixels";
}

std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library) {
    return PriorRanker(library).rank(photo);
}

}  // namespace maquette::recon::cli
