#include <fmt/format.h>

#include <filesystem>

#include "viewer/panels/panels.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

/// An item that scripts can click by its name.
bool item(PanelContext& context, const char* name, const char* key, bool enabled = true, bool ticked = false) {
    const bool chosen = ImGui::MenuItem(name, key, ticked, enabled);
    context.marks.set(fmt::format("menu {}", name));
    return chosen;
}

template <typename Draw>
void menu(PanelContext& context, const char* name, Draw draw) {
    const bool open = ImGui::BeginMenu(name);
    context.marks.set(fmt::format("menu {}", name));
    if (!open) return;
    draw();
    ImGui::EndMenu();
}

void draw_file(PanelContext& context) {
    if (item(context, "Open...", "Ctrl+O")) ask_for_path(context, PathWish::open);
    menu(context, "Recent", [&] {
        if (context.preferences.recent.empty()) item(context, "nothing yet", nullptr, false);
        for (const std::string& path : context.preferences.recent) {
            if (item(context, path.c_str(), nullptr)) context.studio.open({path});
        }
    });
    ImGui::Separator();
    if (item(context, "Save session", "Ctrl+S")) save_session(context);
    if (item(context, "Save session as...", nullptr)) ask_for_path(context, PathWish::save_session);
    ImGui::Separator();
    if (item(context, "True shape...", nullptr)) ask_for_path(context, PathWish::truth);
    if (item(context, "Screenshot...", "P")) ask_for_path(context, PathWish::screenshot);
    if (item(context, "Record a turn...", "M")) ask_for_path(context, PathWish::record);
    ImGui::Separator();
    if (item(context, "Quit", "Ctrl+Q")) context.tasks.quit = true;
}

void draw_edit(PanelContext& context) {
    if (item(context, "Undo", "Ctrl+Z", context.studio.history().can_undo())) context.studio.undo();
    if (item(context, "Redo", "Ctrl+Y", context.studio.history().can_redo())) context.studio.redo();
    ImGui::Separator();
    const bool photos = !context.studio.inputs().photos.empty();
    if (item(context, "Align with the photo", "A", photos)) start_alignment(context, 0);
    if (item(context, "Correct the mask", "I", photos)) start_mask_editing(context, 0);
    if (item(context, "Propose a prior", nullptr, photos)) context.studio.propose_prior();
    if (item(context, "Generate views", nullptr, why_no_views(context.studio).empty())) {
        context.settings.strip = true;
        generate_views(context.studio);
    }
    if (item(context, "Rate results", nullptr, context.studio.report().tracks.size() > 1)) start_rating(context);
}

void draw_view(PanelContext& context) {
    DisplaySettings& settings = context.settings;
    if (item(context, "Home", "H")) settings.view = OrbitView{};
    bool& strip = context.settings.strip;
    if (item(context, "Generated views", "D", true, strip)) strip = !strip;
    if (item(context, "Light colours", "L", true, !settings.dark)) settings.dark = !settings.dark;
    if (item(context, "Panels as at first", nullptr)) context.preferences.layout = Layout{};
}

}  // namespace

float draw_menu_bar(PanelContext& context) {
    if (!ImGui::BeginMainMenuBar()) return 0;
    const float height = ImGui::GetWindowSize().y;
    menu(context, "File", [&] { draw_file(context); });
    menu(context, "Edit", [&] { draw_edit(context); });
    menu(context, "View", [&] { draw_view(context); });
    menu(context, "Help", [&] {
        if (item(context, "Keys", "F1")) context.settings.help = true;
    });
    const std::string& folder = context.state.dialog.session_folder;
    if (!folder.empty()) {
        const std::string name = std::filesystem::path(folder).lexically_normal().string();
        ImGui::SameLine(ImGui::GetWindowWidth() - ImGui::CalcTextSize(name.c_str()).x - 16 * context.scale);
        ImGui::TextColored(context.theme.muted, "%s", name.c_str());
    }
    ImGui::EndMainMenuBar();
    return height;
}

}  // namespace maquette::viewer
