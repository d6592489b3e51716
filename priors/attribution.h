#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "priors/shape_catalogue.h"

namespace maquette::priors {

Provenance provenance_of(const CatalogueEntry& entry);

/// Where the text of a licence can be read, by its SPDX identifier (case ignored); empty when it is not known.
std::string licence_link(const std::string& licence);

/// ATTRIBUTION.md: one table a source, sorted, repeated shapes once: name, creator, licence with link, and that the
/// shape was modified (voxelised, normalised), as CC-BY asks.
std::string attribution_text(const std::vector<Provenance>& shapes);

/// Atomic. Throws InputError when it cannot be written.
void write_attribution(const std::filesystem::path& path, const std::vector<Provenance>& shapes);

}  // namespace maquette::priors
