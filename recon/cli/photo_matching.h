#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "recon/cli/posed_photo.h"

namespace maquette::recon::cli {

/// Which of the posed photos each photo is, by file name; where none has it, by the name without the extension. Of
/// several with the name (train/r_0 and test/r_0), the one that shares more folders with the photo's path. Throws
/// InputError when a photo is not among them, when several fit a photo equally, or when two photos are the same one.
/// what: the file, for messages.
std::vector<std::size_t> matching_entries(const std::vector<std::string>& photos, const std::vector<PosedPhoto>& posed,
                                          const std::string& what);

}  // namespace maquette::recon::cli
