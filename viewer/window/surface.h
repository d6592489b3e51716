#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "render/image.h"
#include "viewer/window/frame_painter.h"

namespace maquette::viewer {

struct SurfaceOptions {
    int width = 1280;
    int height = 800;
    double scale = 0;  ///< of text and panels; 0: as the screen says
    std::string title = "Maquette";
};

/// Where frames go and input comes from: a window, or a picture that nobody sees. Feeds Dear ImGui, whose context must
/// exist. Lives and dies on the main thread with its OpenGL context current.
class Surface {
public:
    virtual ~Surface() = default;
    [[nodiscard]] virtual bool visible() const = 0;
    [[nodiscard]] virtual double scale() const = 0;
    [[nodiscard]] virtual bool should_close() const = 0;
    /// Waits for input, a wake() or the time, whichever is first; 0: only looks. Returns whether there was input.
    virtual bool wait(double seconds) = 0;
    /// Ends a wait. Safe from any thread.
    virtual void wake() = 0;
    virtual void begin_frame() = 0;
    /// After ImGui::Render: paints what changed and shows the frame.
    virtual void end_frame(const FreshPictures& fresh) = 0;
    /// The last frame. [height, width, 3]
    [[nodiscard]] virtual render::Image read() = 0;
    virtual void set_title(const std::string& title) = 0;
    /// Files dropped since the last call.
    [[nodiscard]] virtual std::vector<std::filesystem::path> take_dropped() = 0;
};

/// OpenGL without any display (EGL surfaceless). Throws Error where the driver has no such thing.
std::unique_ptr<Surface> make_hidden_surface(const SurfaceOptions& options);

/// A window. Throws Error in one sentence where there is no display.
std::unique_ptr<Surface> make_window(const SurfaceOptions& options);

}  // namespace maquette::viewer
