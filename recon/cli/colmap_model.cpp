#include "recon/cli/colmap_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

constexpr double unit_tolerance = 1e-2;
constexpr double largest_side = 1e6;

struct Intrinsics {
    render::Camera camera;
    LensDistortion lens;
};

/// A line of a text file, its fields, and where it is.
class Line {
public:
    Line(const std::string& file, int number, std::string_view text) : file_(&file), number_(number), text_(text) {
        for (std::size_t start = text.find_first_not_of(blanks); start != std::string_view::npos;) {
            const std::size_t end = std::min(text.find_first_of(blanks, start), text.size());
            fields_.push_back(text.substr(start, end - start));
            start = text.find_first_not_of(blanks, end);
        }
    }

    [[nodiscard]] bool blank() const { return fields_.empty(); }
    [[nodiscard]] bool comment() const { return !blank() && fields_.front().front() == '#'; }
    [[nodiscard]] std::size_t size() const { return fields_.size(); }
    [[nodiscard]] std::string_view field(std::size_t i) const { return fields_[i]; }
    [[nodiscard]] std::string where() const { return fmt::format("{}: line {}", *file_, number_); }

    /// From a field to the end: a file name may have blanks in it.
    [[nodiscard]] std::string rest(std::size_t i) const {
        const auto start = static_cast<std::size_t>(fields_[i].data() - text_.data());
        return std::string(text_.substr(start, text_.find_last_not_of(blanks) + 1 - start));
    }

    [[nodiscard]] double number(std::size_t i, const char* key, double low, double high) const {
        double value = 0;
        const std::string_view field = fields_[i];
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
        if (error != std::errc{} || end != field.data() + field.size() || !std::isfinite(value)) {
            throw InputError(fmt::format("{}: {} is '{}', not a finite number", where(), key, field));
        }
        if (value < low || value > high) {
            throw InputError(fmt::format("{}: {} is {:g}; allowed are {:g} to {:g}", where(), key, value, low, high));
        }
        return value;
    }

private:
    static constexpr const char* blanks = " \t\r";
    const std::string* file_;
    int number_;
    std::string_view text_;
    std::vector<std::string_view> fields_;
};

std::vector<Line> lines_of(const std::string& file, std::string_view text) {
    std::vector<Line> lines;
    int number = 0;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.emplace_back(file, ++number, text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return lines;
}

/// What the parameters of a camera model are, in their order; f is fx and fy.
const std::map<std::string_view, std::vector<const char*>>& known_models() {
    static const std::map<std::string_view, std::vector<const char*>> models = {
        {"SIMPLE_PINHOLE", {"f", "cx", "cy"}},
        {"PINHOLE", {"fx", "fy", "cx", "cy"}},
        {"SIMPLE_RADIAL", {"f", "cx", "cy", "k1"}},
        {"RADIAL", {"f", "cx", "cy", "k1", "k2"}},
        {"OPENCV", {"fx", "fy", "cx", "cy", "k1", "k2", "p1", "p2"}},
    };
    return models;
}

Intrinsics intrinsics_of(const Line& line) {
    constexpr std::size_t first_parameter = 4;
    if (line.size() < first_parameter) {
        throw InputError(
            fmt::format("{}: {} fields; a camera is CAMERA_ID MODEL WIDTH HEIGHT PARAMS", line.where(), line.size()));
    }
    const auto model = known_models().find(line.field(1));
    if (model == known_models().end()) {
        throw InputError(
            fmt::format("{}: camera model {} is not read (SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL and OPENCV "
                        "are); run `colmap image_undistorter` and give its photos and its model, as text",
                        line.where(), line.field(1)));
    }
    const std::vector<const char*>& keys = model->second;
    if (line.size() != first_parameter + keys.size()) {
        throw InputError(fmt::format("{}: {} parameters; {} has {}", line.where(), line.size() - first_parameter,
                                     model->first, keys.size()));
    }
    Intrinsics result;
    render::Camera& camera = result.camera;
    camera.width = static_cast<int>(line.number(2, "WIDTH", 1, largest_side));
    camera.height = static_cast<int>(line.number(3, "HEIGHT", 1, largest_side));
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const std::string_view key = keys[i];
        const bool focal = key.front() == 'f';
        const bool principal = key.front() == 'c';
        const double low = focal ? 1e-3 : (principal ? -1e7 : -1e3);
        const double value = line.number(first_parameter + i, keys[i], low, focal || principal ? 1e7 : 1e3);
        if (key == "f") camera.fx = camera.fy = value;
        if (key == "fx") camera.fx = value;
        if (key == "fy") camera.fy = value;
        if (key == "cx") camera.cx = value;
        if (key == "cy") camera.cy = value;
        if (key == "k1") result.lens.k1 = value;
        if (key == "k2") result.lens.k2 = value;
        if (key == "p1") result.lens.p1 = value;
        if (key == "p2") result.lens.p2 = value;
    }
    return result;
}

