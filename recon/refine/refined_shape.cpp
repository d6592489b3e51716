#include "recon/refine/refined_shape.h"

namespace maquette::recon {

render::VoxelGrid refined_shape(const RefinementNetwork& network, const EncodedViews& views,
                                const priors::CategoryPrior& prior, int iterations) {
    render::VoxelGrid shape = prior.mean;
    for (int t = 0; t < iterations; ++t) shape = network.step(views, prior, shape, t);
    return shape;
}

}  // namespace maquette::recon
