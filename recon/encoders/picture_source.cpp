#include "recon/encoders/picture_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "recon/encoders/photo_folder.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr int kept_side = 160;  // pixels of a photo's shorter side
constexpr int top_down_resolution = 64;

class DatasetPictures : public PictureSource {
public:
    DatasetPictures(const ShapeDataset& dataset, const std::vector<int>& shapes, const DatasetPictureSettings& settings,
                    std::vector<std::string> labels, const std::string& unlabelled)
        : dataset_(&dataset), settings_(settings), labels_(std::move(labels)) {
        if (settings.domain == PictureDomain::photos) {
            throw UsageError("domain photos needs a folder of pictures, not a dataset");
        }
        if (settings.views < 1 || settings.cut_out_fraction < 0 || settings.cut_out_fraction > 1) {
            throw UsageError(fmt::format("views {} must be above 0, the share of cut-out pictures {} within 0 and 1",
                                         settings.views, settings.cut_out_fraction));
        }
        if (shapes.empty()) {
            throw InputError("the dataset holds no shape to draw pictures of; run `maquette data build`");
        }
        if (labels_.empty()) {
            std::set<std::string> names;
            for (const int shape : shapes) names.insert(info(shape).category);
            names.erase(unlabelled);
            labels_.assign(names.begin(), names.end());
        }
        for (const int shape : shapes) {
            const auto found = std::find(labels_.begin(), labels_.end(), info(shape).category);
            const int label = found == labels_.end() ? -1 : static_cast<int>(found - labels_.begin());
            // From above there is but one view.
            const int views = settings.domain == PictureDomain::top_down ? 1 : settings.views;
            for (int v = 0; v < std::min(views, info(shape).view_count); ++v) {
                instances_.push_back({shape, v, label});
            }
        }
    }

    [[nodiscard]] int instances() const override { return static_cast<int>(instances_.size()); }
    [[nodiscard]] int label(int instance) const override { return at(instance).label; }
    [[nodiscard]] int shape(int instance) const override { return at(instance).shape; }
    [[nodiscard]] const std::vector<std::string>& labels() const override { return labels_; }
    [[nodiscard]] std::string digest() const override { return dataset_->digest(); }

    [[nodiscard]] render::FloatImage picture(int instance, std::uint64_t seed) const override {
        const Instance& i = at(instance);
        switch (settings_.domain) {
            case PictureDomain::top_down:
                return draw_top_down(dataset_->occupancy(i.shape, top_down_resolution), seed);
            case PictureDomain::silhouettes:
            case PictureDomain::textures:
                return draw_picture(dataset_->view_colour(i.shape, i.view), settings_.domain, false, seed);
            default: {
                const double share = static_cast<double>(mixed_seed(seed, 0) >> 11U) * 0x1.0p-53;
                return draw_picture(dataset_->view(i.shape, i.view), settings_.domain,
                                    share < settings_.cut_out_fraction, seed);
            }
        }
    }

private:
    struct Instance {
        int shape = 0;
        int view = 0;
        int label = -1;
    };

    [[nodiscard]] const Instance& at(int instance) const { return instances_.at(static_cast<std::size_t>(instance)); }
    [[nodiscard]] const DatasetShape& info(int shape) const {
        return dataset_->shapes().at(static_cast<std::size_t>(shape));
    }

    const ShapeDataset* dataset_;
    DatasetPictureSettings settings_;
    std::vector<std::string> labels_;
    std::vector<Instance> instances_;
};

class FolderPictures : public PictureSource {
public:
    explicit FolderPictures(PhotoFolder folder)
        : photos_(std::move(folder.photos)), digest_(std::move(folder.digest)) {}

    [[nodiscard]] int instances() const override { return static_cast<int>(photos_.size()); }
    [[nodiscard]] render::FloatImage picture(int instance, std::uint64_t seed) const override {
        return draw_photo(photos_.at(static_cast<std::size_t>(instance)), seed);
    }
    [[nodiscard]] int label(int /*instance*/) const override { return -1; }
    [[nodiscard]] int shape(int instance) const override { return instance; }
    [[nodiscard]] const std::vector<std::string>& labels() const override { return labels_; }
    [[nodiscard]] std::string digest() const override { return digest_; }

private:
    std::vector<render::Image> photos_;
    std::vector<std::string> labels_;
    std::string digest_;
};

}  // namespace

std::unique_ptr<PictureSource> dataset_pictures(const ShapeDataset& dataset, const std::vector<int>& shapes,
                                                const DatasetPictureSettings& settings,
                                                const std::vector<std::string>& labels, const std::string& unlabelled) {
    return std::make_unique<DatasetPictures>(dataset, shapes, settings, labels, unlabelled);
}

std::unique_ptr<PictureSource> folder_pictures(const std::filesystem::path& folder) {
    return std::make_unique<FolderPictures>(read_photo_folder(folder, kept_side));
}

}  // namespace maquette::recon::encoders
