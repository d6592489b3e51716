#include "viewer/panels/panels.h"

namespace maquette::viewer {

void draw_banner(PanelContext& context, const ImVec2& top_left, float width) {
    const bool failed = !context.studio.error().empty();
    const std::string& text = failed ? context.studio.error() : context.studio.notice();
    if (text.empty()) return;
    const float scale = context.scale;
    const float margin = 14 * scale;
    const float inner = width - 2 * margin;
    const float button = 28 * scale;
    const float pad = 10 * scale;
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str(), nullptr, false, inner - button - 3 * pad);
    const ImVec2 corner{top_left.x + margin, top_left.y + margin};
    const ImVec2 end{corner.x + inner, corner.y + extent.y + 2 * pad};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec4 accent = context.theme.accent;
    const ImVec4 ground = failed ? context.theme.error : ImVec4(accent.x, accent.y, accent.z, 0.9F);
    list.AddRectFilled(corner, end, ImGui::GetColorU32(ground), 6 * scale);
    const ImVec4 ink = failed ? context.theme.error_text : ImVec4(1, 1, 1, 1);
    list.AddText(ImGui::GetFont(), ImGui::GetFontSize(), {corner.x + pad, corner.y + pad}, ImGui::GetColorU32(ink),
                 text.c_str(), nullptr, inner - button - 3 * pad);
    ImGui::SetCursorScreenPos(
        {end.x - button - pad / 2, corner.y + (extent.y + 2 * pad - ImGui::GetFrameHeight()) / 2});
    ImGui::PushStyleColor(ImGuiCol_Button, {0, 0, 0, 0});
    ImGui::PushStyleColor(ImGuiCol_Text, ink);
    if (ImGui::Button("×##banner", {button, 0})) {
        failed ? context.studio.clear_error() : context.studio.say({});
    }
    ImGui::PopStyleColor(2);
    context.marks.set("put away");
}

}  // namespace maquette::viewer
