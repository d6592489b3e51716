#include <algorithm>
#include <array>
#include <utility>

#include "viewer/panels/panels.h"
#include "viewer/window/simulated_hand.h"

namespace maquette::viewer {
namespace {

using recon::SessionState;

struct KeyBinding {
    int code;
    bool with_control;
    const char* shown;
    const char* what;
    void (*act)(PanelContext&);
};

void run_or_pause(PanelContext& context) {
    context.studio.report().state == SessionState::running ? context.studio.pause() : context.studio.run();
}

void next_comparison(PanelContext& context) {
    auto& comparison = context.settings.comparison;
    comparison = static_cast<Comparison>((static_cast<int>(comparison) + 1) % 4);
}

void put_away(PanelContext& context) {
    context.settings.alignment.reset();
    context.settings.rated.reset();
    context.studio.masks().end();
    context.studio.view_rating().end();
    context.settings.help = false;
    context.studio.clear_error();
    context.studio.say({});
}

void export_shown(PanelContext& context) {
    const auto& report = context.studio.report();
    context.studio.export_shape(context.settings.export_path,
                                wish_for(moment_at(report, context.settings.place), context.studio, context.settings),
                                context.settings.export_resolution);
}

/// The photo's own camera, where one is known.
void look_like_photo(PanelContext& context) {
    const auto& report = context.studio.report();
    for (const recon::View& view : *views_at(moment_at(report, context.settings.place), report)) {
        if (!view.camera) continue;
        context.settings.view = OrbitView::of_camera(*view.camera);
        return;
    }
}

constexpr std::array<KeyBinding, 37> bindings = {{
    {' ', false, "Space", "Run or pause", run_or_pause},
    {'S', false, "S", "One step", [](PanelContext& c) { c.studio.step(); }},
    {'R', false, "R", "Reset to the prior", [](PanelContext& c) { c.studio.reset(); }},
    {key_code::left, false, "Left", "One step back on the timeline",
     [](PanelContext& c) { scrub(c.studio.report(), c.settings, -1); }},
    {key_code::right, false, "Right", "One step on", [](PanelContext& c) { scrub(c.studio.report(), c.settings, 1); }},
    {'Z', true, "Ctrl+Z", "Undo a change of the inputs", [](PanelContext& c) { c.studio.undo(); }},
    {'Y', true, "Ctrl+Y", "Redo it", [](PanelContext& c) { c.studio.redo(); }},
    {'O', true, "Ctrl+O", "Open a photo, mesh or session", [](PanelContext& c) { ask_for_path(c, PathWish::open); }},
    {'S', true, "Ctrl+S", "Save the session", save_session},
    {'Q', true, "Ctrl+Q", "Quit", [](PanelContext& c) { c.tasks.quit = true; }},
    {'1', false, "1", "Plain surface", [](PanelContext& c) { c.settings.colouring = Colouring::plain; }},
    {'2', false, "2", "Colours of the photos", [](PanelContext& c) { c.settings.colouring = Colouring::photo; }},
    {'3', false, "3", "Normals", [](PanelContext& c) { c.settings.colouring = Colouring::normals; }},
    {'4', false, "4", "Difference from the prior",
     [](PanelContext& c) { c.settings.colouring = Colouring::difference; }},
    {'5', false, "5", "Difference from the true shape",
     [](PanelContext& c) { c.settings.colouring = Colouring::truth; }},
    {'6', false, "6", "Confidence", [](PanelContext& c) { c.settings.colouring = Colouring::confidence; }},
    {'W', false, "W", "Wireframe", [](PanelContext& c) { c.settings.wireframe = !c.settings.wireframe; }},
    {'V', false, "V", "Voxels", [](PanelContext& c) { c.settings.voxels = !c.settings.voxels; }},
    {'G', false, "G", "Prior as a ghost", [](PanelContext& c) { c.settings.ghost = !c.settings.ghost; }},
    {'B', false, "B", "Photo behind the model", [](PanelContext& c) { c.settings.backdrop = !c.settings.backdrop; }},
    {'K', false, "K", "Cameras of the photos", [](PanelContext& c) { c.settings.frustums = !c.settings.frustums; }},
    {'D', false, "D", "Generated views", [](PanelContext& c) { c.settings.strip = !c.settings.strip; }},
    {'F', false, "F", "Floor and axes", [](PanelContext& c) { c.settings.grid = !c.settings.grid; }},
    {'O', false, "O", "Orthographic",
     [](PanelContext& c) { c.settings.view.orthographic = !c.settings.view.orthographic; }},
    {'T', false, "T", "Turntable", [](PanelContext& c) { c.settings.turntable = !c.settings.turntable; }},
    {'C', false, "C", "Next way to compare", next_comparison},
    {'X', false, "X", "Look through the photo's camera", look_like_photo},
    {'A', false, "A", "Align the model with the photo", [](PanelContext& c) { start_alignment(c, 0); }},
    {'I', false, "I", "Correct what of the photo is the object", [](PanelContext& c) { start_mask_editing(c, 0); }},
    {key_code::enter, false, "Enter", "Use the camera or the mask that is being set", finish_alignment},
    {'H', false, "H", "Home: the first view again", [](PanelContext& c) { c.settings.view = OrbitView{}; }},
    {'E', false, "E", "Export what is shown", export_shown},
    {'P', false, "P", "Screenshot", [](PanelContext& c) { ask_for_path(c, PathWish::screenshot); }},
    {'M', false, "M", "Record a turn", [](PanelContext& c) { ask_for_path(c, PathWish::record); }},
    {'L', false, "L", "Light or dark", [](PanelContext& c) { c.settings.dark = !c.settings.dark; }},
    {key_code::f1, false, "F1", "This list", [](PanelContext& c) { c.settings.help = !c.settings.help; }},
    {key_code::escape, false, "Esc", "Put messages, this list, an alignment or a mask away", put_away},
}};

/// While a mask is corrected, these come first.
bool handle_mask_keys(PanelContext& context) {
    if (!context.studio.masks().active()) return false;
    const bool control = ImGui::GetIO().KeyCtrl;
    if (!control && ImGui::IsKeyPressed(key_code::enter, false)) {
        context.studio.use_mask();
    } else if (control && ImGui::IsKeyPressed('Z', false)) {
        context.studio.masks().undo_line();
    } else {
        return false;
    }
    return true;
}

/// While a pair is rated, these come first.
bool handle_rating_keys(PanelContext& context) {
    const auto pressed = [](int code) { return ImGui::IsKeyPressed(code, false); };
    if (context.studio.view_rating().active()) {
        static constexpr std::array<std::pair<int, RatingPress>, 5> presses = {{{'1', RatingPress::a},
                                                                                {'2', RatingPress::b},
                                                                                {'0', RatingPress::same},
                                                                                {'N', RatingPress::skip},
                                                                                {'U', RatingPress::undo}}};
        for (const auto& [code, press] : presses) {
            if (!pressed(code)) continue;
            press_view_rating(context, press);
            return true;
        }
        return false;
    }
    if (!context.settings.rated) return false;
    if (pressed('1')) {
        rate(context, Choice::a);
    } else if (pressed('2')) {
        rate(context, Choice::b);
    } else if (pressed('0')) {
        rate(context, Choice::same);
    } else if (pressed('N')) {
        skip_rating(context);
    } else if (pressed('U')) {
        undo_rating(context);
    } else {
        return false;
    }
    return true;
}

}  // namespace

void handle_keys(PanelContext& context) {
    const ImGuiIO& io = ImGui::GetIO();
    if (io.WantTextInput || context.state.dialog.wish != PathWish::none) return;
    if (handle_mask_keys(context) || handle_rating_keys(context)) return;
    for (const KeyBinding& binding : bindings) {
        if (binding.with_control == io.KeyCtrl &&
            ImGui::IsKeyPressed(binding.code, binding.code == key_code::left || binding.code == key_code::right)) {
            binding.act(context);
        }
    }
}

void draw_help(PanelContext& context) {
    if (!context.settings.help) return;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, screen.y / 2}, ImGuiCond_Always, {0.5F, 0.5F});
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 8 * context.scale);
    ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {22 * context.scale, 18 * context.scale});
    ImGui::PushStyleColor(ImGuiCol_WindowBg, ImGui::GetStyle().Colors[ImGuiCol_PopupBg]);
    ImGui::Begin("Keys", nullptr,
                 ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings);
    ImGui::TextUnformatted("Keys");
    ImGui::SameLine();
    ImGui::TextColored(context.theme.muted, "F1 or Esc closes this list");
    ImGui::Separator();
    if (ImGui::BeginTable("keys", 4, ImGuiTableFlags_SizingFixedFit)) {
        const std::size_t rows = (bindings.size() + 1) / 2;
        for (std::size_t row = 0; row < rows; ++row) {
            ImGui::TableNextRow();
            for (const std::size_t i : {row, row + rows}) {
                if (i >= bindings.size()) continue;
                ImGui::TableNextColumn();
                ImGui::TextColored(context.theme.accent, "%s", bindings[i].shown);
                ImGui::TableNextColumn();
                ImGui::Text("%s        ", bindings[i].what);
            }
        }
        ImGui::EndTable();
    }
    ImGui::Separator();
    ImGui::TextColored(context.theme.muted,
                       "Mouse: drag turns, right or Shift-drag moves, wheel zooms, double-click goes home.");
    ImGui::End();
    ImGui::PopStyleColor();
    ImGui::PopStyleVar(2);
}

}  // namespace maquette::viewer
