#pragma once

#include <imgui.h>

#include <cstddef>
#include <vector>

#include "viewer/drawing/gl_objects.h"

namespace maquette::viewer {

/// What of a frame's pictures is not told by its drawing commands.
struct FreshPictures {
    bool any = false;      ///< some texture's content changed: all is painted again
    unsigned texture = 0;  ///< only this one's did; 0: none
};

/// Paints Dear ImGui's frames into a picture that stays, and of each frame only the windows that differ from the frame
/// before, with those that they overlap: panels cost nothing while the model turns.
class FramePainter {
public:
    /// Sides in pixels.
    void paint(ImDrawData& frame, int width, int height, const FreshPictures& fresh);
    [[nodiscard]] const RenderTarget& target() const { return target_; }
    /// Windows painted in the last frame, of how many.
    [[nodiscard]] std::size_t painted() const { return painted_; }
    [[nodiscard]] std::size_t windows() const { return before_.size(); }

private:
    struct Window {
        std::size_t digest = 0;
        ImVec4 bounds;  ///< left, top, right, bottom
        bool changed = false;
    };
    static Window described(const ImDrawList& list, unsigned fresh_texture);

    RenderTarget target_;
    std::vector<Window> before_;
    std::size_t painted_ = 0;
};

}  // namespace maquette::viewer
