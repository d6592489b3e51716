#include "viewer/drawing/scene.h"

#include <utility>

namespace maquette::viewer {

void Scene::set(const std::string& name, SceneGeometry geometry) {
    if (std::visit([](const auto& pointer) { return pointer == nullptr; }, geometry)) {
        remove(name);
        return;
    }
    SceneObject& object = objects_[name];
    if (object.geometry == geometry) return;
    object.geometry = std::move(geometry);
    ++version_;
}

void Scene::set_style(const std::string& name, const ObjectStyle& style) {
    const auto found = objects_.find(name);
    if (found == objects_.end() || found->second.style == style) return;
    found->second.style = style;
    ++version_;
}

void Scene::show(const std::string& name, bool visible) {
    const auto found = objects_.find(name);
    if (found == objects_.end() || found->second.visible == visible) return;
    found->second.visible = visible;
    ++version_;
}

void Scene::remove(const std::string& name) {
    version_ += objects_.erase(name);
}

const SceneObject* Scene::find(const std::string& name) const {
    const auto found = objects_.find(name);
    return found == objects_.end() ? nullptr : &found->second;
}

}  // namespace maquette::viewer
