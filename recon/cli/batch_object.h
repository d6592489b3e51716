#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>

#include "recon/cli/batch_fingerprint.h"
#include "recon/cli/batch_items.h"
#include "recon/cli/batch_priors.h"
#include "recon/cli/command_options.h"
#include "recon/cli/loaded_networks.h"
#include "recon/cli/reconstruct_priors.h"
#include "recon/gallery/gallery_page.h"

namespace maquette::recon::cli {

/// What all objects of a batch share. The references outlive it.
struct BatchSettings {
    const ReconstructOptions& options;  ///< as given; outputs are names without folders
    std::filesystem::path results;
    BatchPriors priors;
    std::size_t objects = 1;     ///< how many share the gallery
    bool progress_bars = false;  ///< on stderr
    LoadedNetworks& networks;
    KnownPriors& known_priors;
    BatchFingerprints& fingerprints;
};

/// One object of a batch and its folder among the results: items/NAME with mesh, preview, what the gallery shows, and
/// run.json, which is written last: without it the object is not done.
class BatchObject {
public:
    BatchObject(const BatchSettings& settings, const BatchItem& item);

    /// True where run.json tells of the same inputs and options and its files are there. Throws InputError when an
    /// input cannot be read.
    bool is_done();

    /// Reconstructs it. Throws Interrupted when stopped before the end, with nothing kept, and what run_object throws.
    void reconstruct(const std::stop_token& stop);

    /// Of a done one.
    [[nodiscard]] gallery::GalleryObject for_gallery() const;
    [[nodiscard]] std::filesystem::path picture() const;
    [[nodiscard]] const std::filesystem::path& mesh() const { return options_.output; }

private:
    nlohmann::json expected();
    void write_gallery_files(const ReconstructOptions& options, const render::TriangleMesh& mesh) const;

    const BatchSettings* settings_;
    std::string name_;
    std::filesystem::path folder_;
    ReconstructOptions options_;  ///< of this object
    nlohmann::json report_;       ///< run.json of a done one
};

/// Throws UsageError where the options make no sense for many objects.
void check_batch_options(const ReconstructOptions& options);

}  // namespace maquette::recon::cli
