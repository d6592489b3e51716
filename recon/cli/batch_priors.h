#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "priors/prior_library.h"
#include "recon/cli/batch_items.h"

namespace maquette::recon::cli {

/// Priors by object, each as --prior takes them.
using BatchPriors = std::map<std::string, std::vector<std::string>>;

/// priors.json of a batch's folder: {"chair_1": "chair", "car.png": ["car:0.7", "mine.obj:0.3"], "*": "none"}. A key is
/// an object's name, its picture's file name, or "*" for all others; files are sought from the folder. An object
/// without an entry has `otherwise`. Objects with no prior at all are left out. Every prior is looked up here: throws
/// InputError that names the entry where the file is no such object, a key is no object (naming the nearest), or a
/// prior is not known, and what PriorLibrary::resolve throws of `otherwise`.
BatchPriors read_batch_priors(const std::filesystem::path& folder, const std::vector<BatchItem>& items,
                              const std::vector<std::string>& otherwise, const priors::PriorLibrary& library);

}  // namespace maquette::recon::cli
