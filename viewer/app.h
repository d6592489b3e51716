#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "viewer/panels/panels.h"
#include "viewer/recording/film_writer.h"
#include "viewer/studio/stage.h"
#include "viewer/studio/studio.h"
#include "viewer/window/simulated_hand.h"
#include "viewer/window/surface.h"

namespace maquette::viewer {

/// Owner of Dear ImGui's context.
class ImGuiOwner {
public:
    ImGuiOwner();
    ~ImGuiOwner();
    ImGuiOwner(const ImGuiOwner&) = delete;
    ImGuiOwner& operator=(const ImGuiOwner&) = delete;
};

/// The viewer: a studio on a surface, frame by frame. Draws only when something changed.
class App {
public:
    using MakeSurface = std::function<std::unique_ptr<Surface>(const SurfaceOptions&)>;

    /// Throws what making the surface or reading the inputs throws.
    /// `engine`: in place of the one that the options name; empty: that one.
    App(const ViewOptions& options, const MakeSurface& make_surface, recon::SessionEngine engine = {});
    ~App();
    App(const App&) = delete;
    App& operator=(const App&) = delete;

    /// Takes in news and input, waiting up to `seconds` for some, and draws where needed. Returns whether it drew.
    bool tick(double seconds);
    /// Draws one frame whether needed or not.
    void draw_frame();
    [[nodiscard]] bool should_close() const { return surface_->should_close() || tasks_.quit; }
    /// Nothing more will happen by itself, and the picture shows all there is.
    [[nodiscard]] bool settled();

    /// The whole window, drawn for it with smooth edges. [H, W, 3]
    render::Image screenshot();
    /// The model alone. [height, width, 3]
    render::Image picture(int width, int height);
    /// Begins to record a full turn of the model, a picture a tick. Throws what make_film_writer throws.
    void record(const RecordingWish& wish);
    [[nodiscard]] bool recording() const { return recording_ != nullptr; }

    Studio& studio() { return *studio_; }
    Stage& stage() { return *stage_; }
    DisplaySettings& settings() { return settings_; }
    Preferences& preferences() { return preferences_; }
    /// Where the model was drawn last, pixels of the window.
    [[nodiscard]] PixelRectangle viewport() const { return viewport_; }
    /// Where the controls are.
    [[nodiscard]] const Marks& marks() const { return marks_; }
    /// Input by script. Played one event a frame.
    SimulatedHand& hand() { return hand_; }
    /// As if files were dropped onto the window.
    void drop(const std::vector<std::filesystem::path>& files);
    /// The next frame paints every panel anew.
    void repaint() { fresh_.any = true; }
    /// The next `count` ticks draw, as after input.
    void expect_frames(int count);

private:
    [[nodiscard]] bool animating() const;
    void animate();
    void take_news();

    /// What is shown at once when it changes; the rest of a run's news can wait a little.
    struct Tidings {
        recon::SessionState state = recon::SessionState::idle;
        int track = 0;
        std::size_t tracks = 0;
        int begun = 0;  ///< 1: a step was taken
        std::string activity;
        bool operator==(const Tidings&) const = default;
    };
    [[nodiscard]] Tidings tidings() const;
    void draw_panels();
    /// sides: widths of the panels left and right
    void draw_splitters(const ImVec2& sides, float bottom, float top);
    void do_tasks();
    void record_frame();
    void keep_preferences();

    /// A turn that is being recorded.
    struct Recording {
        RecordingWish wish;
        std::unique_ptr<FilmWriter> film;
        OrbitView before;
        int done = 0;
    };

    Preferences preferences_;
    bool remember_ = false;
    ImGuiOwner imgui_;
    std::unique_ptr<Surface> surface_;
    std::unique_ptr<Stage> stage_;
    std::unique_ptr<Studio> studio_;
    PhotoThumbnails thumbnails_;
    DisplaySettings settings_;
    Theme theme_;
    PixelRectangle viewport_;
    FreshPictures fresh_;
    Marks marks_;
    PanelState panel_state_;
    WindowTasks tasks_;
    std::unique_ptr<Recording> recording_;
    SimulatedHand hand_;
    std::string title_;
    bool themed_dark_ = true;
    bool smooth_ = true;  ///< edges are smoothed; on slow drivers only when nothing moves
    bool software_ = false;
    int frames_due_ = 3;
    double flicker_at_ = 0;
    Tidings seen_;
    bool news_ = false;
    double next_news_ = 0;      ///< while running, what is new is shown from this time on
    double frame_seconds_ = 0;  ///< of the last frame
    double last_tick_ = 0;
};

}  // namespace maquette::viewer
