#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "priors/thumbnail.h"
#include "recon/data/shape_dataset.h"
#include "recon/eval/metrics.h"
#include "recon/eval/prior_sampler.h"
#include "recon/refine/refinement_network.h"

namespace maquette::recon {

/// What a suite asks: every test shape from several views, with prior draws that every row shares, so that rows are
/// paired. Draw d of a shape is one random order of its usable exemplars; k shots are the first k of it.
class QuerySet {
public:
    struct Query {
        int shape = 0;  ///< index into shapes()
        int view = 0;   ///< dataset view
        int draw = 0;   ///< index into the shape's draws
    };
    struct Shape {
        int dataset_index = 0;
        int category = 0;  ///< index into categories()
        render::VoxelGrid truth;
        std::vector<std::vector<int>> draws;        ///< dataset indices, up to the largest k
        std::vector<std::vector<int>> wrong_draws;  ///< the same from another random category
        std::vector<View> views;
        std::vector<priors::Thumbnail> thumbnails;
    };

    /// tests: dataset indices; sampler: over the shapes that may serve as exemplars. views: query views a shape;
    /// draws: different prior draws a shape; query view v uses draw v mod draws. icons: the one view is the icon.
    QuerySet(const ShapeDataset& dataset, const std::vector<int>& tests, const PriorSampler& sampler, int views,
             int draws, int max_shots, bool icons, std::uint64_t seed);

    [[nodiscard]] const std::vector<Shape>& shapes() const { return shapes_; }
    [[nodiscard]] const std::vector<Query>& queries() const { return queries_; }
    [[nodiscard]] const std::vector<std::string>& categories() const { return categories_; }
    [[nodiscard]] const Shape& shape_of(const Query& query) const {
        return shapes_[static_cast<std::size_t>(query.shape)];
    }

    /// Figures of all queries, in their order, to one score a shape. Not-a-number: the query was not asked.
    [[nodiscard]] std::vector<ShapeScore> by_shape(const std::vector<double>& per_query) const;
    [[nodiscard]] std::map<std::string, double> by_category(const std::vector<ShapeScore>& scores) const;

private:
    std::vector<Shape> shapes_;
    std::vector<Query> queries_;
    std::vector<std::string> categories_;
};

}  // namespace maquette::recon
