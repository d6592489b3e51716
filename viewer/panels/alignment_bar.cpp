#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

const render::VoxelGrid& shown_field(const PanelContext& context) {
    static const render::VoxelGrid nothing;
    const Moment shown = moment_at(context.studio.report(), context.settings.place);
    return shown ? shown.snapshot().occupancy : nothing;
}

}  // namespace

void start_alignment(PanelContext& context, std::size_t photo) {
    const Inputs& inputs = context.studio.inputs();
    if (photo >= inputs.photos.size()) return;
    context.studio.masks().end();
    context.settings.alignment = begin_alignment(inputs, photo, *context.studio.report().views, shown_field(context));
}

void finish_alignment(PanelContext& context) {
    if (!context.settings.alignment) return;
    context.studio.set_camera(context.settings.alignment->photo, context.settings.alignment->camera);
    context.settings.alignment.reset();
}

void draw_alignment_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    auto& alignment = context.settings.alignment;
    const auto& photos = context.studio.inputs().photos;
    // An undo may take the photo away in the meantime.
    if (alignment && alignment->photo >= photos.size()) alignment.reset();
    if (!alignment) return;
    const PhotoInput& photo = photos[alignment->photo];
    const float scale = context.scale;
    const render::VoxelGrid& field = shown_field(context);
    std::string title = "Align with " + std::filesystem::path(photo.path).filename().string();
    if (!field.values.empty()) {
        title += fmt::format(": overlap {:.2f}",
                             overlap(field, context.studio.report().threshold, alignment->camera, photo.view->mask));
    }
    const char* const help = "Drag turns, right-drag moves, wheel sizes, Ctrl-drag rolls, Ctrl-wheel: perspective";
    const float pad = 10 * scale;
    const float inner = std::min(size.x - 4 * pad, ImGui::CalcTextSize(help).x);
    const float line = ImGui::GetTextLineHeight();
    const ImVec2 extent = ImGui::CalcTextSize(help, nullptr, false, inner);
    const float height = line + extent.y + ImGui::GetFrameHeight() + 3.4F * pad;
    const ImVec2 low{corner.x + (size.x - inner) / 2 - pad, corner.y + size.y - height - pad};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(low, {low.x + inner + 2 * pad, low.y + height}, ImGui::GetColorU32(ImGuiCol_WindowBg, 0.88F),
                       6 * scale);
    list.AddText({low.x + pad, low.y + pad}, ImGui::GetColorU32(ImGuiCol_Text), title.c_str());
    list.AddText(ImGui::GetFont(), ImGui::GetFontSize(), {low.x + pad, low.y + pad + line + pad / 3},
                 ImGui::GetColorU32(context.theme.muted), help, nullptr, inner);
    ImGui::SetCursorScreenPos({low.x + pad, low.y + height - ImGui::GetFrameHeight() - pad});
    const float button = (inner - 2 * pad) / 3;
    if (ImGui::Button("Use it  [Enter]", {button, 0})) {
        finish_alignment(context);
        return;
    }
    control(context, "use camera", "The next run sees the photo from here");
    ImGui::SameLine(0, pad);
    if (ImGui::Button("Estimate", {button, 0})) {
        context.studio.set_camera(alignment->photo, {});
        alignment.reset();
        return;
    }
    control(context, "estimate camera", "Forget what was set by hand; the next run finds the camera by itself");
    ImGui::SameLine(0, pad);
    if (ImGui::Button("Cancel  [Esc]", {button, 0})) alignment.reset();
    control(context, "cancel alignment", {});
}

}  // namespace maquette::viewer
