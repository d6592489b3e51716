#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "recon/cli/command_options.h"
#include "recon/gallery/gallery_page.h"

namespace maquette::recon::cli {

struct BatchPicture {
    gallery::GalleryObject shown;
    std::filesystem::path picture;  ///< of the result
};

/// What came of a batch.
struct BatchOverview {
    std::string title;
    std::size_t objects = 0;  ///< in the folder
    std::size_t kept = 0;     ///< of those done: done before
    std::vector<BatchPicture> done;
    std::vector<gallery::GalleryFailure> failures;
    bool interrupted = false;
};

/// The page that galleries are made of, among the assets. Throws InputError where it is missing.
std::filesystem::path gallery_shell();

/// Writes contact_sheet.png (photo and result of each side by side; contact_sheet_2.png and so on beyond 100 objects),
/// index.html and batch.json to the results' folder.
void write_overview(const BatchOverview& overview, const std::filesystem::path& results,
                    const std::filesystem::path& shell, const ReconstructOptions& options);

}  // namespace maquette::recon::cli
