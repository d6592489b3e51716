#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <optional>
#include <string>

#include "render/triangle_mesh.h"

namespace maquette::priors {

/// A signed axis of a mesh file's own frame.
enum class Axis { plus_x, minus_x, plus_y, minus_y, plus_z, minus_z };

/// "x", "+x" or "-x" and so on, either case. Throws UsageError that names `option`, e.g. "--up".
Axis axis_from_string(const std::string& text, const std::string& option);
std::string to_string(Axis axis);
Eigen::Vector3f direction_of(Axis axis);

/// Which of the file's axes point up and to the front.
struct SourceAxes {
    Axis up = Axis::plus_y;
    Axis front = Axis::plus_z;
};

/// Rotation that brings up to +Y and front to +Z. Throws UsageError when both lie along one line.
Eigen::Matrix3f object_from_source(const SourceAxes& axes);

/// What files of this kind usually mean; `stated` when the format's definition says so and nobody need guess.
struct AxisConvention {
    SourceAxes axes;
    bool stated = false;
};
AxisConvention axis_convention(const std::filesystem::path& file);

struct AxisGuess {
    SourceAxes axes;
    float confidence = 0;  ///< 0..1; 1 when both were given
    std::string reason;    ///< one clause for people
};

/// The convention, unless the shape speaks clearly against it. Up is where the shape stands on a broad support or on
/// legs, has a level top, and is least mirror-symmetric; front lies in the left-right symmetry plane, away from where
/// the mass is high. What is given is kept. After the cues of Fu et al., "Upright orientation of man-made objects",
/// SIGGRAPH 2008. Throws UsageError when given up and front lie along one line, InputError on an empty or extentless
/// mesh.
AxisGuess guess_axes(const render::TriangleMesh& mesh, const AxisConvention& convention,
                     std::optional<Axis> given_up = {}, std::optional<Axis> given_front = {});

}  // namespace maquette::priors
