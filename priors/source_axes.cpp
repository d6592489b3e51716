#include "priors/source_axes.h"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>

#include "priors/shape_stance.h"
#include "render/error.h"

namespace maquette::priors {
namespace {

constexpr std::array<Axis, 6> all_axes = {Axis::plus_x,  Axis::minus_x, Axis::plus_y,
                                          Axis::minus_y, Axis::plus_z,  Axis::minus_z};

int line_of(Axis axis) {
    return static_cast<int>(axis) / 2;
}

bool is_negative(Axis axis) {
    return static_cast<int>(axis) % 2 == 1;
}

Axis axis_along(int line, bool negative) {
    return static_cast<Axis>(2 * line + (negative ? 1 : 0));
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// Mean distance between a shape and its mirror image below which it counts as symmetric, longest side 1.
constexpr float symmetric_below = 0.01F;

/// Log-odds that the format's habit is kept; files are Y-up or Z-up, other directions are rare. With this habit 99 %
/// of upright shapes of the catalogue stay and 25 to 33 % of those stored against the habit are found.
float habit_score(Axis up, Axis conventional_up) {
    if (up == conventional_up) {
        return 2.5F;
    }
    return up == Axis::plus_y || up == Axis::plus_z ? 0.0F : -3.0F;
}

/// Log-odds of standing this way, a logistic regression over half of the catalogue's upright shapes against the same
/// shapes on their back and on their face (other half: 84 % right with no habit at all).
float upright_score(const ShapeStance& stance, Axis up) {
    const Support& bottom = stance.support[static_cast<std::size_t>(up)];
    const Support& top = stance.support[static_cast<std::size_t>(axis_along(line_of(up), !is_negative(up)))];
    const float firm = bottom.balanced ? std::min(1.0F, bottom.hull_fraction / 0.2F) : 0.0F;
    const float legs = firm * (1 - std::min(1.0F, bottom.contact_fraction / 0.3F));
    const float most = *std::max_element(stance.asymmetry.begin(), stance.asymmetry.end());
    const float asymmetry = stance.asymmetry[static_cast<std::size_t>(line_of(up))] / std::max(most, symmetric_below);
    const float upper_mass = stance.upper_centroid[static_cast<std::size_t>(up)].dot(direction_of(up));
    return 2.0F * bottom.hull_fraction + 2.3F * legs + 1.1F * bottom.contact_fraction * bottom.hull_fraction +
           0.9F * asymmetry + 1.3F * top.contact_fraction * top.hull_fraction + 4.0F * upper_mass;
}

struct Choice {
    Axis axis = Axis::plus_y;
    float confidence = 0;
    std::string reason;
};

Choice choose_up(const ShapeStance& stance, const AxisConvention& convention, std::optional<Axis> given_front) {
    if (convention.stated && !(given_front && line_of(*given_front) == line_of(convention.axes.up))) {
        return {convention.axes.up, 0.95F, "up is stated by the file format"};
    }
    std::array<float, 6> scores{};
    for (const Axis up : all_axes) {
        const bool excluded = given_front && line_of(*given_front) == line_of(up);
        scores[static_cast<std::size_t>(up)] = excluded
                                                   ? -std::numeric_limits<float>::infinity()
                                                   : upright_score(stance, up) + habit_score(up, convention.axes.up);
    }
    const auto* const best_score = std::max_element(scores.begin(), scores.end());
    float sum = 0;
    for (const float score : scores) {
        sum += std::exp(score - *best_score);
    }
    const auto best = static_cast<Axis>(best_score - scores.begin());
    return {best, 1 / sum, best == convention.axes.up ? "up as usual for the format" : "the shape stands this way"};
}

/// Where a shape keeps its mass high is its back: back rests, head boards, spouts of taps.
bool upper_mass_is_towards(const ShapeStance& stance, Axis up, Axis front) {
    const Eigen::Vector3f offset = stance.upper_centroid[static_cast<std::size_t>(up)];
    return offset.dot(direction_of(front)) > 0.02F;
}

Axis conventional_front(const SourceAxes& convention, Axis up) {
    if (line_of(convention.front) != line_of(up)) {
        return convention.front;
    }
    return up == Axis::plus_z ? Axis::minus_y : Axis::plus_z;
}

Choice choose_front(const ShapeStance& stance, const AxisConvention& convention, Axis up) {
    const Axis usual = conventional_front(convention.axes, up);
    if (line_of(usual) == line_of(up)) {
        return {Axis::plus_x, 0.3F, "front is arbitrary"};
    }
    const int front_line = line_of(usual);
    const int side_line = 3 - front_line - line_of(up);
    const float side = stance.asymmetry[static_cast<std::size_t>(side_line)];
    const float front = stance.asymmetry[static_cast<std::size_t>(front_line)];
    if (side < symmetric_below && front < symmetric_below) {
        return {usual, 0.6F, "front as usual for the format, the shape looks the same from both sides"};
    }
    if (front < symmetric_below && side > 2 * symmetric_below && side > 3 * front) {
        if (convention.stated) {
            return {usual, 0.5F, "front is stated by the file format, but the shape looks turned to the side"};
        }
        const Axis towards_plus = axis_along(side_line, false);
        const bool back_is_plus = upper_mass_is_towards(stance, up, towards_plus);
        return {axis_along(side_line, back_is_plus), 0.5F,
                "front lies in the only symmetry plane, its sense is uncertain"};
    }
    return {usual, side < symmetric_below ? 0.9F : 0.6F,
            side < symmetric_below ? "front lies in the symmetry plane" : "front as usual for the format"};
}

}  // namespace

Axis axis_from_string(const std::string& text, const std::string& option) {
    const std::string wanted = lower(text);
    for (const Axis axis : all_axes) {
        const std::string name = to_string(axis);
        if (wanted == name || (!is_negative(axis) && wanted == name.substr(1))) {
            return axis;
        }
    }
    throw UsageError(fmt::format("{} '{}' is not an axis; use one of x, y, z, -x, -y, -z", option, text));
}

std::string to_string(Axis axis) {
    return fmt::format("{}{}", is_negative(axis) ? '-' : '+', "xyz"[line_of(axis)]);
}

Eigen::Vector3f direction_of(Axis axis) {
    return Eigen::Vector3f::Unit(line_of(axis)) * (is_negative(axis) ? -1.0F : 1.0F);
}

Eigen::Matrix3f object_from_source(const SourceAxes& axes) {
    if (line_of(axes.up) == line_of(axes.front)) {
        throw UsageError(fmt::format("up {} and front {} lie along one line; give two different axes",
                                     to_string(axes.up), to_string(axes.front)));
    }
    const Eigen::Vector3f up = direction_of(axes.up);
    const Eigen::Vector3f front = direction_of(axes.front);
    Eigen::Matrix3f rotation;
    rotation.row(0) = up.cross(front);
    rotation.row(1) = up;
    rotation.row(2) = front;
    return rotation;
}

AxisConvention axis_convention(const std::filesystem::path& file) {
    const std::string extension = lower(file.extension().string());
    if (extension == ".glb" || extension == ".gltf") {
        return {{Axis::plus_y, Axis::plus_z}, true};
    }
    for (const char* z_up : {".stl", ".3ds", ".off", ".blend", ".dxf", ".step", ".stp", ".3mf", ".ase"}) {
        if (extension == z_up) {
            return {{Axis::plus_z, Axis::minus_y}, false};
        }
    }
    return {{Axis::plus_y, Axis::plus_z}, false};
}

AxisGuess guess_axes(const render::TriangleMesh& mesh, const AxisConvention& convention, std::optional<Axis> given_up,
                     std::optional<Axis> given_front) {
    if (given_up && given_front) {
        const SourceAxes given{*given_up, *given_front};
        object_from_source(given);
        return {given, 1.0F, "both axes were given"};
    }
    const ShapeStance stance = measure_stance(mesh);
    const Choice up = given_up ? Choice{*given_up, 1.0F, "up was given"} : choose_up(stance, convention, given_front);
    const Choice front =
        given_front ? Choice{*given_front, 1.0F, "front was given"} : choose_front(stance, convention, up.axis);
    return {{up.axis, front.axis}, up.confidence * front.confidence, up.reason + "; " + front.reason};
}

}  // namespace maquette::priors
