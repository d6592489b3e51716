#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/eval/metrics.h"
#include "recon/segment/photo_composite.h"
#include "render/cutout.h"

namespace maquette::recon {

/// What the parts of `eval photos` share: composites and every way's masks of them.
class PhotoBench {
public:
    struct Photo {
        int shape = 0;     ///< dataset index
        int category = 0;  ///< index into categories()
        segment::Composite composite;
        render::PixelBox box;  ///< around the object, a few percent wider
    };
    /// A way to cut out.
    struct Way {
        std::string name;
        bool box = false;
        std::vector<render::FloatImage> masks;  ///< of all photos; empty ones where nothing was found
        double seconds = 0;                     ///< a photo
    };

    /// `count` photos, as many of each category as of any other, before `backgrounds`. model: none leaves its ways out.
    /// Throws InputError where the split has no shapes.
    PhotoBench(const ShapeDataset& dataset, priors::Split split, std::span<const render::Image> backgrounds, int count,
               std::uint64_t seed, const render::ForegroundModel& model,
               std::function<void(const std::string&, double)> progress, std::stop_token stop);

    [[nodiscard]] const ShapeDataset& dataset() const { return *dataset_; }
    [[nodiscard]] const std::vector<Photo>& photos() const { return photos_; }
    [[nodiscard]] const std::vector<std::string>& categories() const { return categories_; }
    /// Saliency and GrabCut without a hint and with the box, then the network so.
    [[nodiscard]] const std::vector<Way>& ways() const { return ways_; }
    [[nodiscard]] std::uint64_t seed() const { return seed_; }

    /// Figures of photos, in their order.
    [[nodiscard]] std::vector<ShapeScore> scores(const std::vector<double>& figures) const;

    /// Says what is going on; throws Interrupted when asked to stop.
    void announce(const std::string& stage, double share) const;

private:
    void draw_photos(priors::Split split, std::span<const render::Image> backgrounds, int count);
    void cut_out(const std::string& name, bool box, const render::ForegroundModel& model);

    const ShapeDataset* dataset_;
    std::uint64_t seed_;
    std::function<void(const std::string&, double)> progress_;
    std::stop_token stop_;
    std::vector<std::string> categories_;
    std::vector<Photo> photos_;
    std::vector<Way> ways_;
};

}  // namespace maquette::recon
