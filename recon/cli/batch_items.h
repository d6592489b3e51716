#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace maquette::recon::cli {

/// One object of a batch.
struct BatchItem {
    std::string name;                 ///< of its folder among the results; unique
    std::vector<std::string> photos;  ///< files, sorted by name; at least one
    std::filesystem::path cameras;    ///< among the photos of a sub-folder: cameras.json, transforms.json, or a COLMAP
                                      ///< model's cameras.txt with images.txt, the first there is; empty: none
};

/// Objects in a folder, sorted by name: each picture is one, and so is each sub-folder with pictures in it. An object
/// is called as its picture without the extension, or with it where two objects would have the same name (a.png and
/// a.jpg). Hidden files, `results` and what is no picture by its extension are left out. Throws InputError when the
/// folder is missing or shows no object.
std::vector<BatchItem> find_batch_items(const std::filesystem::path& folder, const std::filesystem::path& results);

}  // namespace maquette::recon::cli
