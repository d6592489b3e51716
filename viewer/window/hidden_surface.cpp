#include <backends/imgui_impl_opengl3.h>
#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <imgui.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "render/error.h"
#include "viewer/drawing/gl_objects.h"
#include "viewer/window/simulated_hand.h"
#include "viewer/window/surface.h"

namespace maquette::viewer {
namespace {

/// Owns an EGL display without a screen and a context that is current.
class EglContext {
public:
    EglContext() {
        if (epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless")) {
            display_ = eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, nullptr, nullptr);
        }
        if (display_ == EGL_NO_DISPLAY || eglInitialize(display_, nullptr, nullptr) == EGL_FALSE) {
            throw Error("there is no EGL for drawing without a display; install libegl1 and libgl1-mesa-dri");
        }
        eglBindAPI(EGL_OPENGL_API);
        const EGLint wanted[] = {EGL_SURFACE_TYPE, EGL_PBUFFER_BIT, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
        EGLConfig config = nullptr;
        EGLint count = 0;
        eglChooseConfig(display_, wanted, &config, 1, &count);
        const EGLint attributes[] = {
            EGL_CONTEXT_MAJOR_VERSION,           3,       EGL_CONTEXT_MINOR_VERSION, 3, EGL_CONTEXT_OPENGL_PROFILE_MASK,
            EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT, EGL_NONE};
        context_ = eglCreateContext(display_, config, EGL_NO_CONTEXT, attributes);
        if (context_ == EGL_NO_CONTEXT ||
            eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, context_) == EGL_FALSE) {
            throw Error("the graphics driver gives no OpenGL 3.3 without a display; install libgl1-mesa-dri");
        }
    }
    ~EglContext() {
        eglMakeCurrent(display_, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
        eglDestroyContext(display_, context_);
    }
    EglContext(const EglContext&) = delete;
    EglContext& operator=(const EglContext&) = delete;

private:
    EGLDisplay display_ = EGL_NO_DISPLAY;
    EGLContext context_ = EGL_NO_CONTEXT;
};

class HiddenSurface : public Surface {
public:
    explicit HiddenSurface(const SurfaceOptions& options)
        : scale_(options.scale > 0 ? options.scale : 1), width_(options.width), height_(options.height) {
        ImGuiIO& io = ImGui::GetIO();
        io.DisplaySize = {static_cast<float>(options.width), static_cast<float>(options.height)};
        io.BackendPlatformName = "maquette_hidden";
        map_keys(io);
        ImGui_ImplOpenGL3_Init("#version 330 core");
    }
    ~HiddenSurface() override { ImGui_ImplOpenGL3_Shutdown(); }

    [[nodiscard]] bool visible() const override { return false; }
    [[nodiscard]] double scale() const override { return scale_; }
    [[nodiscard]] bool should_close() const override { return false; }
    bool wait(double seconds) override {
        std::unique_lock lock(mutex_);
        woken_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return awake_; });
        awake_ = false;
        return false;
    }
    void wake() override {
        {
            const std::lock_guard lock(mutex_);
            awake_ = true;
        }
        woken_.notify_all();
    }
    void begin_frame() override {
        // A fixed step: pictures do not depend on how fast they are made.
        ImGui::GetIO().DeltaTime = 1.0F / 30;
        ImGui_ImplOpenGL3_NewFrame();
    }
    void end_frame(const FreshPictures& fresh) override {
        painter_.paint(*ImGui::GetDrawData(), width_, height_, fresh);
        glFinish();
    }
    [[nodiscard]] render::Image read() override { return painter_.target().read(); }
    void set_title(const std::string& /*title*/) override {}
    [[nodiscard]] std::vector<std::filesystem::path> take_dropped() override { return {}; }

private:
    EglContext context_;
    double scale_;
    int width_;
    int height_;
    FramePainter painter_;
    std::mutex mutex_;
    std::condition_variable woken_;
    bool awake_ = false;
};

}  // namespace

std::unique_ptr<Surface> make_hidden_surface(const SurfaceOptions& options) {
    return std::make_unique<HiddenSurface>(options);
}

}  // namespace maquette::viewer
