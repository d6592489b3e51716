#include "recon/cli/prior_ranking.h"

#include <algorithm>
#include <set>

#include "priors/prior_picture.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

constexpr int azimuths = 12;
constexpr std::size_t exemplars_looked_at = 6;

std::vector<render::OrbitPose> poses() {
    std::vector<render::OrbitPose> all = render::turntable(azimuths, 12);
    const std::vector<render::OrbitPose> upper = render::turntable(azimuths, 32);
    all.insert(all.end(), upper.begin(), upper.end());
    return all;
}

}  // namespace

PriorRanker::PriorRanker(const priors::PriorLibrary& library) {
    struct Shape {
        std::string prior;
        priors::Exemplar exemplar;
    };
    std::vector<Shape> shapes;
    for (const priors::PriorLibrary::Entry& entry : library.list()) {
        const priors::CategoryPrior prior = library.load(entry.name);
        const std::size_t count = std::min(prior.exemplars.size(), exemplars_looked_at);
        for (std::size_t i = 0; i < count; ++i) {
            shapes.push_back({entry.name, prior.exemplars[i]});
        }
    }
    const std::vector<render::OrbitPose> views = poses();
    candidates_.resize(shapes.size());
    render::parallel_for(shapes.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const render::TriangleMesh surface = priors::exemplar_surface(shapes[i].exemplar);
            if (!surface.empty()) {
                candidates_[i] = priors::render_candidate(shapes[i].prior, surface, views);
            }
        }
    });
}

std::vector<RankedPrior> PriorRanker::rank(const View& photo) const {
    const std::vector<render::OrbitPose> views = poses();
    std::vector<RankedPrior> ranking;
    std::set<std::string> seen;
    for (const priors::RankedCandidate& match :
         priors::rank_candidates(priors::make_thumbnail(photo.rgb, photo.mask), candidates_)) {
        const std::string& name = candidates_[match.candidate].id;
        if (seen.insert(name).second) {
            ranking.push_back({name, match.distance, views[match.view].azimuth});
        }
    }
    return ranking;
}

std::vector<RankedPrior> rank_priors(const View& photo, const priors::PriorLibrary& library) {
    return PriorRanker(library).rank(photo);
}

}  // namespace maquette::recon::cli
