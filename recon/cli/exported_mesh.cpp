#include "recon/cli/exported_mesh.h"

#include <numbers>

#include "recon/cli/output_files.h"

namespace maquette::recon::cli {

double file_units(const ReconstructOptions& options, const render::TriangleMesh& mesh) {
    if (!(options.size_cm > 0)) return 1;
    const double longest = mesh.bounding_box().sizes().maxCoeff();
    const double centimetres = has_extension(options.output, ".stl") ? 10 : 0.01;
    return options.size_cm * centimetres / longest;
}

render::TriangleMesh exported_mesh(const ReconstructOptions& options, const render::TriangleMesh& mesh) {
    Eigen::Affine3f file_from_object = Eigen::Affine3f::Identity();
    if (options.up == "z" && !has_extension(options.output, ".glb")) {
        file_from_object.rotate(Eigen::AngleAxisf(std::numbers::pi_v<float> / 2, Eigen::Vector3f::UnitX()));
    }
    file_from_object.prescale(static_cast<float>(file_units(options, mesh)));
    render::TriangleMesh exported = mesh;
    exported.transform(file_from_object);
    return exported;
}

}  // namespace maquette::recon::cli
