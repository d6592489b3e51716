#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

constexpr float divider_reach = 8;  // pixels of the design on either side that catch the mouse

/// The mouse moves the model over the photo instead of the eye around the model.
void drag_alignment(PhotoAlignment& alignment, const ImVec2& size, float scale) {
    const ImGuiIO& io = ImGui::GetIO();
    const double dx = io.MouseDelta.x;
    const double dy = io.MouseDelta.y;
    if (ImGui::IsItemActive() && (dx != 0 || dy != 0)) {
        if (!ImGui::IsMouseDown(ImGuiMouseButton_Left) || io.KeyShift) {
            alignment.move(dx, dy, std::min(size.x, size.y));
        } else if (io.KeyCtrl) {
            alignment.roll(dx / scale);
        } else {
            alignment.turn(dx / scale, dy / scale);
        }
    }
    if (!ImGui::IsItemHovered() || io.MouseWheel == 0) return;
    io.KeyCtrl ? alignment.approach(io.MouseWheel) : alignment.resize(io.MouseWheel);
}

void drag_view(PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    const ImGuiIO& io = ImGui::GetIO();
    DisplaySettings& settings = context.settings;
    bool& moving_divider = context.state.moving_divider;
    const float divider = corner.x + settings.divider * size.x;
    const bool near_divider = settings.comparison == Comparison::split && ImGui::IsItemHovered() &&
                              std::abs(io.MousePos.x - divider) < divider_reach * context.scale;
    if (near_divider || moving_divider) ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
    if (ImGui::IsItemActivated()) moving_divider = near_divider && ImGui::IsMouseClicked(ImGuiMouseButton_Left);
    if (!ImGui::IsItemActive()) moving_divider = false;
    if (ImGui::IsItemActive() && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0)) {
        if (moving_divider) {
            settings.divider = std::clamp((io.MousePos.x - corner.x) / size.x, 0.02F, 0.98F);
        } else if (ImGui::IsMouseDown(ImGuiMouseButton_Left) && !io.KeyShift) {
            settings.view.orbit(io.MouseDelta.x / context.scale, io.MouseDelta.y / context.scale);
            settings.turntable = false;
        } else {
            settings.view.pan(io.MouseDelta.x, io.MouseDelta.y, size.y);
        }
    }
    if (ImGui::IsItemHovered()) {
        if (io.MouseWheel != 0) settings.view.zoom(io.MouseWheel);
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) settings.view = OrbitView{};
    }
}

void draw_labels(const PanelContext& context, const ImVec2& corner) {
    const DisplaySettings& settings = context.settings;
    if ((settings.comparison == Comparison::none && !settings.rated) || settings.alignment) return;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float pad = 7 * context.scale;
    for (const PaneLabel& label : context.stage.labels()) {
        const ImVec2 size = ImGui::CalcTextSize(label.text.c_str());
        const auto width = static_cast<float>(label.frame.width);
        const float left = corner.x + static_cast<float>(label.frame.left) + std::max((width - size.x) / 2, pad);
        // What is rated has its buttons below.
        const float top = settings.rated
                              ? corner.y + 2 * pad
                              : corner.y + static_cast<float>(label.frame.top + label.frame.height) - size.y - 3 * pad;
        const ImVec2 frame_end{corner.x + static_cast<float>(label.frame.left) + width,
                               corner.y + static_cast<float>(label.frame.top + label.frame.height)};
        list.PushClipRect({corner.x + static_cast<float>(label.frame.left), corner.y}, frame_end, true);
        list.AddRectFilled({left - pad, top - pad / 2}, {left + size.x + pad, top + size.y + pad / 2},
                           ImGui::GetColorU32(ImGuiCol_WindowBg, 0.82F), pad);
        list.AddText({left, top}, ImGui::GetColorU32(ImGuiCol_Text), label.text.c_str());
        list.PopClipRect();
    }
}

