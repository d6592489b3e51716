#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/drawing/scene_renderer.h"
#include "viewer/studio/display_settings.h"
#include "viewer/studio/studio.h"
#include "viewer/studio/timeline_places.h"
#include "viewer/window/theme.h"

namespace maquette::viewer {

/// A name to write over a part of the picture.
struct PaneLabel {
    PixelRectangle frame;
    std::string text;
};

/// Puts what the studio has into a scene and draws it.
class Stage {
public:
    Stage();

    /// Brings the scene up to date. Cheap where nothing changed.
    void arrange(Studio& studio, const DisplaySettings& settings, const Theme& theme);
    /// While a run goes on, the shape shown stays until this is called: then the newest is asked for.
    void renew() { held_ = {}; }
    /// Draws when scene, view or size changed since the last time. Sides in pixels.
    /// Returns whether it did.
    bool draw(const DisplaySettings& settings, const Theme& theme, int width, int height, int samples);
    /// The same into a picture of its own. [height, width, 3]
    render::Image picture(const DisplaySettings& settings, const Theme& theme, int width, int height);

    [[nodiscard]] unsigned texture() const { return target_.texture(); }
    [[nodiscard]] const std::vector<PaneLabel>& labels() const { return labels_; }
    /// Everything wished for is there.
    [[nodiscard]] bool complete() const { return complete_; }
    [[nodiscard]] const Scene& scene() const { return scene_; }
    /// Draws a prior's picture where one is due. Returns whether there was one.
    bool draw_thumbnail(PriorShelf& shelf, const Backdrop& backdrop, int size) {
        return shelf.draw_one(renderer_, backdrop, size);
    }
    [[nodiscard]] const SceneRenderer& renderer() const { return renderer_; }
    /// The shape shown; null: none.
    [[nodiscard]] const Shape* shape() const { return shape_.get(); }
    /// What that shape is of; the one before while it is being made.
    [[nodiscard]] const recon::RefinementSnapshot* placed() const { return placed_.get(); }
    /// A mesh in place of the shape, for measurements; null: the shape again.
    void present(std::shared_ptr<const PackedMesh> mesh) { guest_ = std::move(mesh); }

private:
    std::shared_ptr<const Shape> place(Studio& studio, const DisplaySettings& settings, const std::string& name,
                                       const Moment& moment, const ShapeWish& wish, int index);
    void arrange_guides(Studio& studio, const DisplaySettings& settings, const Theme& theme);
    [[nodiscard]] std::vector<Pane> panes(const DisplaySettings& settings, int width, int height);
    ShapeWish held_or_new(const Studio& studio, const DisplaySettings& settings, const Moment& moment);
    unsigned photo_texture(const Studio& studio, std::size_t photo);

    Scene scene_;
    SceneRenderer renderer_;
    RenderTarget target_;
    std::shared_ptr<const Shape> shape_;
    std::shared_ptr<const recon::RefinementSnapshot> placed_;
    ShapeWish held_;  ///< while a run goes on: what is shown or being made
    std::shared_ptr<const PackedMesh> guest_;
    std::vector<std::string> shown_;       ///< names side by side
    std::vector<std::string> shown_text_;  ///< what they are
    std::vector<std::string> guides_;
    std::vector<PaneLabel> labels_;
    std::shared_ptr<const recon::View> photo_;
    GlTexture photo_texture_;
    unsigned backdrop_ = 0;
    float grid_shade_ = -1;
    bool complete_ = false;
    /// What the target holds.
    unsigned long long drawn_version_ = 0;
    DisplaySettings drawn_settings_;
    int drawn_samples_ = 0;
    bool drawn_ = false;
};

}  // namespace maquette::viewer
