#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <string>

#include "viewer/panels/option_editor.h"
#include "viewer/panels/panels.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

constexpr float controls_width = 226;  // pixels of the design
constexpr float card_width = 142;
constexpr float picture_side = 84;
constexpr float tooltip_side = 256;

/// Where the views stand, beside the title.
void draw_status(const PanelContext& context) {
    const GeneratedViews& views = context.studio.generated();
    const std::string stale = why_stale(context.studio);
    std::string text;
    ImVec4 colour = context.theme.muted;
    if (views.drawing_all()) {
        text = fmt::format("drawing, {:.0f} %", 100 * views.progress());
    } else if (!stale.empty()) {
        text = fmt::format("stale: {}; generate them anew", stale);
        colour = context.theme.second;
    } else if (uses_views(context.studio.report())) {
        text = fmt::format("the newest run uses {}", context.studio.report().tracks.back()->generated->size());
    } else if (!views.views().empty()) {
        const auto on = std::count_if(views.views().begin(), views.views().end(), [](const auto& v) { return v.on; });
        text = fmt::format("of the present result, {} of {} on", on, views.views().size());
    }
    if (text.empty()) return;
    ImGui::SameLine();
    ImGui::TextColored(colour, "%s", text.c_str());
}

void draw_controls(PanelContext& context) {
    Studio& studio = context.studio;
    ViewOptions options = studio.options();
    bool changed = edit_option(context, "views-from-diffusion", "Views", options);
    changed = edit_option(context, "diffusion-weight", "Weight", options) || changed;
    changed = edit_option(context, "diffusion-steps", "Steps", options) || changed;
    if (changed) studio.set_options(options);
    const float width = (ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2;
    const bool drawing = studio.generated().drawing_all() != nullptr;
    const std::string why = why_no_views(studio);
    ImGui::BeginDisabled(!drawing && !why.empty());
    if (ImGui::Button(drawing ? "Cancel##generate" : "Generate##generate", {width, 0})) {
        drawing ? studio.generated().cancel() : generate_views(studio);
    }
    ImGui::EndDisabled();
    control(context, "generate views",
            drawing ? "Drop what is being drawn"
                    : "Draw what the photos lack, from the first photo and the present result");
    ImGui::SameLine();
    const auto& views = studio.generated().views();
    const bool some = uses_views(studio.report()) ||
                      std::any_of(views.begin(), views.end(), [](const GeneratedView& view) { return view.on; });
    const bool usable = why_stale(studio).empty() && !drawing && some;
    ImGui::BeginDisabled(!usable);
    if (ImGui::Button("Use them", {-1, 0})) use_views(studio);
    ImGui::EndDisabled();
    control(context, "use views", "Run again from the prior with the views that are on beside the photos");
}

void draw_picture_tip(PanelContext& context, const DrawnView& drawn) {
    ImGui::BeginTooltip();
    const float side = tooltip_side * context.scale;
    ImGui::Image(texture_id(context.thumbnails.of(drawn.view)), {side, side});
    ImGui::TextUnformatted(
        fmt::format("{}, seed {}, {} steps", direction_text(*drawn.view->camera), drawn.seed, drawn.steps).c_str());
    ImGui::TextColored(context.theme.muted, "Click: look at the model from there.");
    ImGui::EndTooltip();
}

/// What the buttons of a card ask for is done after all cards are drawn: one of them takes the card away.
struct CardWish {
    int regenerate = 0;
    int rate = 0;
    int remove = 0;
};

void draw_card(PanelContext& context, const GeneratedView& view, std::size_t number, bool current, CardWish& wish) {
    GeneratedViews& views = context.studio.generated();
    const std::string mark = fmt::format("generated {}", number);
    const float scale = context.scale;
    const float side = picture_side * scale;
    ImGui::PushID(view.id);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {4 * scale, 2 * scale});
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {4 * scale, 4 * scale});
    ImGui::BeginGroup();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    if (ImGui::InvisibleButton("picture", {side, side})) {
        context.settings.view = OrbitView::of_camera(*view.drawn.view->camera);
        context.settings.turntable = false;
    }
    context.marks.set(mark);
    const bool hovered = ImGui::IsItemHovered();
    if (hovered) draw_picture_tip(context, view.drawn);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 end{corner.x + side, corner.y + side};
    const float round = 5 * scale;
    const bool drawing = views.drawing(view.id);
    const bool faint = !view.on || !current || drawing;
    list.AddImageRounded(texture_id(context.thumbnails.of(view.drawn.view)), corner, end, {0, 0}, {1, 1},
                         IM_COL32(255, 255, 255, faint ? 85 : 255), round);
    if (hovered || (view.on && current)) {
        const ImVec4 colour = hovered ? context.theme.muted : context.theme.accent;
        list.AddRect(corner, end, ImGui::GetColorU32(colour), round, 0, 1.5F * scale);
    }
    if (drawing) {
        const std::string share = fmt::format("{:.0f} %", 100 * views.progress());
        const ImVec2 extent = ImGui::CalcTextSize(share.c_str());
        list.AddText({corner.x + (side - extent.x) / 2, corner.y + (side - extent.y) / 2},
                     ImGui::GetColorU32(ImGuiCol_Text), share.c_str());
    }
    ImGui::TextColored(context.theme.muted, "%s", direction_text(*view.drawn.view->camera).c_str());
    bool on = view.on;
    if (ImGui::Checkbox("##on", &on)) views.set_on(view.id, on);
    control(context, mark + " on", "Whether the next run with generated views has this one");
    ImGui::SameLine();
    ImGui::BeginDisabled(!current || drawing);
    if (ImGui::Button("New")) wish.regenerate = view.id;
    control(context, mark + " new", "Draw it again with another seed");
    ImGui::SameLine();
    if (ImGui::Button("A/B")) wish.rate = view.id;
    control(context, mark + " rate", "Choose between this picture and one of another seed; choices are kept");
    ImGui::EndDisabled();
    ImGui::SameLine();
    if (ImGui::Button("×")) wish.remove = view.id;
    control(context, mark + " remove", "Take this view away");
    ImGui::EndGroup();
    ImGui::PopStyleVar(2);
    ImGui::PopID();
}

