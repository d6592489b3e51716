#include "recon/cli/json_motion.h"

#include <fmt/format.h>

#include <Eigen/LU>
#include <cmath>
#include <nlohmann/json.hpp>

#include "render/error.h"

namespace maquette::recon::cli {

bool read_motion_rows(const nlohmann::json& rows, Eigen::Matrix4d& matrix) {
    constexpr std::size_t side = 4;
    if (!rows.is_array() || rows.size() > side) return false;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (!rows[row].is_array() || rows[row].size() != side) return false;
        for (std::size_t column = 0; column < side; ++column) {
            const nlohmann::json& cell = rows[row][column];
            if (!cell.is_number() || !std::isfinite(cell.get<double>())) return false;
            matrix(static_cast<int>(row), static_cast<int>(column)) = cell.get<double>();
        }
    }
    return true;
}

void check_rotation(const Eigen::Matrix3d& matrix, double tolerance, const std::string& what, const char* key) {
    if ((matrix * matrix.transpose()).isIdentity(tolerance) && matrix.determinant() >= 0) return;
    throw InputError(fmt::format(
        "{}: \"{}\" is no rotation and translation (its left 3x3 part is not a rotation matrix)", what, key));
}

}  // namespace maquette::recon::cli
