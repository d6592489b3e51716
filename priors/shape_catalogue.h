#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "render/image.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

/// Which side of the evaluation protocol a shape is on (DESIGN section 9).
enum class Split {
    train,       ///< every training stage
    validation,  ///< base categories, shapes of held-out authors and near-duplicate clusters; chooses thresholds
    held_out,    ///< base categories, held-out libraries (KatorLegaz, Default): test only
    novel,       ///< novel categories: test only
    cross,       ///< other packages, never trained on: test only
    excluded,    ///< flat, abstract, unreadable or a near-twin of a novel shape under another name
};

struct CatalogueEntry {
    std::string id;  ///< unique, stable, safe as a file name
    std::string category;
    std::string name;
    std::string library;  ///< e.g. "BlendSwap-CC-0"
    std::string creator;
    std::string licence;  ///< SPDX expression
    std::string package;  ///< Debian package, a folder under the package root
    std::string archive;  ///< zip inside the package; empty: model and icon are files of the package itself
    std::string model;    ///< path inside the archive
    std::string icon;     ///< path inside the archive; empty: none
    std::optional<Eigen::Matrix3f> model_rotation;  ///< object_from_model, applied before normalising
    int duplicate_cluster = -1;                     ///< shapes with IoU > 0.9 share one; -1: alone
    Split split = Split::excluded;
};

/// The frozen table of shapes (assets/shapes.csv) over the unpacked Debian packages. Loading is safe from several
/// threads.
class ShapeCatalogue {
public:
    /// `table`: the CSV. `package_root`: where `fetch_shape_packages` unpacked; may be missing as long as nothing is
    /// loaded. Throws InputError with the line on a malformed row, a repeated id or an unknown split.
    ShapeCatalogue(const std::filesystem::path& table, std::filesystem::path package_root);
    ~ShapeCatalogue();

    [[nodiscard]] const std::vector<CatalogueEntry>& entries() const { return entries_; }
    /// SHA-256 of the table's bytes: the data digest of every report.
    [[nodiscard]] const std::string& digest() const { return digest_; }

    /// Model rotation applied, in the object frame. Throws InputError naming the entry.
    [[nodiscard]] render::TriangleMesh load_mesh(const CatalogueEntry& entry) const;
    /// The catalogue's own picture of the shape, RGBA. Throws InputError when it has none.
    [[nodiscard]] render::Image load_icon(const CatalogueEntry& entry) const;

private:
    struct Archives;
    std::vector<CatalogueEntry> entries_;
    std::string digest_;
    std::unique_ptr<Archives> archives_;
};

struct ShapePackage {
    std::string name;  ///< Debian package
    std::string licence;
    bool optional = false;  ///< only with --all: the cross-domain sources
};
const std::vector<ShapePackage>& shape_packages();

/// Downloads the packages with apt (as the ordinary client, no root needed), unpacks them without installing under
/// `package_root`/<name>. Skips what is there (a stamp file is written last); resumable after any interruption.
/// A package file already in `package_root`/archives is used instead of a download.
/// Throws Error with apt's own message when a download fails.
void fetch_shape_packages(const std::filesystem::path& package_root, bool with_optional);

std::string to_string(Split split);
Split split_from_string(const std::string& text);

}  // namespace maquette::priors
