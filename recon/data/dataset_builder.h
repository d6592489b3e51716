#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "recon/data/shape_dataset.h"
#include "recon/data/shape_record.h"

namespace maquette::recon {

/// Where a build takes its shapes from; the catalogue, or anything that offers the same.
struct ShapeSource {
    std::span<const priors::CatalogueEntry> entries;
    std::string table_digest;
    std::function<render::TriangleMesh(const priors::CatalogueEntry&)> load_mesh;  ///< called from several threads
    std::function<render::Image(const priors::CatalogueEntry&)> load_icon;         ///< called for entries with an icon
};

/// build_dataset on any source.
void build_dataset(const ShapeSource& source, const std::filesystem::path& file, const DatasetOptions& options,
                   const std::function<void(const BuildProgress&)>& progress, std::stop_token stop);

/// Fields and views of one mesh in the object frame. Deterministic: a function of mesh, shape.id and options.
ShapeContents make_contents(const DatasetShape& shape, render::TriangleMesh mesh, render::Image icon,
                            const DatasetOptions& options);

}  // namespace maquette::recon
