#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/drawing/gl_objects.h"
#include "viewer/drawing/orbit_view.h"
#include "viewer/drawing/scene.h"

namespace maquette::viewer {

/// Pixels from the target's top left corner.
struct PixelRectangle {
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;
};

/// A part of the picture that shows some of the scene's objects.
struct Pane {
    PixelRectangle frame;                ///< what the view fills
    std::optional<PixelRectangle> clip;  ///< only this part of it is drawn; empty: all
    std::vector<std::string> objects;    ///< names; those unknown or hidden are left out
    unsigned backdrop = 0;               ///< texture drawn behind, in the largest centred square; 0: none
    float backdrop_opacity = 0.5F;
};

struct Backdrop {
    std::array<float, 3> top{0.24F, 0.26F, 0.29F};
    std::array<float, 3> bottom{0.13F, 0.14F, 0.16F};
};

/// Draws scenes with OpenGL 3.3. Keeps what it uploaded by name, and uploads again only what changed.
class SceneRenderer {
public:
    /// A context must be current. Throws Error when the driver cannot do OpenGL 3.3.
    SceneRenderer();
    ~SceneRenderer();
    SceneRenderer(const SceneRenderer&) = delete;
    SceneRenderer& operator=(const SceneRenderer&) = delete;

    /// Fills the target.
    void draw(const Scene& scene, const OrbitView& view, const std::vector<Pane>& panes, const Backdrop& backdrop,
              RenderTarget& target);

    /// Frees what the scene no longer has.
    void forget_missing(const Scene& scene);
    /// Frees one upload.
    void forget(const std::string& name);

    /// Seconds of the last upload of a mesh, for benchmarks.
    [[nodiscard]] double upload_seconds() const { return upload_seconds_; }

private:
    struct Uploaded;
    struct Programs;

    void draw_pane(const Scene& scene, const OrbitView& view, const Pane& pane, const Backdrop& backdrop,
                   const RenderTarget& target);
    void draw_backdrop(const Pane& pane, const Backdrop& backdrop);
    void draw_shadow(const Scene& scene, const Pane& pane, const Eigen::Matrix4f& eye_from_object,
                     const Eigen::Matrix4f& clip_from_eye);
    void draw_surface(const SceneObject& object, const Uploaded& uploaded, const Eigen::Matrix4f& eye_from_object,
                      const Eigen::Matrix4f& clip_from_eye, bool parallel_rays);
    const Uploaded& upload(const std::string& name, const SceneObject& object);

    std::unique_ptr<Programs> programs_;
    std::map<std::string, Uploaded> uploaded_;
    double upload_seconds_ = 0;
};

}  // namespace maquette::viewer
