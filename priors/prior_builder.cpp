#include "priors/prior_builder.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "render/error.h"
#include "render/io/mesh_io.h"

namespace maquette::priors {

SourceShape read_source_shape(const std::filesystem::path& file, std::optional<Axis> up, std::optional<Axis> front) {
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status)) {
        throw InputError(fmt::format("mesh '{}' does not exist; check the path", file.string()));
    }
    if (std::filesystem::is_directory(status)) {
        throw InputError(fmt::format("'{}' is a folder; name the mesh files in it", file.string()));
    }
    SourceShape shape;
    shape.mesh = render::read_mesh(file);
    shape.axes = guess_axes(shape.mesh, axis_convention(file), up, front);
    shape.mesh.transform(Eigen::Affine3f(object_from_source(shape.axes.axes)));
    render::normalise_to_object_frame(shape.mesh);
    return shape;
}

BuiltPrior build_prior(const std::string& name, const std::vector<std::filesystem::path>& files,
                       const BuildOptions& options) {
    if (files.empty() || files.size() > static_cast<std::size_t>(max_exemplars)) {
        throw UsageError(fmt::format("{} mesh files for prior '{}'; give 1 to {}", files.size(), name, max_exemplars));
    }
    if (options.up && options.front) {
        object_from_source({*options.up, *options.front});
    }
    BuiltPrior built;
    std::vector<Exemplar> exemplars;
    for (const std::filesystem::path& file : files) {
        SourceShape shape = read_source_shape(file, options.up, options.front);
        exemplars.push_back(make_exemplar(
            shape.mesh, {file.stem().string(), options.creator, file.filename().string(), options.licence}));
        built.axes.push_back(std::move(shape.axes));
    }
    built.prior = make_prior(name, std::move(exemplars));
    return built;
}

}  // namespace maquette::priors
