#include "viewer/panels/figure_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace maquette::viewer {
namespace {

constexpr std::size_t most_dots = 40;

void write_right(ImDrawList& list, const ImVec2& right_top, ImU32 colour, const std::string& text) {
    list.AddText({right_top.x - ImGui::CalcTextSize(text.c_str()).x, right_top.y}, colour, text.c_str());
}

}  // namespace

void draw_figure_plot(const char* id, const char* title, const std::vector<float>& values, float low, float high,
                      int marked, const Theme& theme, float height) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    ImGui::InvisibleButton(id, {width, height});
    const bool hovered = ImGui::IsItemHovered();
    if (low == high) {
        low = 0;
        high = values.empty() ? 1 : std::max(*std::max_element(values.begin(), values.end()) * 1.15F, 1e-4F);
    }
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + width, corner.y + height};
    const ImU32 muted = ImGui::GetColorU32(theme.muted);
    list.AddRectFilled(corner, end, ImGui::GetColorU32(ImGuiCol_FrameBg, 0.55F), 4);
    const float line = ImGui::GetTextLineHeight();
    const float pad = 0.45F * line;
    list.AddText({corner.x + pad, corner.y + 0.3F * line}, ImGui::GetColorU32(ImGuiCol_Text), title);
    const float top = corner.y + 1.6F * line;
    const float bottom = end.y - pad;
    const float left = corner.x + pad;
    const float right = end.x - pad;
    for (const float level : {0.0F, 0.5F, 1.0F}) {
        const float y = bottom + (top - bottom) * level;
        list.AddLine({left, y}, {right, y}, ImGui::GetColorU32(ImGuiCol_Separator));
    }
    if (values.empty()) {
        write_right(list, {right, corner.y + 0.3F * line}, muted, "no step yet");
        return;
    }
    const auto count = values.size();
    const auto at = [&](std::size_t i) {
        const float x = count < 2 ? (left + right) / 2
                                  : left + (right - left) * static_cast<float>(i) / static_cast<float>(count - 1);
        const float share = std::clamp((values[i] - low) / (high - low), 0.0F, 1.0F);
        return ImVec2(x, bottom + (top - bottom) * share);
    };
    const ImU32 accent = ImGui::GetColorU32(theme.accent);
    for (std::size_t i = 1; i < count; ++i) list.AddLine(at(i - 1), at(i), accent, 0.11F * line);
    if (count <= most_dots) {
        for (std::size_t i = 0; i < count; ++i) list.AddCircleFilled(at(i), 0.17F * line, accent);
    }
    int pointed = marked;
    if (hovered) {
        const float share = (ImGui::GetIO().MousePos.x - left) / std::max(right - left, 1.0F);
        pointed = std::clamp(static_cast<int>(std::lround(share * static_cast<float>(count - 1))), 0,
                             static_cast<int>(count) - 1);
    }
    if (pointed < 0 || pointed >= static_cast<int>(count)) pointed = static_cast<int>(count) - 1;
    const auto index = static_cast<std::size_t>(pointed);
    list.AddCircle(at(index), 0.30F * line, ImGui::GetColorU32(theme.second), 0, 0.12F * line);
    write_right(list, {right, corner.y + 0.3F * line}, muted, fmt::format("{:.3g}", values[index]));
}

}  // namespace maquette::viewer
