#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "recon/encoders/image_encoder.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/picture_source.h"
#include "recon/eval/feature_probes.h"
#include "recon/eval/metrics.h"

namespace maquette::recon {

/// Shapes that pictures are drawn of.
enum class PictureGroup {
    training,  ///< of named categories, what probes and galleries are made of
    test,      ///< validation and held-out shapes of base categories
    novel,     ///< novel categories
};

struct EncoderBenchOptions {
    int views = 8;                ///< pictures of each shape
    int shapes_per_category = 0;  ///< 0: all; fewer for a quick look
    std::uint64_t seed = 1;
};

/// What the parts of `eval encoders` share: encoders, pictures, features.
class EncoderBench {
public:
    /// One task trained on one domain; several seeds of it.
    struct Row {
        std::string task;
        std::string domain;  ///< trained on; "none": random
        std::vector<const encoders::ImageEncoder*> encoders;
    };

    /// weights: of encoders. An untrained one is added three times. Throws InputError where files or shapes are not
    /// there.
    EncoderBench(const ShapeDataset& dataset, const std::vector<std::filesystem::path>& weights,
                 const EncoderBenchOptions& options, std::function<void(const std::string&, double)> progress,
                 std::stop_token stop);

    [[nodiscard]] const ShapeDataset& dataset() const { return *dataset_; }
    [[nodiscard]] const EncoderBenchOptions& options() const { return options_; }
    [[nodiscard]] const std::vector<int>& shapes(PictureGroup group) const { return shapes_.at(group); }
    /// By domain, then task; the untrained reference first.
    [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }
    /// Domains that anything was trained on and that have labels: all but photos.
    [[nodiscard]] std::vector<encoders::PictureDomain> domains() const;

    /// The same pictures for everybody: renders are cut out, as the program does with photos.
    [[nodiscard]] const encoders::PictureSource& source(encoders::PictureDomain domain, PictureGroup group) const;
    [[nodiscard]] torch::Tensor pictures(encoders::PictureDomain domain, PictureGroup group) const;
    [[nodiscard]] const FeatureRows& features(const encoders::ImageEncoder& encoder, encoders::PictureDomain domain,
                                              PictureGroup group) const;
    [[nodiscard]] ProbeLabels labels(encoders::PictureDomain domain, PictureGroup group) const;

    /// Figures of pictures, in their order, to one score a shape.
    [[nodiscard]] std::vector<ShapeScore> by_shape(const ProbeLabels& labels, const std::vector<double>& figures) const;

    /// Says what is going on; throws Interrupted when asked to stop.
    void announce(const std::string& stage, double share) const;

private:
    using Key = std::pair<encoders::PictureDomain, PictureGroup>;

    const ShapeDataset* dataset_;
    EncoderBenchOptions options_;
    std::function<void(const std::string&, double)> progress_;
    std::stop_token stop_;
    std::vector<std::unique_ptr<encoders::ImageEncoder>> encoders_;
    std::vector<Row> rows_;
    std::map<PictureGroup, std::vector<int>> shapes_;
    std::map<PictureGroup, std::vector<std::string>> categories_;
    mutable std::map<Key, std::unique_ptr<encoders::PictureSource>> sources_;
    mutable std::map<std::tuple<const encoders::ImageEncoder*, encoders::PictureDomain, PictureGroup>, FeatureRows>
        features_;
};

/// [N, D] float, contiguous, as rows.
FeatureRows rows_of(const torch::Tensor& features);
torch::Tensor tensor_of(const FeatureRows& rows);

}  // namespace maquette::recon
