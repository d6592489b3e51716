#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "priors/source_axes.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

/// A mesh file brought into the object frame, and which of its axes were taken for up and front.
struct SourceShape {
    render::TriangleMesh mesh;
    AxisGuess axes;
};

/// Any format of read_mesh. Axes that are not given are guessed. Throws InputError when the file is missing, a folder
/// or not a mesh; UsageError when up and front lie along one line.
SourceShape read_source_shape(const std::filesystem::path& file, std::optional<Axis> up = {},
                              std::optional<Axis> front = {});

struct BuildOptions {
    std::optional<Axis> up;     ///< of every file; empty: guessed for each
    std::optional<Axis> front;  ///< of every file; empty: guessed for each
    std::string creator;
    std::string licence = "user";
};

struct BuiltPrior {
    CategoryPrior prior;
    std::vector<AxisGuess> axes;  ///< [K], in the order of the files
};

/// One exemplar a file, equal weights. Throws UsageError on no files or more than max_exemplars, and what
/// read_source_shape throws.
BuiltPrior build_prior(const std::string& name, const std::vector<std::filesystem::path>& files,
                       const BuildOptions& options = {});

}  // namespace maquette::priors
