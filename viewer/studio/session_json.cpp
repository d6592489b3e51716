#include "viewer/studio/session_json.h"

#include <fmt/format.h>

#include <Eigen/LU>
#include <array>
#include <cmath>
#include <utility>

#include "render/error.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

constexpr double rigid_within = 1e-6;
constexpr int most_pixels = 16384;
constexpr std::size_t most_scribbles = 10000;

}  // namespace

double number_from(const json& from, const char* key) {
    const auto found = from.is_object() ? from.find(key) : from.end();
    if (!from.is_object() || found == from.end() || !found->is_number() || !std::isfinite(found->get<double>())) {
        throw InputError(fmt::format("\"{}\" is missing or no number", key));
    }
    return found->get<double>();
}

json json_of(const recon::CropCamera& camera) {
    return {{"azimuth", camera.azimuth},   {"elevation", camera.elevation}, {"roll", camera.roll},
            {"distance", camera.distance}, {"scale", camera.scale},         {"centre_x", camera.centre_x},
            {"centre_y", camera.centre_y}};
}

recon::CropCamera crop_camera_from(const json& from) {
    recon::CropCamera camera{.azimuth = number_from(from, "azimuth"),
                             .elevation = number_from(from, "elevation"),
                             .roll = number_from(from, "roll"),
                             .distance = number_from(from, "distance"),
                             .scale = number_from(from, "scale"),
                             .centre_x = number_from(from, "centre_x"),
                             .centre_y = number_from(from, "centre_y")};
    if (camera.distance <= 0 || camera.scale <= 0) throw InputError("a camera's distance and scale are above 0");
    return camera;
}

json json_of(const render::Camera& camera) {
    json rows = json::array();
    const Eigen::Matrix4d matrix = camera.cam_from_object.matrix();
    for (int row = 0; row < 3; ++row) {
        rows.push_back({matrix(row, 0), matrix(row, 1), matrix(row, 2), matrix(row, 3)});
    }
    return {{"orthographic", camera.projection == render::Camera::Projection::orthographic},
            {"width", camera.width},
            {"height", camera.height},
            {"fx", camera.fx},
            {"fy", camera.fy},
            {"cx", camera.cx},
            {"cy", camera.cy},
            {"cam_from_object", rows}};
}

json json_of(const recon::cli::LensDistortion& lens) {
    return {{"k1", lens.k1}, {"k2", lens.k2}, {"k3", lens.k3}, {"p1", lens.p1}, {"p2", lens.p2}};
}

recon::cli::LensDistortion lens_from(const json& from) {
    return {.k1 = number_from(from, "k1"),
            .k2 = number_from(from, "k2"),
            .k3 = number_from(from, "k3"),
            .p1 = number_from(from, "p1"),
            .p2 = number_from(from, "p2")};
}

json json_of(const std::vector<render::Scribble>& scribbles) {
    json lines = json::array();
    for (const auto& scribble : scribbles) {
        json points = json::array();
        for (const auto& point : scribble.points) points.push_back({point.x(), point.y()});
        lines.push_back({{"object", scribble.object}, {"width", scribble.width}, {"points", points}});
    }
    return lines;
}

std::vector<render::Scribble> scribbles_from(const json& from) {
    if (!from.is_array() || from.size() > most_scribbles) throw InputError("\"scribbles\" are no list of lines");
    std::vector<render::Scribble> scribbles;
    for (const json& line : from) {
        render::Scribble scribble{.object = line.at("object").get<bool>(), .width = number_from(line, "width")};
        for (const auto& [x, y] : line.at("points").get<std::vector<std::array<double, 2>>>()) {
            scribble.points.emplace_back(x, y);
        }
        scribbles.push_back(std::move(scribble));
    }
    return scribbles;
}

render::Camera camera_from(const json& from) {
    render::Camera camera;
    const double width = number_from(from, "width");
    const double height = number_from(from, "height");
    if (width < 1 || height < 1 || width > most_pixels || height > most_pixels) {
        throw InputError(fmt::format("a camera's picture of {} x {} pixels", width, height));
    }
    camera.width = static_cast<int>(width);
    camera.height = static_cast<int>(height);
    camera.fx = number_from(from, "fx");
    camera.fy = number_from(from, "fy");
    camera.cx = number_from(from, "cx");
    camera.cy = number_from(from, "cy");
    if (camera.fx <= 0 || camera.fy <= 0) throw InputError("a camera's focal lengths are above 0");
    if (from.value("orthographic", false)) camera.projection = render::Camera::Projection::orthographic;
    const auto rows = from.at("cam_from_object").get<std::vector<std::vector<double>>>();
    Eigen::Matrix4d matrix = Eigen::Matrix4d::Identity();
    if (rows.size() != 3) throw InputError("\"cam_from_object\" has not 3 rows");
    for (std::size_t row = 0; row < 3; ++row) {
        if (rows[row].size() != 4) throw InputError("\"cam_from_object\" has not 4 columns");
        for (std::size_t column = 0; column < 4; ++column) {
            matrix(static_cast<int>(row), static_cast<int>(column)) = rows[row][column];
        }
    }
    const Eigen::Matrix3d rotation = matrix.topLeftCorner<3, 3>();
    const bool rigid = matrix.allFinite() && rotation.determinant() > 0 &&
                       (rotation * rotation.transpose() - Eigen::Matrix3d::Identity()).norm() < rigid_within;
    if (!rigid) throw InputError("\"cam_from_object\" is no rigid motion");
    camera.cam_from_object.matrix() = matrix;
    return camera;
}

}  // namespace maquette::viewer
