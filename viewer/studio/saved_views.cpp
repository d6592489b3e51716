#include "viewer/studio/saved_views.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "render/error.h"
#include "viewer/studio/session_json.h"
#include "viewer/studio/view_tensors.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;

constexpr std::size_t most_views = 1000;

std::string key_of(std::size_t index) {
    return fmt::format("generated {}", index + 1);
}

json json_of_view(const recon::View& view) {
    return {{"name", view.name}, {"weight", view.weight}, {"camera", json_of(*view.camera)}};
}

recon::View view_from(const json& entry, const render::SafetensorsFile& tensors, std::size_t index) {
    recon::View view = take_view(tensors, key_of(index));
    view.name = entry.at("name").get<std::string>();
    view.weight = static_cast<float>(number_from(entry, "weight"));
    if (view.weight <= 0) throw InputError("a generated view's weight is not above 0");
    view.camera = camera_from(entry.at("camera"));
    view.generated = true;
    return view;
}

void check_count(const json& list) {
    if (!list.is_array() || list.size() > most_views) throw InputError("no list of generated views");
}

}  // namespace

json json_of_views(const std::vector<recon::View>& views, render::SafetensorsFile& tensors) {
    json list = json::array();
    for (std::size_t i = 0; i < views.size(); ++i) {
        put_view(tensors, key_of(i), views[i]);
        list.push_back(json_of_view(views[i]));
    }
    return list;
}

std::vector<recon::View> views_from(const json& list, const render::SafetensorsFile& tensors) {
    check_count(list);
    std::vector<recon::View> views;
    for (std::size_t i = 0; i < list.size(); ++i) views.push_back(view_from(list[i], tensors, i));
    return views;
}

json json_of_views(const std::vector<GeneratedView>& views, render::SafetensorsFile& tensors) {
    json list = json::array();
    for (std::size_t i = 0; i < views.size(); ++i) {
        const DrawnView& drawn = views[i].drawn;
        put_view(tensors, key_of(i), *drawn.view);
        json entry = json_of_view(*drawn.view);
        entry["seed"] = drawn.seed;
        entry["steps"] = drawn.steps;
        entry["weights_sha256"] = drawn.weights_sha256;
        entry["on"] = views[i].on;
        list.push_back(std::move(entry));
    }
    return list;
}

std::vector<GeneratedView> generated_views_from(const json& list, const render::SafetensorsFile& tensors) {
    check_count(list);
    std::vector<GeneratedView> views;
    for (std::size_t i = 0; i < list.size(); ++i) {
        GeneratedView view;
        view.drawn.view = std::make_shared<const recon::View>(view_from(list[i], tensors, i));
        view.drawn.seed = list[i].at("seed").get<std::uint64_t>();
        view.drawn.steps = static_cast<int>(number_from(list[i], "steps"));
        if (view.drawn.steps < 1) throw InputError("a generated view took no steps");
        view.drawn.weights_sha256 = list[i].at("weights_sha256").get<std::string>();
        view.on = list[i].at("on").get<bool>();
        views.push_back(std::move(view));
    }
    return views;
}

}  // namespace maquette::viewer
