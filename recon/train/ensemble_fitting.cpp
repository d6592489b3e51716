#include "recon/train/ensemble_fitting.h"

#include "recon/data/shape_dataset.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/encoders/picture_source.h"
#include "recon/eval/prior_sampler.h"
#include "render/parallel.h"

namespace maquette::recon {

void fit_ensemble(const EnsembleFittingOptions& options) {
    const ShapeDataset dataset(options.dataset);
    const auto source = encoders::dataset_pictures(
        dataset, shapes_of(dataset, priors::Split::train),
        {.domain = encoders::PictureDomain::renders, .cut_out_fraction = 1, .views = options.views});
    std::vector<render::FloatImage> pictures(static_cast<std::size_t>(source->instances()));
    render::parallel_for(pictures.size(), 16, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            pictures[i] = source->picture(static_cast<int>(i), encoders::mixed_seed(options.seed, i));
        }
    });
    encoders::PhotoDescriptor(options.encoders, pictures, options.seed).save(options.output);
}

}  // namespace maquette::recon
