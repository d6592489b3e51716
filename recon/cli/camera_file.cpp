#include "recon/cli/camera_file.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "recon/cli/camera_model.h"
#include "recon/cli/json_motion.h"
#include "recon/cli/photo_matching.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"

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

    [[nodiscard]] std::optional<Eigen::Vector3d> direction(const char* key) const {
        const auto found = values_->find(key);
        if (found == values_->end()) return std::nullopt;
        const std::string wanted = fmt::format("{}: \"{}\" must be 3 numbers, not all 0", what_, key);
        if (!found->is_array() || found->size() != 3) throw InputError(wanted);
        Eigen::Vector3d vector;
        for (std::size_t i = 0; i < 3; ++i) {
            if (!(*found)[i].is_number()) throw InputError(wanted);
            vector[static_cast<Eigen::Index>(i)] = (*found)[i].get<double>();
        }
        if (!(vector.norm() > 1e-9 && vector.norm() < 1e9)) throw InputError(wanted);
        return vector.normalized();
    }

    void only(const std::set<std::string>& known) const {
        for (const auto& [key, value] : values_->items()) {
            if (!known.contains(key)) throw InputError(fmt::format("{}: \"{}\" is unknown here", what_, key));
        }
    }

    [[nodiscard]] Eigen::Isometry3d rigid(const char* key) const {
        const auto found = values_->find(key);
        Eigen::Matrix4d matrix = Eigen::Matrix4d::Identity();
        if (found == values_->end() || found->size() != 3 || !read_motion_rows(*found, matrix)) {
            throw InputError(fmt::format("{}: \"{}\" must be 3 rows of 4 numbers", what_, key));
        }
        check_rotation(matrix.topLeftCorner<3, 3>(), rigid_tolerance, what_, key);
        return Eigen::Isometry3d(matrix);
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

std::vector<GivenCamera> cameras_in_order(const json& entries, const std::string& path, std::size_t photos) {
    if (entries.size() != photos) {
        throw InputError(fmt::format("{}: {} cameras for {} photos; give one for each, null where it is unknown", path,
                                     entries.size(), photos));
    }
    std::vector<GivenCamera> given;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        given.push_back(camera_from(entries[i], fmt::format("{}: camera {}", path, i)));
    }
    return given;
}

/// The photo's size decides the focal length where only the field of view is known.
GivenCamera calibrated(const PosedPhoto& posed, const std::string& photo) {
    GivenCamera given{.calibrated = posed.camera, .lens = posed.lens};
    if (posed.field_of_view_x > 0) {
        const render::Image image = render::read_image(photo);
        render::Camera& camera = *given.calibrated;
        camera.width = image.width;
        camera.height = image.height;
        camera.fx = camera.fy = image.width / 2.0 / std::tan(posed.field_of_view_x / 2);
        camera.cx = image.width / 2.0;
        camera.cy = image.height / 2.0;
    }
    return given;
}

GivenCameras cameras_by_name(const CameraModel& model, const std::vector<std::string>& photos) {
    const std::vector<PosedPhoto> posed = read_posed_photos(model);
    const std::vector<std::size_t> entries = matching_entries(photos, posed, model.path.string());
    GivenCameras given;
    for (std::size_t i = 0; i < photos.size(); ++i) given.photos.push_back(calibrated(posed[entries[i]], photos[i]));
    given.world.emplace();
    // Blender's scenes and what follows them have Z up; COLMAP's world is as its first photos happened to be held.
    if (model.kind == CameraModelKind::transforms) given.world->up = Eigen::Vector3d::UnitZ();
    return given;
}

void check_in_front(const std::vector<GivenCamera>& given, const std::vector<std::string>& photos,
                    const std::string& path) {
    for (std::size_t i = 0; i < given.size(); ++i) {
        const double depth = given[i].calibrated->cam_from_object.translation().z();
        if (depth > 0) continue;
        throw InputError(fmt::format(
            "{}: \"frame\" is \"object\", but the world's origin is not in front of the camera of {} (z = {:g})", path,
            photos[i], depth));
    }
}