void draw_cards(PanelContext& context) {
    GeneratedViews& views = context.studio.generated();
    const bool current = why_stale(context.studio).empty() && !views.drawing_all();
    CardWish wish;
    const float left = ImGui::GetCursorPosX();
    for (std::size_t i = 0; i < views.views().size(); ++i) {
        if (i > 0) ImGui::SameLine(left + static_cast<float>(i) * card_width * context.scale);
        draw_card(context, views.views()[i], i + 1, current, wish);
    }
    if (wish.regenerate != 0) regenerate_view(context.studio, wish.regenerate);
    if (wish.rate != 0) start_view_rating(context, wish.rate);
    if (wish.remove != 0) views.remove(wish.remove);
}

/// While there is no view: what is missing, or how to get one.
void draw_hint(PanelContext& context) {
    std::string text = why_no_views(context.studio);
    if (text.empty()) {
        text =
            "Generate draws how the object may look from where no photo was taken. Views that convince you then "
            "enter a run beside the photos.";
    }
    ImGui::PushTextWrapPos(0);
    ImGui::TextColored(context.theme.muted, "%s", text.c_str());
    ImGui::PopTextWrapPos();
    if (why_no_diffusion(context.studio.options()).empty()) return;
    ViewOptions options = context.studio.options();
    if (edit_option(context, "diffusion-weights", "Weights", options)) context.studio.set_options(options);
}

}  // namespace

void draw_generated_views_panel(PanelContext& context) {
    ImGui::TextColored(context.theme.muted, "GENERATED VIEWS");
    draw_status(context);
    ImGui::Separator();
    ImGui::BeginChild("controls", {controls_width * context.scale, 0});
    draw_controls(context);
    ImGui::EndChild();
    ImGui::SameLine();
    ImGui::BeginChild("cards", {0, 0}, false, ImGuiWindowFlags_HorizontalScrollbar);
    context.studio.generated().views().empty() ? draw_hint(context) : draw_cards(context);
    ImGui::EndChild();
}

}  // namespace maquette::viewer