void draw_scale(const PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    const Colouring colouring = context.settings.colouring;
    const bool confidence = colouring == Colouring::confidence;
    const bool shown = confidence || colouring == Colouring::difference || colouring == Colouring::truth;
    if (!shown || context.settings.alignment) return;
    // As in the shaders.
    static const std::vector<ImU32> difference = {IM_COL32(219, 224, 235, 255), IM_COL32(250, 204, 92, 255),
                                                  IM_COL32(230, 97, 51, 255), IM_COL32(140, 20, 71, 255)};
    static const std::vector<ImU32> certainty = {IM_COL32(92, 84, 128, 255), IM_COL32(61, 153, 158, 255),
                                                 IM_COL32(247, 219, 122, 255)};
    const std::vector<ImU32>& colours = confidence ? certainty : difference;
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float scale = context.scale;
    const float height = 120 * scale;
    const float left = corner.x + 16 * scale;
    const float bottom = corner.y + size.y - 20 * scale;
    const float part = height / static_cast<float>(colours.size() - 1);
    for (std::size_t i = 0; i + 1 < colours.size(); ++i) {
        const float low = bottom - part * static_cast<float>(i);
        list.AddRectFilledMultiColor({left, low - part}, {left + 12 * scale, low}, colours[i + 1], colours[i + 1],
                                     colours[i], colours[i]);
    }
    const ImU32 text = ImGui::GetColorU32(ImGuiCol_Text);
    const float line = ImGui::GetTextLineHeight();
    const std::string top = confidence ? "seen" : fmt::format("{:.2f}", full_difference);
    const char* title = colouring == Colouring::truth ? "from the true shape" : "from the prior";
    if (confidence) title = "confidence";
    if (colouring == Colouring::truth && !context.studio.truth()) title = "no true shape loaded";
    list.AddText({left + 20 * scale, bottom - line}, text, confidence ? "guessed" : "0");
    if (confidence) list.AddText({left + 20 * scale, bottom - (height + line) / 2}, text, "mirrored");
    list.AddText({left + 20 * scale, bottom - height}, text, top.c_str());
    list.AddText({left, bottom - height - 1.5F * line}, ImGui::GetColorU32(context.theme.muted), title);
}

/// While there is nothing to see: who this is, and what it does or waits for.
void draw_splash(const PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    if (context.stage.shape() != nullptr) return;
    std::string text = context.studio.activity();
    if (text.empty()) text = "Drop a photo and choose a prior to begin";
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float large = 2.2F * ImGui::GetFontSize();
    const char* const name = "Maquette";
    const ImVec2 name_extent = ImGui::GetFont()->CalcTextSizeA(large, size.x, 0, name);
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
    const float top = corner.y + 0.42F * size.y;
    list.AddText(ImGui::GetFont(), large, {corner.x + (size.x - name_extent.x) / 2, top},
                 ImGui::GetColorU32(ImGuiCol_Text, 0.85F), name);
    const float below = top + name_extent.y + 10 * context.scale;
    const float half = 60 * context.scale;
    list.AddLine({corner.x + size.x / 2 - half, below}, {corner.x + size.x / 2 + half, below},
                 ImGui::GetColorU32(context.theme.accent), 2 * context.scale);
    list.AddText({corner.x + (size.x - extent.x) / 2, below + 12 * context.scale},
                 ImGui::GetColorU32(context.theme.muted), text.c_str());
}

}  // namespace

void draw_viewport(PanelContext& context) {
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const ImVec2 size = ImGui::GetContentRegionAvail();
    const auto texture = reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(context.stage.texture()));
    ImGui::InvisibleButton(
        "viewport", {std::max(size.x, 1.0F), std::max(size.y, 1.0F)},
        ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight | ImGuiButtonFlags_MouseButtonMiddle);
    // The banner lies over it.
    ImGui::SetItemAllowOverlap();
    context.marks.set("model");
    if (context.studio.masks().active()) {
        draw_mask_canvas(context, corner, size);
        draw_banner(context, corner, size.x);
        return;
    }
    // A photo is many megabytes.
    if (context.state.mask_picture.photo) context.state.mask_picture = {};
    if (context.settings.alignment) {
        drag_alignment(*context.settings.alignment, size, context.scale);
    } else {
        drag_view(context, corner, size);
    }
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddImage(texture, corner, {corner.x + size.x, corner.y + size.y}, {0, 1}, {1, 0});
    if (context.settings.comparison == Comparison::split && !context.settings.alignment) {
        const float x = corner.x + context.settings.divider * size.x;
        list.AddLine({x, corner.y}, {x, corner.y + size.y}, IM_COL32(255, 255, 255, 190), 2 * context.scale);
        list.AddCircleFilled({x, corner.y + size.y / 2}, 7 * context.scale, IM_COL32(255, 255, 255, 230));
    }
    draw_labels(context, corner);
    draw_scale(context, corner, size);
    draw_splash(context, corner, size);
    draw_alignment_bar(context, corner, size);
    draw_rating_bar(context, corner, size);
    draw_view_rating_bar(context, corner, size);
    draw_banner(context, corner, size.x);
}

}  // namespace maquette::viewer
