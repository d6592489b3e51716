#include "recon/eval/refined_with_views.h"

#include <utility>

#include "recon/refine/camera_decision.h"
#include "recon/refine/prior_trust.h"
#include "recon/refine/refined_shape.h"

namespace maquette::recon {
namespace {

render::VoxelGrid refined(const RefinementNetwork& network, const EncodedViews& encoded,
                          const priors::CategoryPrior& prior) {
    return refined_shape(network, encoded, prior, network.iterations_for(encoded.count()));
}

}  // namespace

KnownPhoto known_photo(const DiffusionBench& bench, const ViewQuery& query, bool estimated) {
    const auto& networks = bench.networks();
    KnownPhoto known{.photos = {query.photo}, .encoded = nullptr, .shape = {}};
    if (estimated) {
        known.photos.front().camera.reset();
        const auto decisions = decide_cameras(known.photos, *networks.estimator, *networks.refiner, query.prior);
        known.encoded = encode_decided(*networks.refiner, known.photos, decisions);
    } else {
        known.encoded = networks.refiner->encode(known.photos);
    }
    known.shape = refined(*networks.refiner, *known.encoded, query.prior);
    return known;
}

double iou_with_views(const DiffusionBench& bench, const ViewQuery& query, const KnownPhoto& known,
                      std::vector<View> views) {
    const auto& network = *bench.networks().refiner;
    const PriorTrust trust(network, *known.encoded, query.prior, network.default_iterations(), network.threshold());
    if (views.empty()) return iou(trust.mixed(known.shape), query.truth, network.threshold());
    std::vector<View> all = known.photos;
    for (auto& view : views) all.push_back(std::move(view));
    const auto shape = refined(network, *network.encode(all), query.prior);
    return iou(trust.mixed(shape), query.truth, network.threshold());
}

}  // namespace maquette::recon
