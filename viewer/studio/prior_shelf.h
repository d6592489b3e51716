#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "priors/prior_library.h"
#include "viewer/drawing/scene_renderer.h"
#include "viewer/studio/task_queue.h"

namespace maquette::viewer {

/// Names and pictures of the priors in the library.
class PriorShelf {
public:
    explicit PriorShelf(priors::PriorLibrary library);

    /// Lists the library again and has the pictures' meshes made, one task a prior.
    void refresh(TaskQueue& tasks);
    [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
    [[nodiscard]] const priors::PriorLibrary& library() const { return library_; }

    /// Draws one picture that is due; a context must be current. Returns whether there was one.
    bool draw_one(SceneRenderer& renderer, const Backdrop& backdrop, int size);
    /// Pictures are drawn again, as for another theme.
    void redraw();
    /// Texture of the picture; 0 while it is not there.
    [[nodiscard]] unsigned picture(const std::string& name) const;
    [[nodiscard]] bool complete() const { return pictures_.size() == names_.size(); }

private:
    priors::PriorLibrary library_;
    std::vector<std::string> names_;
    std::map<std::string, std::shared_ptr<const PackedMesh>> meshes_;
    std::map<std::string, RenderTarget> pictures_;
};

}  // namespace maquette::viewer