std::filesystem::path path_of_model(const json& file, const std::filesystem::path& path) {
    if (!file["model"].is_string()) {
        throw InputError(fmt::format("{}: \"model\" is no text; it names a COLMAP model's folder or a transforms.json",
                                     path.string()));
    }
    return path.parent_path() / file["model"].get<std::string>();
}

/// Another program's model, and where the object is in its world.
GivenCameras cameras_of_model(const json& file, const std::filesystem::path& path,
                              const std::vector<std::string>& photos) {
    const Entry entry(file, path.string());
    entry.only({"model", "frame", "up", "front"});
    const std::filesystem::path named = path_of_model(file, path);
    const CameraModel model = camera_model_of(named);
    if (model.kind == CameraModelKind::none) {
        throw InputError(fmt::format("{}: \"model\" {} is neither a COLMAP model as text nor a transforms.json",
                                     path.string(), named.string()));
    }
    const json frame = file.value("frame", json("world"));
    if (frame != "world" && frame != "object") {
        throw InputError(
            fmt::format("{}: \"frame\" is {}; it is \"world\" or \"object\"", path.string(), frame.dump()));
    }
    const auto up = entry.direction("up");
    const auto front = entry.direction("front");
    if (frame == "object" && (up || front)) {
        throw InputError(fmt::format("{}: \"frame\" is \"object\", whose up is +Y and front +Z; leave \"{}\" out",
                                     path.string(), up ? "up" : "front"));
    }
    GivenCameras given = cameras_by_name(model, photos);
    if (frame == "object") {
        given.world.reset();
        check_in_front(given.photos, photos, path.string());
        return given;
    }
    if (up) given.world->up = up;
    given.world->front = front;
    const auto known_up = given.world->up;
    if (known_up && front && known_up->cross(*front).norm() < 0.1) {
        throw InputError(fmt::format("{}: \"front\" points up or down; it is where the object looks", path.string()));
    }
    return given;
}

}  // namespace

GivenCameras read_cameras(const std::filesystem::path& path, const std::vector<std::string>& photos) {
    const CameraModel model = camera_model_of(path);
    if (model.kind != CameraModelKind::none) return cameras_by_name(model, photos);
    const json file = json::parse(render::read_file(path), nullptr, false);
    if (file.is_object() && file.contains("model")) return cameras_of_model(file, path, photos);
    if (!file.is_object() || !file.contains("cameras") || !file["cameras"].is_array()) {
        throw InputError(
            fmt::format("{}: not a camera file; it holds {{\"cameras\": [...]}}, an entry for each photo, or "
                        "is a COLMAP model as text or a transforms.json",
                        path.string()));
    }
    return {.photos = cameras_in_order(file["cameras"], path.string(), photos.size())};
}

std::vector<GivenCamera> read_camera_file(const std::filesystem::path& path, const std::vector<std::string>& photos) {
    GivenCameras given = read_cameras(path, photos);
    if (given.world) {
        throw InputError(
            fmt::format("{0}: its world is not the object's frame, and only `maquette reconstruct` finds the object in "
                        "it; where it is, a file with {{\"model\": \"{0}\", \"frame\": \"object\"}} says so",
                        path.string()));
    }
    return std::move(given.photos);
}

std::vector<std::filesystem::path> files_of_cameras(const std::filesystem::path& path) {
    const CameraModel model = camera_model_of(path);
    if (model.kind == CameraModelKind::colmap) return {model.path / "cameras.txt", model.path / "images.txt"};
    if (model.kind == CameraModelKind::transforms) return {model.path};
    std::vector<std::filesystem::path> files = {path};
    const json file = json::parse(render::read_file(path), nullptr, false);
    if (file.is_object() && file.contains("model")) {
        const CameraModel named = camera_model_of(path_of_model(file, path));
        if (named.kind == CameraModelKind::none) return files;
        const auto more =
            files_of_cameras(named.kind == CameraModelKind::colmap ? named.path / "images.txt" : named.path);
        files.insert(files.end(), more.begin(), more.end());
    }
    return files;
}

}  // namespace maquette::recon::cli