std::map<std::string, Intrinsics, std::less<>> read_intrinsics(const std::string& file) {
    const std::string text = render::read_file(file);
    std::map<std::string, Intrinsics, std::less<>> cameras;
    for (const Line& line : lines_of(file, text)) {
        if (line.blank() || line.comment()) continue;
        const Intrinsics intrinsics = intrinsics_of(line);
        if (!cameras.emplace(line.field(0), intrinsics).second) {
            throw InputError(fmt::format("{}: camera {} comes twice", line.where(), line.field(0)));
        }
    }
    if (cameras.empty()) throw InputError(fmt::format("{}: no camera in it", file));
    return cameras;
}

Eigen::Isometry3d pose_of(const Line& line) {
    constexpr double far = 1e9;
    const Eigen::Quaterniond quaternion(line.number(1, "QW", -far, far), line.number(2, "QX", -far, far),
                                        line.number(3, "QY", -far, far), line.number(4, "QZ", -far, far));
    if (std::abs(quaternion.norm() - 1) > unit_tolerance) {
        throw InputError(
            fmt::format("{}: QW QX QY QZ is no rotation (its length is {:g}, not 1)", line.where(), quaternion.norm()));
    }
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = quaternion.normalized().toRotationMatrix();
    pose.translation() = Eigen::Vector3d(line.number(5, "TX", -far, far), line.number(6, "TY", -far, far),
                                         line.number(7, "TZ", -far, far));
    return pose;
}

/// The line that follows a photo's: triples of its points, or nothing. Some programs leave it out.
bool lists_points(const Line& line) {
    if (line.blank()) return true;
    if (line.size() % 3 != 0) return false;
    double ignored = 0;
    const std::string_view last = line.field(line.size() - 1);
    const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), ignored);
    return error == std::errc{} && end == last.data() + last.size();
}

}  // namespace

std::vector<PosedPhoto> read_colmap_model(const std::filesystem::path& folder) {
    constexpr std::size_t camera_field = 8;
    constexpr std::size_t name_field = 9;
    const auto cameras = read_intrinsics((folder / "cameras.txt").string());
    const std::string file = (folder / "images.txt").string();
    const std::string text = render::read_file(file);
    const std::vector<Line> lines = lines_of(file, text);
    std::vector<PosedPhoto> photos;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        if (line.blank() || line.comment()) continue;
        if (line.size() <= name_field) {
            throw InputError(
                fmt::format("{}: {} fields; an image is IMAGE_ID QW QX QY QZ TX TY TZ CAMERA_ID NAME, and a line of "
                            "its points after it",
                            line.where(), line.size()));
        }
        const auto camera = cameras.find(line.field(camera_field));
        if (camera == cameras.end()) {
            throw InputError(fmt::format("{}: CAMERA_ID {} is not in {}", line.where(), line.field(camera_field),
                                         (folder / "cameras.txt").string()));
        }
        PosedPhoto photo{.name = line.rest(name_field),
                         .entry = fmt::format("{} ({})", line.where(), line.rest(name_field)),
                         .camera = camera->second.camera,
                         .lens = camera->second.lens};
        photo.camera.cam_from_object = pose_of(line);
        photos.push_back(std::move(photo));
        if (i + 1 < lines.size() && lists_points(lines[i + 1])) ++i;
    }
    if (photos.empty()) throw InputError(fmt::format("{}: no image in it", file));
    return photos;
}

}  // namespace maquette::recon::cli
