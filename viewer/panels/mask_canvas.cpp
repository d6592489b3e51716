#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "render/image_operations.h"
#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

constexpr int most_shown = 1280;  // pixels of a photo's longer side, as it is shown
constexpr float tint = 0.7F;      // of what is not the object: what is missing is still to be seen
constexpr ImU32 object_colour = IM_COL32(92, 214, 120, 200);
constexpr ImU32 other_colour = IM_COL32(235, 80, 70, 200);

/// Where the photo lies on the screen.
struct Placement {
    ImVec2 corner;
    float scale = 1;  ///< pixels of the screen a pixel of the photo

    [[nodiscard]] ImVec2 on_screen(const Eigen::Vector2d& point) const {
        return {corner.x + scale * static_cast<float>(point.x()), corner.y + scale * static_cast<float>(point.y())};
    }
    [[nodiscard]] Eigen::Vector2d on_photo(const ImVec2& at) const {
        return {(at.x - corner.x) / scale, (at.y - corner.y) / scale};
    }
};

/// As large as fits above the bar.
Placement placed(const render::Image& photo, const ImVec2& corner, const ImVec2& size, float bar) {
    const auto width = static_cast<float>(photo.width);
    const auto height = static_cast<float>(photo.height);
    const float room = std::max(size.y - bar, 1.0F);
    const float scale = std::min(size.x / width, room / height);
    return {{corner.x + (size.x - scale * width) / 2, corner.y + (room - scale * height) / 2}, scale};
}

unsigned texture_of(MaskPicture& picture, const MaskEditor& editor) {
    if (picture.photo != editor.found()) {
        picture.photo = editor.found();
        picture.mask.reset();
        const render::Image rgb = render::composite_over(picture.photo->image, 255, 255, 255);
        const double scale = std::min(1.0, static_cast<double>(most_shown) / std::max(rgb.width, rgb.height));
        const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
        picture.small = render::resize(rgb, scaled(rgb.width), scaled(rgb.height));
    }
    if (picture.mask != editor.mask() || !picture.texture) {
        picture.mask = editor.mask();
        const auto mask = render::resize(*picture.mask, picture.small.width, picture.small.height);
        picture.texture = make_texture(with_mask(picture.small, mask, tint));
    }
    return picture.texture.get();
}

/// The left button draws what is the object, the right one what is not. bottom: where the bar begins.
void take_mouse(MaskEditor& editor, const Placement& place, float bottom) {
    const ImGuiIO& io = ImGui::GetIO();
    const Eigen::Vector2d at = place.on_photo(io.MousePos);
    if (ImGui::IsItemActivated() && io.MousePos.y < bottom)
        editor.begin_line(ImGui::IsMouseDown(ImGuiMouseButton_Left), at);
    if (ImGui::IsItemActive()) {
        editor.extend_line(at);
    } else {
        editor.end_line();
    }
    if (ImGui::IsItemHovered() && io.MouseWheel != 0) editor.widen(io.MouseWheel);
}

void draw_lines(const MaskEditor& editor, const Placement& place) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    for (const render::Scribble& line : editor.scribbles()) {
        const float width = std::max(1.0F, place.scale * static_cast<float>(line.width));
        const ImU32 colour = line.object ? object_colour : other_colour;
        if (line.points.size() == 1) list.AddCircleFilled(place.on_screen(line.points.front()), width / 2, colour);
        for (std::size_t i = 1; i < line.points.size(); ++i) {
            list.AddLine(place.on_screen(line.points[i - 1]), place.on_screen(line.points[i]), colour, width);
        }
    }
    if (!ImGui::IsItemHovered()) return;
    const float radius = std::max(1.0F, place.scale * static_cast<float>(editor.width()) / 2);
    list.AddCircle(ImGui::GetIO().MousePos, radius + 1, IM_COL32(0, 0, 0, 160));
    list.AddCircle(ImGui::GetIO().MousePos, radius, IM_COL32_WHITE);
}

void draw_bar(PanelContext& context, const ImVec2& low, const ImVec2& size) {
    MaskEditor& editor = context.studio.masks();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float pad = 10 * context.scale;
    const std::string title =
        fmt::format("What is the object in {}?", std::filesystem::path(editor.path()).filename().string());
    list.AddText({low.x + pad, low.y + pad / 2}, ImGui::GetColorU32(ImGuiCol_Text), title.c_str());
    list.AddText({low.x + pad, low.y + pad / 2 + ImGui::GetTextLineHeight()}, ImGui::GetColorU32(context.theme.muted),
                 "Drag over what is, right-drag over what is not; wheel: width of the line");
    ImGui::SetCursorScreenPos({low.x + pad, low.y + size.y - ImGui::GetFrameHeight() - pad / 2});
    const float button = (size.x - 5 * pad) / 4;
    ImGui::BeginDisabled(!editor.found());
    if (ImGui::Button("Use it  [Enter]", {button, 0})) context.studio.use_mask();
    ImGui::EndDisabled();
    control(context, "use mask", "The next run takes what is not tinted for the object");
    ImGui::BeginDisabled(editor.scribbles().empty());
    ImGui::SameLine(0, pad);
    if (ImGui::Button("Undo  [Ctrl+Z]", {button, 0})) editor.undo_line();
    control(context, "undo line", "Take the last line back");
    ImGui::SameLine(0, pad);
    if (ImGui::Button("Clear", {button, 0})) editor.clear_lines();
    control(context, "clear lines", "Take all lines back: the mask as it was found");
    ImGui::EndDisabled();
    ImGui::SameLine(0, pad);
    if (ImGui::Button("Cancel  [Esc]", {button, 0})) editor.end();
    control(context, "cancel mask", {});
}

}  // namespace

void start_mask_editing(PanelContext& context, std::size_t photo) {
    context.settings.alignment.reset();
    context.settings.rated.reset();
    context.studio.view_rating().end();
    context.studio.edit_mask(photo);
}

void draw_mask_canvas(PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    MaskEditor& editor = context.studio.masks();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float bar = 2 * ImGui::GetTextLineHeight() + ImGui::GetFrameHeight() + 20 * context.scale;
    list.AddRectFilled(corner, {corner.x + size.x, corner.y + size.y}, ImGui::GetColorU32(ImGuiCol_WindowBg));
    if (editor.found()) {
        const render::Image& photo = editor.found()->image;
        const Placement place = placed(photo, corner, size, bar);
        take_mouse(editor, place, corner.y + size.y - bar);
        const ImVec2 end = place.on_screen({photo.width, photo.height});
        list.PushClipRect(corner, {corner.x + size.x, corner.y + size.y - bar}, true);
        list.AddImage(texture_id(texture_of(context.state.mask_picture, editor)), place.corner, end);
        draw_lines(editor, place);
        list.PopClipRect();
        context.marks.set("photo to mask", place.corner, end);
    }
    draw_bar(context, {corner.x, corner.y + size.y - bar}, {size.x, bar});
}

}  // namespace maquette::viewer
