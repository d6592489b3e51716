#include <epoxy/gl.h>
// epoxy comes before GLFW, which would otherwise declare OpenGL itself.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "render/error.h"
#include "viewer/drawing/gl_objects.h"
#include "viewer/window/surface.h"

namespace maquette::viewer {
namespace {

class GlfwLibrary {
public:
    GlfwLibrary() {
        glfwSetErrorCallback(nullptr);
        if (glfwInit() == GLFW_FALSE) {
            throw Error(
                "there is no display to open a window on; for pictures without one give --screenshot FILE or --script "
                "FILE");
        }
    }
    ~GlfwLibrary() { glfwTerminate(); }
    GlfwLibrary(const GlfwLibrary&) = delete;
    GlfwLibrary& operator=(const GlfwLibrary&) = delete;
};

class GlfwWindow : public Surface {
public:
    explicit GlfwWindow(const SurfaceOptions& options) {
        glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
        glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
        glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
        glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
        window_ = glfwCreateWindow(options.width, options.height, options.title.c_str(), nullptr, nullptr);
        if (window_ == nullptr) {
            throw Error("the display gives no window with OpenGL 3.3; update the graphics driver");
        }
        glfwMakeContextCurrent(window_);
        glfwSwapInterval(1);
        glfwSetWindowUserPointer(window_, this);
        glfwSetWindowSizeLimits(window_, 800, 500, GLFW_DONT_CARE, GLFW_DONT_CARE);
        // Set before ImGui installs its own, which call these.
        glfwSetDropCallback(window_, [](GLFWwindow* window, int count, const char** paths) {
            GlfwWindow& self = of(window);
            self.dropped_.insert(self.dropped_.end(), paths, paths + count);
            self.input_ = true;
        });
        glfwSetMouseButtonCallback(window_, [](GLFWwindow* window, int, int, int) { of(window).input_ = true; });
        glfwSetCursorPosCallback(window_, [](GLFWwindow* window, double, double) { of(window).input_ = true; });
        glfwSetScrollCallback(window_, [](GLFWwindow* window, double, double) { of(window).input_ = true; });
        glfwSetKeyCallback(window_, [](GLFWwindow* window, int, int, int, int) { of(window).input_ = true; });
        glfwSetCharCallback(window_, [](GLFWwindow* window, unsigned) { of(window).input_ = true; });
        glfwSetWindowFocusCallback(window_, [](GLFWwindow* window, int) { of(window).input_ = true; });
        glfwSetCursorEnterCallback(window_, [](GLFWwindow* window, int) { of(window).input_ = true; });
        glfwSetWindowRefreshCallback(window_, [](GLFWwindow* window) { of(window).input_ = true; });
        glfwSetFramebufferSizeCallback(window_, [](GLFWwindow* window, int, int) { of(window).input_ = true; });
        float horizontal = 1;
        float vertical = 1;
        glfwGetWindowContentScale(window_, &horizontal, &vertical);
        scale_ = options.scale > 0 ? options.scale : std::clamp(static_cast<double>(horizontal), 1.0, 4.0);
        ImGui_ImplGlfw_InitForOpenGL(window_, true);
        ImGui_ImplOpenGL3_Init("#version 330 core");
    }
    ~GlfwWindow() override {
        painter_.reset();
        ImGui_ImplOpenGL3_Shutdown();
        ImGui_ImplGlfw_Shutdown();
        glfwDestroyWindow(window_);
    }
    GlfwWindow(const GlfwWindow&) = delete;
    GlfwWindow& operator=(const GlfwWindow&) = delete;

    [[nodiscard]] bool visible() const override { return true; }
    [[nodiscard]] double scale() const override { return scale_; }
    [[nodiscard]] bool should_close() const override { return glfwWindowShouldClose(window_) == GLFW_TRUE; }
    bool wait(double seconds) override {
        if (seconds > 0) {
            glfwWaitEventsTimeout(seconds);
        } else {
            glfwPollEvents();
        }
        return std::exchange(input_, false);
    }
    void wake() override { glfwPostEmptyEvent(); }
    void begin_frame() override {
        ImGui_ImplOpenGL3_NewFrame();
        ImGui_ImplGlfw_NewFrame();
    }
    void end_frame(const FreshPictures& fresh) override {
        int width = 0;
        int height = 0;
        glfwGetFramebufferSize(window_, &width, &height);
        // A minimised window has no pixels.
        if (width == 0 || height == 0) return;
        painter_->paint(*ImGui::GetDrawData(), width, height, fresh);
        painter_->target().show();
        glfwSwapBuffers(window_);
    }
    [[nodiscard]] render::Image read() override { return painter_->target().read(); }
    void set_title(const std::string& title) override { glfwSetWindowTitle(window_, title.c_str()); }
    [[nodiscard]] std::vector<std::filesystem::path> take_dropped() override { return std::exchange(dropped_, {}); }

private:
    static GlfwWindow& of(GLFWwindow* window) { return *static_cast<GlfwWindow*>(glfwGetWindowUserPointer(window)); }

    GlfwLibrary library_;
    GLFWwindow* window_ = nullptr;
    double scale_ = 1;
    bool input_ = true;
    std::unique_ptr<FramePainter> painter_ = std::make_unique<FramePainter>();
    std::vector<std::filesystem::path> dropped_;
};

}  // namespace

std::unique_ptr<Surface> make_window(const SurfaceOptions& options) {
    return std::make_unique<GlfwWindow>(options);
}

}  // namespace maquette::viewer
