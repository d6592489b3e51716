#include <fmt/format.h>

#include <random>

#include "recon/eval/photo_parts.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/view.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

/// IoU of the shape refined from one photo; 0 where the mask is empty.
double shape_iou(const ShapeDataset& dataset, const RefinementNetwork& network, const PhotoBench::Photo& photo,
                 const render::FloatImage& mask, const priors::CategoryPrior& prior) {
    View view;
    try {
        view = make_view(photo.composite.photo, mask, photo.composite.camera, "composite");
    } catch (const InputError&) {
        return 0;
    }
    const auto encoded = network.encode({&view, 1});
    render::VoxelGrid shape = prior.mean;
    for (int t = 0; t < network.default_iterations(); ++t) shape = network.step(*encoded, prior, shape, t);
    return iou(shape, dataset.occupancy(photo.shape, priors::prior_resolution), network.threshold());
}

}  // namespace

ReportPart masked_shape_part(const ShapeDataset& dataset, const PhotoBench& bench, const RefinementNetwork& network) {
    ReportPart part{.title = "Final shapes", .key = "final_shape"};
    part.notes.emplace_back(
        "IoU of the refiner's shape from the cut-out composite, 1-shot priors, camera given; loss: paired, against the "
        "true mask");
    std::vector<int> members;
    for (const auto& photo : bench.photos()) members.push_back(photo.shape);
    const auto split = dataset.shapes()[static_cast<std::size_t>(members.front())].split;
    const PriorSampler sampler(dataset, shapes_of(dataset, split));
    std::mt19937_64 random(bench.seed());
    std::vector<double> perfect;
    std::vector<std::vector<double>> found(bench.ways().size());
    for (std::size_t i = 0; i < bench.photos().size(); ++i) {
        bench.announce("final shapes", static_cast<double>(i) / static_cast<double>(bench.photos().size()));
        const auto& photo = bench.photos()[i];
        const auto& info = dataset.shapes()[static_cast<std::size_t>(photo.shape)];
        const auto prior = sampler.prior(sampler.draw(info.category, photo.shape, 1, random));
        perfect.push_back(shape_iou(dataset, network, photo, photo.composite.mask, prior));
        for (std::size_t w = 0; w < found.size(); ++w) {
            found[w].push_back(shape_iou(dataset, network, photo, bench.ways()[w].masks[i], prior));
        }
    }
    ReportTable table{"", {"mask", "IoU", "loss"}, {}};
    const auto reference = bench.scores(perfect);
    table.rows.push_back({"true", interval_text(bootstrap(reference)), "-"});
    part.figures["true"] = interval_json(bootstrap(reference));
    for (std::size_t w = 0; w < found.size(); ++w) {
        const auto& way = bench.ways()[w];
        const auto scores = bench.scores(found[w]);
        const Interval loss = bootstrap_difference(reference, scores);
        const std::string name = way.name + (way.box ? ", box" : ", no hint");
        table.rows.push_back({name, interval_text(bootstrap(scores)), interval_text(loss, 3, true)});
        part.figures[name] = interval_json(bootstrap(scores));
        part.figures[name]["loss"] = interval_json(loss);
    }
    part.tables.push_back(std::move(table));
    return part;
}

}  // namespace maquette::recon
