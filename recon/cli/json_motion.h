#pragma once

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace maquette::recon::cli {

/// Rows of 4 finite numbers into the first rows of a matrix; at the most 4 rows. false: it is something else.
bool read_motion_rows(const nlohmann::json& rows, Eigen::Matrix4d& matrix);

/// what, key: the file and place of it, for the message. Throws InputError unless it is a rotation within `tolerance`.
void check_rotation(const Eigen::Matrix3d& matrix, double tolerance, const std::string& what, const char* key);

}  // namespace maquette::recon::cli
