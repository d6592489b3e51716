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
#include "recon/segment/cutout_photos.h"
#include "recon/segment/photo_composite.h"
#include "render/cutout.h"

namespace maquette::recon {

/// What is put before backgrounds, one for each composite.
struct PhotoObjects {
    struct Object {
        int category = 0;  ///< index into `categories`
        int shape = -1;    ///< dataset index; -1: a photograph
        DatasetView view;
    };
    std::vector<std::string> categories;
    std::vector<Object> objects;
};

/// Renders of shapes of a split, as many of each category as of any other. Throws InputError where it has no shapes.
PhotoObjects dataset_objects(const ShapeDataset& dataset, priors::Split split, int count, std::uint64_t seed);

/// Photographs in turn; the categories are their groups.
PhotoObjects photographed_objects(const segment::CutoutPhotos& photos, int count);

/// What the parts of `eval photos` share: composites and every way's masks of them.
class PhotoBench {
public:
    struct Photo {
        int shape = -1;    ///< dataset index; -1: a photograph
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

    /// model: none leaves its ways out.
    PhotoBench(const PhotoObjects& objects, std::span<const render::Image> backgrounds, std::uint64_t seed,
               const render::ForegroundModel& model, std::function<void(const std::string&, double)> progress,
               std::stop_token stop);

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
    void draw_photos(const std::vector<PhotoObjects::Object>& objects, std::span<const render::Image> backgrounds);
    void cut_out(const std::string& name, bool box, const render::ForegroundModel& model);

    std::uint64_t seed_;
    std::function<void(const std::string&, double)> progress_;
    std::stop_token stop_;
    std::vector<std::string> categories_;
    std::vector<Photo> photos_;
    std::vector<Way> ways_;
};

}  // namespace maquette::recon
