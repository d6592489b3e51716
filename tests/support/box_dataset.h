#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "recon/data/dataset_builder.h"

namespace maquette::recon::testing {

struct BoxGroup {
    std::string category;  ///< "flat..." lies, everything else stands
    priors::Split split = priors::Split::train;
    int count = 1;
};

/// A folder of its own with a dataset of boxes, box i of a group 0.3 + 0.1 i wide; removed in the end.
class BoxDataset {
public:
    /// icons: every shape gets a picture as catalogues have them, a dark square on white.
    BoxDataset(const std::string& name, const std::vector<BoxGroup>& groups, int views, bool icons = false)
        : folder_(std::filesystem::temp_directory_path() / ("maquette_" + name + "_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
        std::vector<priors::CatalogueEntry> entries;
        for (const auto& group : groups) {
            for (int i = 0; i < group.count; ++i) {
                priors::CatalogueEntry entry;
                entry.id = group.category + "-" + priors::to_string(group.split) + "-" + std::to_string(i);
                entry.category = group.category;
                entry.split = group.split;
                if (icons) entry.icon = "icon.png";
                entries.push_back(entry);
            }
        }
        const ShapeSource source{entries, "made up",
                                 [](const priors::CatalogueEntry& entry) {
                                     const float width = 0.3F + 0.1F * static_cast<float>(entry.id.back() - '0');
                                     return render::make_box(entry.category.starts_with("flat")
                                                                 ? Eigen::Vector3f(1, width, 0.8F)
                                                                 : Eigen::Vector3f(width, 1, 0.7F * width));
                                 },
                                 [](const priors::CatalogueEntry&) {
                                     render::Image icon(48, 48, 4, 255);
                                     for (int y = 12; y < 36; ++y) {
                                         for (int x = 14; x < 30; ++x) icon.at(x, y, 1) = 40;
                                     }
                                     return icon;
                                 }};
        DatasetOptions options;
        options.views = views;
        build_dataset(source, file(), options, nullptr, {});
    }
    ~BoxDataset() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    BoxDataset(const BoxDataset&) = delete;
    BoxDataset& operator=(const BoxDataset&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "boxes.mqd"; }

private:
    std::filesystem::path folder_;
};

}  // namespace maquette::recon::testing
