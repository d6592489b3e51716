#include "viewer/studio/prior_shelf.h"

#include <algorithm>
#include <utility>

#include "priors/prior_picture.h"

namespace maquette::viewer {

PriorShelf::PriorShelf(priors::PriorLibrary library) : library_(std::move(library)) {}

void PriorShelf::refresh(TaskQueue& tasks) {
    names_.clear();
    for (const auto& entry : library_.list()) names_.push_back(entry.name);
    std::erase_if(pictures_, [&](const auto& entry) {
        return std::find(names_.begin(), names_.end(), entry.first) == names_.end();
    });
    for (const std::string& name : names_) {
        if (meshes_.contains(name)) continue;
        tasks.add("Drawing the priors", {}, [this, name]() -> TaskQueue::Finish {
            auto mesh = pack_mesh(priors::in_between_surface(library_.load(name)));
            return [this, name, mesh = std::move(mesh)] { meshes_[name] = mesh; };
        });
    }
}

bool PriorShelf::draw_one(SceneRenderer& renderer, const Backdrop& backdrop, int size) {
    for (const auto& [name, mesh] : meshes_) {
        if (pictures_.contains(name)) continue;
        RenderTarget& target = pictures_[name];
        target.resize(size, size, 4);
        Scene scene;
        const std::string object = "thumbnail of " + name;
        scene.set(object, mesh);
        OrbitView view;
        view.elevation = 20;
        view.distance = 2.35;
        renderer.draw(scene, view, {{.frame = {0, 0, size, size}, .objects = {object}}}, backdrop, target);
        renderer.forget(object);
        return true;
    }
    return false;
}

void PriorShelf::redraw() {
    pictures_.clear();
}

unsigned PriorShelf::picture(const std::string& name) const {
    const auto found = pictures_.find(name);
    return found == pictures_.end() ? 0 : found->second.texture();
}

}  // namespace maquette::viewer
