#include <fmt/format.h>

#include <algorithm>

#include "viewer/panels/panels.h"
#include "viewer/panels/rating_buttons.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

constexpr float largest_picture = 200;  // pixels of the design

/// A picture with its name below; no view: a place for one.
void draw_picture(PanelContext& context, const ImVec2& corner, float side, const std::string& name,
                  const std::shared_ptr<const recon::View>& view) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + side, corner.y + side};
    const float round = 5 * context.scale;
    if (view) {
        list.AddImageRounded(texture_id(context.thumbnails.of(view)), corner, end, {0, 0}, {1, 1}, IM_COL32_WHITE,
                             round);
    } else {
        list.AddRectFilled(corner, end, ImGui::GetColorU32(ImGuiCol_FrameBg), round);
    }
    const float width = ImGui::CalcTextSize(name.c_str()).x;
    list.AddText({corner.x + (side - width) / 2, end.y + 0.2F * ImGui::GetTextLineHeight()},
                 ImGui::GetColorU32(ImGuiCol_Text), name.c_str());
}

}  // namespace

void start_view_rating(PanelContext& context, int view) {
    context.settings.rated.reset();
    context.settings.alignment.reset();
    context.studio.masks().end();
    rate_view(context.studio, view);
}

void press_view_rating(PanelContext& context, RatingPress press) {
    ViewRating& rating = context.studio.view_rating();
    try {
        switch (press) {
            case RatingPress::none:
                break;
            case RatingPress::a:
                rating.choose(Choice::a);
                break;
            case RatingPress::same:
                rating.choose(Choice::same);
                break;
            case RatingPress::b:
                rating.choose(Choice::b);
                break;
            case RatingPress::skip:
                rating.skip();
                break;
            case RatingPress::undo:
                if (!rating.undo()) {
                    context.studio.say("Others wrote to the ratings since: the last one stays in the file");
                }
                break;
            case RatingPress::done:
                rating.end();
                break;
        }
    } catch (const std::exception& error) {
        context.studio.fail(error.what());
    }
}

void draw_view_rating_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    ViewRating& rating = context.studio.view_rating();
    const GeneratedView* const view = context.studio.generated().find(rating.view());
    if (!rating.active() || view == nullptr) return;
    const auto& basis = context.studio.generated().basis();
    const float pad = 10 * context.scale;
    const float line = ImGui::GetTextLineHeight();
    const float inner = std::min(size.x - 4 * pad, 640 * context.scale);
    const float around = 2.5F * line + ImGui::GetFrameHeight() + 5 * pad;
    const float side =
        std::max(std::min({largest_picture * context.scale, (inner - 2 * pad) / 3, size.y - around - 2 * pad}), pad);
    const float height = side + around;
    const ImVec2 low{corner.x + (size.x - inner) / 2 - pad, corner.y + size.y - height - pad};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(low, {low.x + inner + 2 * pad, low.y + height}, ImGui::GetColorU32(ImGuiCol_WindowBg, 0.96F),
                       6 * context.scale);
    const std::string title = fmt::format("Which is more like the object, seen from {}?  {} rated",
                                          direction_text(*view->drawn.view->camera), rating.count());
    list.AddText({low.x + pad, low.y + pad}, ImGui::GetColorU32(ImGuiCol_Text), title.c_str());
    const auto& pair = rating.pair();
    const std::string waiting =
        pair ? "" : fmt::format(", {:.0f} % drawn", 100 * context.studio.generated().progress());
    const float gap = (inner - 3 * side) / 2;
    const float top = low.y + 2 * pad + line;
    draw_picture(context, {low.x + pad, top}, side, "Photo",
                 std::shared_ptr<const recon::View>(basis->photos, &basis->photos->front()));
    draw_picture(context, {low.x + pad + side + gap, top}, side, "A" + waiting, pair ? pair->a.view : nullptr);
    draw_picture(context, {low.x + pad + 2 * (side + gap), top}, side, "B" + waiting, pair ? pair->b.view : nullptr);
    ImGui::SetCursorScreenPos({low.x + pad, low.y + height - ImGui::GetFrameHeight() - pad});
    press_view_rating(context, draw_rating_buttons(context, inner, 0.6F * pad, pair.has_value()));
}

}  // namespace maquette::viewer
