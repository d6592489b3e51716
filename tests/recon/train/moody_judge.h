#pragma once

#include <cmath>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "recon/refine/refinement_network.h"

namespace maquette::recon::testing {

/// A network whose shape hangs on every pixel of the views: a cube of a size that jumps about with the masks' mean.
/// Untrained networks hardly look at what a generator draws, so that no view would ever be preferred to another.
class MoodyJudge : public RefinementNetwork {
public:
    [[nodiscard]] std::string architecture() const override { return "moody"; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 1; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }

    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        auto moods = std::make_unique<Moods>();
        for (const View& view : views) {
            double sum = 0;
            for (const float pixel : view.mask.pixels) sum += pixel;
            moods->values.push_back(view.weight * sum / static_cast<double>(view.mask.pixels.size()));
        }
        return moods;
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& views, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int /*iteration*/) const override {
        double mood = 0;
        for (const double value : dynamic_cast<const Moods&>(views).values) mood += value;
        const auto half = static_cast<float>(0.1 + 0.4 * (1000 * mood - std::floor(1000 * mood)));
        render::VoxelGrid shape(current.resolution);
        for (int z = 0; z < shape.resolution; ++z) {
            for (int y = 0; y < shape.resolution; ++y) {
                for (int x = 0; x < shape.resolution; ++x) {
                    shape.at(x, y, z) = shape.centre(x, y, z).cwiseAbs().maxCoeff() < half ? 1.0F : 0.0F;
                }
            }
        }
        return shape;
    }

private:
    struct Moods : EncodedViews {
        std::vector<double> values;
        [[nodiscard]] int count() const override { return static_cast<int>(values.size()); }
        [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
            auto picked = std::make_unique<Moods>();
            for (const int view : views) picked->values.push_back(values.at(static_cast<std::size_t>(view)));
            return picked;
        }
    };

    std::map<std::string, std::string> metadata_;
};

}  // namespace maquette::recon::testing
