#include "recon/train/view_ratings.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

using nlohmann::json;

constexpr const char* rating_kind = "generated_view";

double number_of(const json& object, const char* key) {
    const auto& value = object.at(key);
    if (!value.is_number()) throw InputError(fmt::format("\"{}\" is {}, not a number", key, value.dump()));
    return value.get<double>();
}

std::uint64_t seed_of(const json& object, const char* key) {
    const auto& value = object.at(key);
    if (!value.is_number_unsigned()) {
        throw InputError(fmt::format("\"{}\" is {}, not a whole number from 0", key, value.dump()));
    }
    return value.get<std::uint64_t>();
}

CropCamera camera_in(const json& object) {
    CropCamera camera{.distance = usual_distance};
    const auto take = [&](const char* key, double& value) {
        if (object.contains(key)) value = number_of(object, key);
    };
    take("azimuth", camera.azimuth);
    take("elevation", camera.elevation);
    take("roll", camera.roll);
    take("distance", camera.distance);
    take("scale", camera.scale);
    take("centre_x", camera.centre_x);
    take("centre_y", camera.centre_y);
    if (!(camera.distance > 0 && camera.scale > 0)) {
        throw InputError(
            fmt::format("camera at distance {} with scale {}; both are above 0", camera.distance, camera.scale));
    }
    return camera;
}

std::vector<std::string> prior_in(const json& value) {
    if (value.is_string()) return {value.get<std::string>()};
    return value.get<std::vector<std::string>>();
}

/// What both views have, named once or once for each. Throws InputError where they differ.
template <typename Value>
Value common_value(const json& object, const std::string& key, const Value& fallback) {
    const Value both = object.value(key, fallback);
    Value a = object.value(key + "_a", both);
    if (a != object.value(key + "_b", both)) throw InputError(fmt::format("the views differ in {}", key));
    return a;
}

/// Everything but the choice. Throws InputError or json::exception where something is missing or wrong.
ViewRating rating_in(const json& object) {
    ViewRating rating;
    const json& photo = object.at("photo");
    if (photo.is_object()) {
        rating.photo = photo.at("path").get<std::string>();
        if (photo.contains("camera") && photo.at("camera").is_object()) rating.camera = camera_in(photo.at("camera"));
    } else {
        rating.photo = photo.get<std::string>();
    }
    if (rating.photo.empty()) throw InputError("no photo");
    if (object.contains("pose")) {
        rating.pose = camera_in(object.at("pose"));
        rating.azimuth = rating.pose->azimuth;
        rating.elevation = rating.pose->elevation;
    } else {
        rating.azimuth = number_of(object, "azimuth");
        rating.elevation = number_of(object, "elevation");
    }
    if (!(std::abs(rating.elevation) <= 90) || !std::isfinite(rating.azimuth)) {
        throw InputError(fmt::format("azimuth {}, elevation {} is no direction", rating.azimuth, rating.elevation));
    }
    rating.seed_a = seed_of(object, "seed_a");
    rating.seed_b = seed_of(object, "seed_b");
    if (rating.seed_a == rating.seed_b) throw InputError("both views have the same seed");
    if (object.contains("prior")) rating.prior = prior_in(object.at("prior"));
    rating.steps = common_value(object, "steps", rating.steps);
    if (rating.steps < 1 || rating.steps > 1000) throw InputError(fmt::format("{} sampler steps", rating.steps));
    rating.geometry = object.value("geometry", rating.geometry);
    rating.weights_sha256 = common_value(object, "weights_sha256", rating.weights_sha256);
    return rating;
}

void add_line(std::string_view line, int number, const std::string& what, RatingList& list) {
    const auto problem = [&](const std::string& why) {
        list.problems.push_back(fmt::format("{} line {}: {}; it is left out", what, number, why));
    };
    const auto object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        problem("not a JSON object");
        return;
    }
    const auto kind = object.find("kind");
    if (kind == object.end() || *kind != rating_kind) {
        ++list.other;
        return;
    }
    try {
        ViewRating rating = rating_in(object);
        const auto choice = object.at("choice").get<std::string>();
        if (choice == "tie" || choice == "same") {
            ++list.ties;
            return;
        }
        if (choice != "a" && choice != "b") throw InputError(fmt::format("choice '{}' is not a, b or tie", choice));
        rating.prefers_a = choice == "a";
        rating.line = number;
        rating.key = render::sha256_of(line);
        list.ratings.push_back(std::move(rating));
    } catch (const json::exception& error) {
        problem(error.what());
    } catch (const InputError& error) {
        problem(error.what());
    }
}

}  // namespace

RatingList parse_view_ratings(std::string_view text, const std::string& what) {
    RatingList list;
    int number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") != std::string_view::npos) add_line(line, number, what, list);
    }
    return list;
}

RatingList read_view_ratings(const std::filesystem::path& path) {
    return parse_view_ratings(render::read_file(path), path.string());
}

}  // namespace maquette::recon
