#include "viewer/app.h"

#include <epoxy/gl.h>
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>
#include <thread>
#include <utility>

#include "render/error.h"
#include "render/io/image_io.h"

namespace maquette::viewer {
namespace {

constexpr float splitter = 6;  // pixels of the design that catch the mouse between two panels
constexpr double turntable_degrees_per_second = 40;
constexpr double longest_without_news = 1;  // seconds
constexpr double flicker_seconds = 0.6;
constexpr double notice_seconds = 6;   // that good news stays
constexpr int frames_after_input = 3;  // Dear ImGui needs some until hovering and sizes are right
constexpr int thumbnail_pixels = 128;
constexpr float strip_height = 200;  // of the generated views, pixels of the design
/// What drawing may cost while a run goes on, as a share of all cores.
constexpr double share_while_running = 0.045;

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool draws_in_software() {
    const auto* const renderer = reinterpret_cast<const char*>(glGetString(GL_RENDERER));
    const std::string_view name = renderer == nullptr ? "" : renderer;
    return name.find("llvmpipe") != std::string_view::npos || name.find("softpipe") != std::string_view::npos;
}

SurfaceOptions surface_options(const ViewOptions& options, const Preferences& preferences) {
    SurfaceOptions result;
    const auto [width, height] = parse_size(options.size);
    const bool own_size = options.size != ViewOptions().size || preferences.width == 0 || preferences.height == 0;
    result.width = own_size ? width : preferences.width;
    result.height = own_size ? height : preferences.height;
    result.scale = options.scale;
    return result;
}

}  // namespace

ImGuiOwner::ImGuiOwner() {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
}

ImGuiOwner::~ImGuiOwner() {
    ImGui::DestroyContext();
}

App::App(const ViewOptions& options, const MakeSurface& make_surface, recon::SessionEngine engine)
    : preferences_(options.remember ? read_preferences(preferences_file()) : Preferences()),
      remember_(options.remember),
      surface_(make_surface(surface_options(options, preferences_))),
      stage_(std::make_unique<Stage>()) {
    load_font(surface_->scale());
    settings_.dark = !options.light && preferences_.dark;
    themed_dark_ = settings_.dark;
    theme_ = apply_theme(settings_.dark, surface_->scale());
    software_ = draws_in_software();
    studio_ = std::make_unique<Studio>(options, std::move(engine), [surface = surface_.get()] { surface->wake(); });
    last_tick_ = now();
}

App::~App() {
    keep_preferences();
}

void App::keep_preferences() {
    if (!remember_) return;
    preferences_.dark = settings_.dark;
    const ImVec2 size = ImGui::GetIO().DisplaySize;
    if (size.x > 0 && size.y > 0) {
        preferences_.width = static_cast<int>(size.x);
        preferences_.height = static_cast<int>(size.y);
    }
    try {
        if (const auto path = preferences_file(); !path.empty()) write_preferences(path, preferences_);
    } catch (const Error&) {
        // Where nothing can be kept, the next time begins as the first did.
    }
}

void App::expect_frames(int count) {
    frames_due_ = std::max(frames_due_, count);
}

void App::drop(const std::vector<std::filesystem::path>& files) {
    studio_->open(files);
    expect_frames(frames_after_input);
}

bool App::animating() const {
    return settings_.turntable || settings_.comparison == Comparison::flicker;
}

void App::animate() {
    const double time = now();
    const double passed = std::min(time - last_tick_, 0.1);
    last_tick_ = time;
    if (settings_.turntable) {
        settings_.view.azimuth = std::remainder(settings_.view.azimuth + passed * turntable_degrees_per_second, 360.0);
        expect_frames(1);
    }
    if (settings_.comparison == Comparison::flicker && time > flicker_at_) {
        settings_.flicker_other = !settings_.flicker_other;
        flicker_at_ = time + flicker_seconds;
        expect_frames(1);
    }
}

bool App::tick(double seconds) {
    double patience = seconds;
    if (frames_due_ > 0) patience = 0;
    if (settings_.turntable || recording_) patience = 0;
    if (settings_.comparison == Comparison::flicker) patience = std::min(patience, std::max(flicker_at_ - now(), 0.0));
    if (ImGui::GetIO().WantTextInput) patience = std::min(patience, 0.4);
    if (!studio_->notice().empty() && surface_->visible()) {
        const double age = std::chrono::duration<double>(std::chrono::steady_clock::now() - studio_->said()).count();
        patience = std::min(patience, std::max(notice_seconds - age, 0.0));
        if (age >= notice_seconds) {
            studio_->say({});
            expect_frames(frames_after_input);
        }
    }
    if (surface_->wait(patience)) expect_frames(frames_after_input);
    const auto dropped = surface_->take_dropped();
    if (!dropped.empty()) drop(dropped);
    if (hand_.busy()) expect_frames(frames_after_input);
    do_tasks();
    take_news();
    animate();
    if (stage_->draw_thumbnail(studio_->shelf(), theme_.backdrop, thumbnail_pixels)) {
        fresh_.any = true;
        expect_frames(2);
    }
    if (frames_due_ == 0) {
        // Nothing moves any more: once again, with smooth edges. A text cursor blinks on.
        const bool moving = animating() || studio_->report().state == recon::SessionState::running;
        const bool roughly = !smooth_ && !moving;
        if (!roughly && !ImGui::GetIO().WantTextInput) return false;
        smooth_ = !software_ || !moving;
        draw_frame();
        return true;
    }
    --frames_due_;
    smooth_ = !software_;
    const double start = now();
    draw_frame();
    frame_seconds_ = now() - start;
    return true;
}

App::Tidings App::tidings() const {
    const recon::SessionReport& report = studio_->report();
    const int track = report.tracks.empty() ? 0 : report.tracks.back()->id;
    return {report.state, track, report.tracks.size(), std::min(report.iteration, 1), report.activity};
}

void App::take_news() {
    if (studio_->poll()) news_ = true;
    for (const auto& path : studio_->take_opened()) {
        preferences_.add_recent(path);
        if (std::filesystem::is_directory(path)) panel_state_.dialog.session_folder = path.string();
        keep_preferences();
    }
    const bool running = studio_->report().state == recon::SessionState::running;
    Tidings newest = tidings();
    const bool urgent = !running || newest != seen_;
    // While the newest shape is being made nothing newer is asked for, or none would ever be there in time.
    if (news_ && (urgent || (now() >= next_news_ && stage_->complete()))) {
        news_ = false;
        seen_ = std::move(newest);
        stage_->renew();
        stage_->arrange(*studio_, settings_, theme_);
        if (urgent || stage_->complete()) expect_frames(running ? 1 : 2);
        const Shape* shape = stage_->shape();
        const double cost = frame_seconds_ + (shape == nullptr ? 0 : shape->seconds);
        const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
        next_news_ = now() + std::min(cost / share_while_running / cores, longest_without_news);
    } else if (!stage_->complete()) {
        stage_->arrange(*studio_, settings_, theme_);
        if (stage_->complete()) expect_frames(running ? 1 : 2);
    }
}

void App::draw_frame() {
    if (settings_.dark != themed_dark_) {
        themed_dark_ = settings_.dark;
        theme_ = apply_theme(settings_.dark, surface_->scale());
        studio_->shelf().redraw();
        expect_frames(frames_after_input);
    }
    stage_->arrange(*studio_, settings_, theme_);
    surface_->begin_frame();
    hand_.play(ImGui::GetIO());
    ImGui::NewFrame();
    draw_panels();
    ImGui::Render();
    surface_->end_frame(std::exchange(fresh_, {}));
}

void App::draw_panels() {
    const ImGuiIO& io = ImGui::GetIO();
    const auto scale = static_cast<float>(surface_->scale());
    const float gap = 1;
    PanelContext context{*studio_, *stage_,      settings_,    theme_, thumbnails_,
                         marks_,   panel_state_, preferences_, tasks_, scale};
    marks_.clear();
    handle_keys(context);
    const float top = draw_menu_bar(context);
    const Layout& layout = preferences_.layout;
    const float left = std::min(layout.left * scale, 0.35F * io.DisplaySize.x);
    const float right = std::min(layout.right * scale, 0.35F * io.DisplaySize.x);
    const float bottom = std::min(layout.bottom * scale, 0.5F * io.DisplaySize.y);
    constexpr ImGuiWindowFlags fixed = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                                       ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus |
                                       ImGuiWindowFlags_NoNavFocus;
    const auto panel = [&](const char* name, const ImVec2& corner, const ImVec2& size, void (*draw)(PanelContext&),
                           ImGuiWindowFlags flags) {
        ImGui::SetNextWindowPos(corner);
        ImGui::SetNextWindowSize(size);
        ImGui::Begin(name, nullptr, flags);
        draw(context);
        ImGui::End();
    };
    // Panels whose content may be taller than the window scroll.
    constexpr ImGuiWindowFlags scrolling = fixed & ~ImGuiWindowFlags_NoScrollbar;
    const float height = io.DisplaySize.y;
    panel("Inputs", {0, top}, {left, height - top}, draw_inputs_panel, fixed);
    panel("Refinement", {io.DisplaySize.x - right, top}, {right, height - top}, draw_refinement_panel, scrolling);
    const float middle = io.DisplaySize.x - left - right - 2 * gap;
    panel("Timeline", {left + gap, height - bottom}, {middle, bottom}, draw_timeline_panel, fixed);

    float below = bottom + gap;
    if (settings_.strip) {
        const float strip = std::min(strip_height * scale, 0.4F * (height - top - bottom));
        panel("Generated views", {left + gap, height - below - strip}, {middle, strip}, draw_generated_views_panel,
              fixed);
        below += strip + gap;
    }
    viewport_ = {static_cast<int>(left + gap), static_cast<int>(top), static_cast<int>(middle),
                 static_cast<int>(height - top - below)};
    const int samples = smooth_ ? 4 : 1;
    const bool drawn = stage_->draw(
        settings_, theme_, static_cast<int>(static_cast<float>(viewport_.width) * io.DisplayFramebufferScale.x),
        static_cast<int>(static_cast<float>(viewport_.height) * io.DisplayFramebufferScale.y), samples);
    if (drawn) fresh_.texture = stage_->texture();
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
    panel("Viewport", {left + gap, top}, {middle, height - top - below}, draw_viewport, fixed);
    ImGui::PopStyleVar();
    draw_splitters({left, right}, bottom, top);
    draw_path_dialog(context);
    draw_help(context);
}

void App::draw_splitters(const ImVec2& sides, float bottom, float top) {
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    const auto scale = static_cast<float>(surface_->scale());
    const float thick = splitter * scale;
    const auto draw = [&](const char* name, const ImVec2& corner, const ImVec2& size, ImGuiMouseCursor cursor,
                          float& value, float step) {
        ImGui::SetNextWindowPos(corner);
        ImGui::SetNextWindowSize(size);
        ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
        ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, {1, 1});
        ImGui::Begin(name, nullptr,
                     ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                         ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoNavFocus);
        ImGui::InvisibleButton(name, size);
        marks_.set(name);
        const bool active = ImGui::IsItemActive();
        if (active || ImGui::IsItemHovered()) {
            ImGui::SetMouseCursor(cursor);
            const ImVec4 accent{theme_.accent.x, theme_.accent.y, theme_.accent.z, active ? 0.8F : 0.35F};
            ImGui::GetWindowDrawList()->AddRectFilled(corner, {corner.x + size.x, corner.y + size.y},
                                                      ImGui::GetColorU32(accent));
        }
        if (active) value += step / scale;
        ImGui::End();
        ImGui::PopStyleVar(2);
    };
    const ImVec2 moved = ImGui::GetIO().MouseDelta;
    Layout& layout = preferences_.layout;
    const ImVec2 tall{thick, screen.y - top};
    draw("left edge", {sides.x - thick / 2, top}, tall, ImGuiMouseCursor_ResizeEW, layout.left, moved.x);
    draw("right edge", {screen.x - sides.y - thick / 2, top}, tall, ImGuiMouseCursor_ResizeEW, layout.right, -moved.x);
    draw("bottom edge", {sides.x + thick, screen.y - bottom - thick / 2},
         {screen.x - sides.x - sides.y - 2 * thick, thick}, ImGuiMouseCursor_ResizeNS, layout.bottom, -moved.y);
    layout.left = std::clamp(layout.left, 200.0F, std::max(200.0F, 0.35F * screen.x / scale));
    layout.right = std::clamp(layout.right, 200.0F, std::max(200.0F, 0.35F * screen.x / scale));
    layout.bottom = std::clamp(layout.bottom, 90.0F, std::max(90.0F, 0.5F * screen.y / scale));
}

