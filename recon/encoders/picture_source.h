#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/encoders/picture_domain.h"
#include "render/image.h"

namespace maquette::recon::encoders {

/// Any number of pictures of a fixed number of things (an instance is one view of one shape, or one photo). Safe to
/// share between threads.
class PictureSource {
public:
    virtual ~PictureSource() = default;

    [[nodiscard]] virtual int instances() const = 0;
    /// [64, 64, 4] of draw_picture and its kin: the same for the same instance and seed.
    [[nodiscard]] virtual render::FloatImage picture(int instance, std::uint64_t seed) const = 0;
    /// Which of `labels` the instance is; -1: of none.
    [[nodiscard]] virtual int label(int instance) const = 0;
    /// Which thing an instance shows: views of one shape share it.
    [[nodiscard]] virtual int shape(int instance) const = 0;
    [[nodiscard]] virtual const std::vector<std::string>& labels() const = 0;
    [[nodiscard]] virtual std::string digest() const = 0;
};

struct DatasetPictureSettings {
    PictureDomain domain = PictureDomain::renders;
    double cut_out_fraction = 1;  ///< of renders: over black beside a mask; the others have a background
    int views = 24;               ///< of each shape, at the most
};

/// Pictures of dataset shapes, labelled by category; `unlabelled` is no label. The dataset must outlive the source.
/// labels: the categories to know, in their order; empty: those of the shapes. Throws UsageError on domain photos or
/// settings out of range, InputError without shapes.
std::unique_ptr<PictureSource> dataset_pictures(const ShapeDataset& dataset, const std::vector<int>& shapes,
                                                const DatasetPictureSettings& settings,
                                                const std::vector<std::string>& labels = {},
                                                const std::string& unlabelled = "other");

/// Every picture file below the folder that can be read, in the order of the paths; pictures are kept at 160 pixels a
/// shorter side. Throws InputError when there are fewer than two.
std::unique_ptr<PictureSource> folder_pictures(const std::filesystem::path& folder);

}  // namespace maquette::recon::encoders
