#pragma once

#include <string>
#include <vector>

#include "recon/data/shape_dataset.h"
#include "render/camera.h"
#include "render/renderer.h"
#include "render/triangle_mesh.h"

namespace maquette::recon {

/// From where, and in which light, a dataset picture is taken.
struct SampledView {
    render::Camera camera;  ///< the pose's camera with the principal point moved
    render::OrbitPose pose;
    render::Lighting lighting;
};

/// `options.views` viewpoints, a function of the mesh, the shape's id and the options alone. Azimuths are stratified
/// over the full turn and come in random order; directions are uniform by area between 10 degrees below and 60 above
/// the horizon; fields of view log-uniform in 20..70 degrees; every second view is rolled by up to 15 degrees either
/// way. The shape's longer side in the picture is 65..95 % of it, off the centre by up to 4 % and never cut.
/// mesh: object frame, with at least one triangle.
std::vector<SampledView> sample_views(const render::TriangleMesh& mesh, const std::string& shape_id,
                                      const DatasetOptions& options);

}  // namespace maquette::recon