bool App::settled() {
    const bool drawn = frames_due_ == 0 && (smooth_ || animating());
    return drawn && !hand_.busy() && !recording_ && studio_->at_rest() && !studio_->poll() && stage_->complete() &&
           studio_->shelf().complete();
}

render::Image App::screenshot() {
    smooth_ = true;
    draw_frame();
    return surface_->read();
}

render::Image App::picture(int width, int height) {
    stage_->arrange(*studio_, settings_, theme_);
    return stage_->picture(settings_, theme_, width, height);
}

void App::record(const RecordingWish& wish) {
    recording_ =
        std::make_unique<Recording>(Recording{.wish = wish, .film = make_film_writer(wish), .before = settings_.view});
    expect_frames(1);
}

void App::record_frame() {
    Recording& recording = *recording_;
    try {
        settings_.view.azimuth =
            std::remainder(recording.before.azimuth + 360.0 * recording.done / recording.wish.frames, 360.0);
        recording.film->add(picture(recording.wish.width, recording.wish.height));
        studio_->say(fmt::format("Recording: picture {} of {}", ++recording.done, recording.wish.frames));
        expect_frames(1);
        if (recording.done < recording.wish.frames) return;
        recording.film->finish();
        studio_->say(fmt::format("Wrote {}", recording.wish.path.string()));
    } catch (const std::exception& error) {
        studio_->say({});
        studio_->fail(error.what());
    }
    settings_.view = recording.before;
    recording_.reset();
    expect_frames(frames_after_input);
}

void App::do_tasks() {
    try {
        if (const auto path = std::exchange(tasks_.screenshot, {}); !path.empty()) {
            render::write_image(path, screenshot());
            studio_->say(fmt::format("Wrote {}", path.string()));
            expect_frames(2);
        }
        if (const auto wish = std::exchange(tasks_.recording, {})) record(*wish);
    } catch (const std::exception& error) {
        studio_->fail(error.what());
        expect_frames(2);
    }
    if (recording_ && stage_->complete()) record_frame();
}

}  // namespace maquette::viewer
