#include "recon/cli/camera_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

constexpr double rigid_tolerance = 1e-3;

class Entry {
public:
    Entry(const json& values, std::string what) : values_(&values), what_(std::move(what)) {}

    [[nodiscard]] double number(const char* key, std::optional<double> fallback, double low, double high) const {
        const auto found = values_->find(key);
        if (found == values_->end()) {
            if (fallback) return *fallback;
            throw InputError(fmt::format("{}: \"{}\" is missing", what_, key));
        }
        if (!found->is_number()) throw InputError(fmt::format("{}: \"{}\" is not a number", what_, key));
        const auto value = found->get<double>();
        if (!(value >= low && value <= high)) {
            throw InputError(fmt::format("{}: \"{}\" is {:g}; allowed are {:g} to {:g}", what_, key, value, low, high));
        }
        return value;
    }

    void only(const std::set<std::string>& known) const {
        for (const auto& [key, value] : values_->items()) {
            if (!known.contains(key)) throw InputError(fmt::format("{}: \"{}\" is unknown here", what_, key));
        }
    }

    [[nodiscard]] Eigen::Isometry3d rigid(const char* key) const {
        const auto found = values_->find(key);
        Eigen::Isometry3d motion = Eigen::Isometry3d::Identity();
        const std::string wanted = fmt::format("{}: \"{}\" must be 3 rows of 4 numbers", what_, key);
        if (found == values_->end() || !found->is_array() || found->size() != 3) throw InputError(wanted);
        for (std::size_t row = 0; row < 3; ++row) {
            if (!(*found)[row].is_array() || (*found)[row].size() != 4) throw InputError(wanted);
            for (std::size_t column = 0; column < 4; ++column) {
                const json& cell = (*found)[row][column];
                if (!cell.is_number() || !std::isfinite(cell.get<double>())) throw InputError(wanted);
                motion.matrix()(static_cast<int>(row), static_cast<int>(column)) = cell.get<double>();
            }
        }
        const Eigen::Matrix3d rotation = motion.linear();
        if (!(rotation * rotation.transpose()).isIdentity(rigid_tolerance) || rotation.determinant() < 0) {
            throw InputError(
                fmt::format("{}: \"{}\" is no rotation and translation (its left 3x3 part is not a "
                            "rotation matrix)",
                            what_, key));
        }
        return motion;
    }

private:
    const json* values_;
    std::string what_;
};

GivenCamera camera_from(const json& values, const std::string& what) {
    if (values.is_null()) return {};
    if (!values.is_object()) throw InputError(fmt::format("{}: neither an object nor null", what));
    const Entry entry(values, what);
    GivenCamera given;
    if (values.contains("cam_from_object")) {
        entry.only({"fx", "fy", "cx", "cy", "cam_from_object"});
        render::Camera camera;
        camera.fx = entry.number("fx", {}, 1e-3, 1e7);
        camera.fy = entry.number("fy", {}, 1e-3, 1e7);
        camera.cx = entry.number("cx", {}, -1e7, 1e7);
        camera.cy = entry.number("cy", {}, -1e7, 1e7);
        camera.cam_from_object = entry.rigid("cam_from_object");
        if (!(camera.cam_from_object.translation().z() > 0)) {
            throw InputError(fmt::format("{}: the object's origin is not in front of the camera (z = {:g})", what,
                                         camera.cam_from_object.translation().z()));
        }
        given.calibrated = camera;
        return given;
    }
    entry.only({"azimuth", "elevation", "roll", "distance"});
    given.direction = CropCamera{.azimuth = std::remainder(entry.number("azimuth", {}, -720, 720), 360.0),
                                 .elevation = entry.number("elevation", {}, -89, 89),
                                 .roll = entry.number("roll", 0, -180, 180),
                                 .distance = entry.number("distance", usual_distance, 1, 1000)};
    return given;
}

}  // namespace

std::vector<GivenCamera> read_camera_file(const std::filesystem::path& path, std::size_t photos) {
    const json file = json::parse(render::read_file(path), nullptr, false);
    if (!file.is_object() || !file.contains("cameras") || !file["cameras"].is_array()) {
        throw InputError(fmt::format("{}: not a camera file; it holds {{\"cameras\": [...]}}, an entry for each photo",
                                     path.string()));
    }
    const json& entries = file["cameras"];
    if (entries.size() != photos) {
        throw InputError(fmt::format("{}: {} cameras for {} photos; give one for each, null where it is unknown",
                                     path.string(), entries.size(), photos));
    }
    std::vector<GivenCamera> given;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        given.push_back(camera_from(entries[i], fmt::format("{}: camera {}", path.string(), i)));
    }
    return given;
}

}  // namespace maquette::recon::cli
