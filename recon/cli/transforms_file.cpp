#include "recon/cli/transforms_file.h"

#include <fmt/format.h>

#include <Eigen/SVD>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <string>
#include <utility>

#include "recon/cli/json_motion.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

constexpr double rigid_tolerance = 1e-2;

/// A frame, and what the file says of all frames.
class Frame {
public:
    Frame(const json& file, const json& frame, std::string what)
        : file_(&file), frame_(&frame), what_(std::move(what)) {}

    [[nodiscard]] const json* find(const char* key) const {
        for (const json* values : {frame_, file_}) {
            const auto found = values->find(key);
            if (found != values->end() && !found->is_null()) return &*found;
        }
        return nullptr;
    }

    [[nodiscard]] std::optional<double> number(const char* key, double low, double high) const {
        const json* found = find(key);
        if (found == nullptr) return std::nullopt;
        if (!found->is_number() || !std::isfinite(found->get<double>())) {
            throw InputError(fmt::format("{}: \"{}\" is not a finite number", what_, key));
        }
        const auto value = found->get<double>();
        if (value < low || value > high) {
            throw InputError(fmt::format("{}: \"{}\" is {:g}; allowed are {:g} to {:g}", what_, key, value, low, high));
        }
        return value;
    }

    [[nodiscard]] const std::string& what() const { return what_; }

private:
    const json* file_;
    const json* frame_;
    std::string what_;
};

void refuse_other_lenses(const Frame& frame) {
    const std::string advice = "; undistort the photos and give the cameras of the undistorted ones";
    if (const json* model = frame.find("camera_model")) {
        const std::string name = model->is_string() ? model->get<std::string>() : model->dump();
        bool known = false;
        for (const char* pinhole : {"PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "OPENCV"}) {
            known = known || name == pinhole;
        }
        if (!known) {
            throw InputError(
                fmt::format("{}: \"camera_model\" {} is not read (PINHOLE, SIMPLE_RADIAL, RADIAL and "
                            "OPENCV are){}",
                            frame.what(), name, advice));
        }
    }
    for (const char* key : {"is_fisheye", "is_equirectangular", "is_latlong", "is_orthographic"}) {
        const json* value = frame.find(key);
        if (value != nullptr && value->is_boolean() && value->get<bool>()) {
            throw InputError(fmt::format("{}: \"{}\" is true; such a lens is not read{}", frame.what(), key, advice));
        }
    }
    for (const char* key : {"k4", "k5", "k6"}) {
        if (frame.number(key, -1e3, 1e3).value_or(0) != 0) {
            throw InputError(fmt::format("{}: \"{}\" is not 0; such a lens is not read{}", frame.what(), key, advice));
        }
    }
}

void read_lens(const Frame& frame, PosedPhoto& photo) {
    constexpr double most = 1e7;
    constexpr double widest = std::numbers::pi - 1e-3;
    refuse_other_lenses(frame);
    const auto coefficient = [&](const char* key) { return frame.number(key, -1e3, 1e3).value_or(0); };
    photo.lens = {.k1 = coefficient("k1"),
                  .k2 = coefficient("k2"),
                  .k3 = coefficient("k3"),
                  .p1 = coefficient("p1"),
                  .p2 = coefficient("p2")};
    const auto width = frame.number("w", 1, 1e6);
    const auto height = frame.number("h", 1, 1e6);
    const auto angle_x = frame.number("camera_angle_x", 1e-4, widest);
    const auto angle_y = frame.number("camera_angle_y", 1e-4, widest);
    auto focal_x = frame.number("fl_x", 1e-3, most);
    auto focal_y = frame.number("fl_y", 1e-3, most);
    if (!focal_x && angle_x && width) focal_x = *width / 2 / std::tan(*angle_x / 2);
    if (!focal_y && angle_y && height) focal_y = *height / 2 / std::tan(*angle_y / 2);
    if (!focal_x && !focal_y) {
        if (!angle_x) {
            throw InputError(
                fmt::format("{}: neither \"fl_x\" nor \"camera_angle_x\" says how the camera sees", frame.what()));
        }
        photo.field_of_view_x = *angle_x;
        return;
    }
    render::Camera& camera = photo.camera;
    camera.fx = focal_x ? *focal_x : *focal_y;
    camera.fy = focal_y ? *focal_y : *focal_x;
    const auto centre_x = frame.number("cx", -most, most);
    const auto centre_y = frame.number("cy", -most, most);
    if (width && height) {
        camera.width = static_cast<int>(*width);
        camera.height = static_cast<int>(*height);
    } else if (!centre_x || !centre_y) {
        throw InputError(fmt::format("{}: \"{}\" is missing; \"w\" and \"h\", the photo's size in pixels, would do",
                                     frame.what(), centre_x ? "cy" : "cx"));
    }
    camera.cx = centre_x.value_or(camera.width / 2.0);
    camera.cy = centre_y.value_or(camera.height / 2.0);
}

/// The camera's axes are OpenGL's in the file: X right, Y up, Z backward.
Eigen::Isometry3d pose_of(const Frame& frame, const json& values) {
    const std::string wanted =
        fmt::format("{}: \"transform_matrix\" must be 4 rows of 4 finite numbers, the last 0 0 0 1", frame.what());
    const auto found = values.find("transform_matrix");
    if (found == values.end()) throw InputError(fmt::format("{}: \"transform_matrix\" is missing", frame.what()));
    Eigen::Matrix4d matrix = Eigen::Matrix4d::Identity();
    if ((found->size() != 4 && found->size() != 3) || !read_motion_rows(*found, matrix)) throw InputError(wanted);
    if (!matrix.row(3).isApprox(Eigen::RowVector4d(0, 0, 0, 1), 1e-6)) throw InputError(wanted);
    const Eigen::Matrix3d turn = matrix.topLeftCorner<3, 3>();
    check_rotation(turn, rigid_tolerance, frame.what(), "transform_matrix");
    const Eigen::JacobiSVD<Eigen::Matrix3d> nearest(turn, Eigen::ComputeFullU | Eigen::ComputeFullV);
    Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
    world_from_camera.linear() =
        nearest.matrixU() * nearest.matrixV().transpose() * Eigen::Vector3d(1, -1, -1).asDiagonal();
    world_from_camera.translation() = matrix.topRightCorner<3, 1>();
    return world_from_camera.inverse();
}

}  // namespace

bool is_transforms_file(const json& file) {
    return file.is_object() && file.contains("frames");
}

std::vector<PosedPhoto> read_transforms(const json& file, const std::filesystem::path& path) {
    const auto frames = file.find("frames");
    if (frames == file.end() || !frames->is_array() || frames->empty()) {
        throw InputError(fmt::format("{}: \"frames\" is no list of at least one photo", path.string()));
    }
    std::vector<PosedPhoto> photos;
    for (std::size_t i = 0; i < frames->size(); ++i) {
        const json& values = (*frames)[i];
        std::string what = fmt::format("{}: frame {}", path.string(), i);
        if (!values.is_object()) throw InputError(fmt::format("{}: not an object", what));
        const auto name = values.find("file_path");
        if (name == values.end() || !name->is_string() || name->get_ref<const std::string&>().empty()) {
            throw InputError(fmt::format("{}: \"file_path\" is missing or no text", what));
        }
        PosedPhoto photo{.name = name->get<std::string>()};
        photo.entry = fmt::format("{} ({})", what, photo.name);
        const Frame frame(file, values, photo.entry);
        read_lens(frame, photo);
        photo.camera.cam_from_object = pose_of(frame, values);
        photos.push_back(std::move(photo));
    }
    return photos;
}

}  // namespace maquette::recon::cli
