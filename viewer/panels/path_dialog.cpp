#include "viewer/panels/path_dialog.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <filesystem>

#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

struct Question {
    const char* title;
    const char* help;
    const char* button;
};

Question question_of(PathWish wish) {
    switch (wish) {
        case PathWish::open:
            return {"Open", "A photo, a mesh or prior to start from, or the folder of a saved session", "Open"};
        case PathWish::save_session:
            return {"Save the session", "A folder that takes photos, priors, options and all runs", "Save"};
        case PathWish::truth:
            return {"True shape", "A mesh of the object as it really is; nothing: none any more", "Measure against it"};
        case PathWish::screenshot:
            return {"Screenshot", "png, jpg or webp by extension: the window as it is", "Write"};
        case PathWish::record:
            return {"Record a turn", "gif or mp4 by extension; without one a folder of numbered PNG files", "Record"};
        case PathWish::none:
            break;
    }
    return {"", "", ""};
}

std::string first_path(const PanelContext& context, PathWish wish) {
    const auto& photos = context.studio.inputs().photos;
    const std::string stem = photos.empty() ? "session" : std::filesystem::path(photos.front().path).stem().string();
    switch (wish) {
        case PathWish::save_session:
            return context.state.dialog.session_folder.empty() ? stem + "-session"
                                                               : context.state.dialog.session_folder;
        case PathWish::truth:
            return context.studio.truth() ? context.studio.truth()->path.string() : "";
        case PathWish::screenshot:
            return "screenshot.png";
        case PathWish::record:
            return "turntable.gif";
        default:
            return {};
    }
}

void answer(PanelContext& context) {
    PathDialog& dialog = context.state.dialog;
    switch (dialog.wish) {
        case PathWish::open:
            if (!dialog.path.empty()) context.studio.open({dialog.path});
            break;
        case PathWish::save_session:
            dialog.session_folder = dialog.path;
            context.studio.save_session(dialog.path);
            break;
        case PathWish::truth:
            context.studio.set_truth(dialog.path);
            break;
        case PathWish::screenshot:
            context.tasks.screenshot = dialog.path;
            break;
        case PathWish::record:
            context.tasks.recording = RecordingWish{
                .path = dialog.path, .frames = dialog.frames, .width = dialog.pixels[0], .height = dialog.pixels[1]};
            break;
        case PathWish::none:
            break;
    }
}

void draw_recent(PanelContext& context) {
    PathDialog& dialog = context.state.dialog;
    if (context.preferences.recent.empty()) return;
    ImGui::TextColored(context.theme.muted, "RECENT");
    for (std::size_t i = 0; i < context.preferences.recent.size(); ++i) {
        const std::string& path = context.preferences.recent[i];
        ImGui::PushID(static_cast<int>(i));
        if (ImGui::Selectable(path.c_str(), dialog.path == path, ImGuiSelectableFlags_DontClosePopups)) {
            dialog.path = path;
        }
        control(context, fmt::format("recent {}", i + 1), {});
        ImGui::PopID();
    }
}

}  // namespace

void ask_for_path(PanelContext& context, PathWish wish) {
    PathDialog& dialog = context.state.dialog;
    dialog.path = first_path(context, wish);
    dialog.wish = wish;
    dialog.opened = false;
}

void save_session(PanelContext& context) {
    const std::string& folder = context.state.dialog.session_folder;
    folder.empty() ? ask_for_path(context, PathWish::save_session) : context.studio.save_session(folder);
}

void draw_path_dialog(PanelContext& context) {
    PathDialog& dialog = context.state.dialog;
    if (dialog.wish == PathWish::none) return;
    const Question question = question_of(dialog.wish);
    const std::string title = fmt::format("{}###path", question.title);
    const bool fresh = !dialog.opened;
    if (fresh) ImGui::OpenPopup(title.c_str());
    dialog.opened = true;
    const float scale = context.scale;
    const ImVec2 screen = ImGui::GetIO().DisplaySize;
    ImGui::SetNextWindowPos({screen.x / 2, 0.4F * screen.y}, ImGuiCond_Always, {0.5F, 0.5F});
    ImGui::SetNextWindowSize({460 * scale, 0});
    bool open = true;
    ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 8 * scale);
    const bool shown =
        ImGui::BeginPopupModal(title.c_str(), &open, ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoMove);
    ImGui::PopStyleVar();
    if (!shown) {
        dialog.wish = PathWish::none;
        return;
    }
    ImGui::PushTextWrapPos(0);
    ImGui::TextColored(context.theme.muted, "%s", question.help);
    ImGui::PopTextWrapPos();
    if (fresh) ImGui::SetKeyboardFocusHere();
    ImGui::SetNextItemWidth(-1);
    bool done = ImGui::InputText("##dialog path", &dialog.path, ImGuiInputTextFlags_EnterReturnsTrue);
    control(context, "dialog path", {});
    if (dialog.wish == PathWish::open) draw_recent(context);
    if (dialog.wish == PathWish::record) {
        ImGui::SetNextItemWidth(-1);
        ImGui::SliderInt("##frames", &dialog.frames, 8, 240, "%d pictures a turn", ImGuiSliderFlags_AlwaysClamp);
        control(context, "record frames", "Played 24 a second");
        ImGui::SetNextItemWidth(-1);
        ImGui::InputInt2("##pixels", dialog.pixels.data());
        control(context, "record pixels", "Width and height, pixels");
        for (int& side : dialog.pixels) side = std::clamp(side, 64, 4096) / 2 * 2;
    }
    const float width = (ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2;
    done = ImGui::Button(question.button, {width, 0}) || done;
    control(context, "dialog do", {});
    ImGui::SameLine();
    bool cancelled = ImGui::Button("Cancel", {-1, 0});
    control(context, "dialog cancel", {});
    cancelled = cancelled || !open || ImGui::IsKeyPressed(ImGui::GetKeyIndex(ImGuiKey_Escape));
    if (done && !cancelled) answer(context);
    if (done || cancelled) {
        ImGui::CloseCurrentPopup();
        dialog.wish = PathWish::none;
    }
    ImGui::EndPopup();
}

}  // namespace maquette::viewer
