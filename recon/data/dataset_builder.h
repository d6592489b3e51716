#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include "recon/data/shape_dataset.h"
#include "recon/data/shape_record.h"

namespace maquette::recon {

/// Fields and views of one mesh in the object frame. Deterministic: a function of mesh, shape.id and options.
ShapeContents make_contents(const DatasetShape& shape, render::TriangleMesh mesh, render::Image icon,
                            const DatasetOptions& options);

/// Where a build takes its shapes from; the catalogue, or anything that offers the same. The functions are called from
/// several threads.
struct ShapeSource {
    std::span<const priors::CatalogueEntry> entries;
    std::string table_digest;
    std::function<render::TriangleMesh(const priors::CatalogueEntry&)> load_mesh;
    std::function<render::Image(const priors::CatalogueEntry&)> load_icon;  ///< only for entries that name one
    std::function<ShapeContents(const DatasetShape&, render::TriangleMesh, render::Image, const DatasetOptions&)> make =
        make_contents;
};

/// build_dataset on any source.
void build_dataset(const ShapeSource& source, const std::filesystem::path& file, const DatasetOptions& options,
                   const std::function<void(const BuildProgress&)>& progress, std::stop_token stop);

}  // namespace maquette::recon
