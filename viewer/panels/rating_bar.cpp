#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "viewer/panels/panels.h"
#include "viewer/panels/rating_buttons.h"

namespace maquette::viewer {
namespace {

void show_next(PanelContext& context) {
    RatingState& rating = context.state.rating;
    context.settings.rated = rating.round.next(context.studio.report());
    if (context.settings.rated) return;
    context.studio.say(
        rating.log.count() == 0
            ? "Two runs with at least a step are needed: swap the prior and run again"
            : fmt::format("All pairs are rated: {} in {}", rating.log.count(), rating.log.path().string()));
}

}  // namespace

void start_rating(PanelContext& context) {
    context.settings.alignment.reset();
    context.studio.masks().end();
    context.studio.view_rating().end();
    context.state.rating.round = RatingRound(std::random_device{}());
    context.state.rating.log = RatingLog(context.studio.ratings_file());
    context.state.rating.written.clear();
    show_next(context);
}

void rate(PanelContext& context, Choice choice) {
    if (!context.settings.rated) return;
    try {
        context.state.rating.log.add(rating_line(context.studio, *context.settings.rated, choice));
        context.state.rating.written.push_back(true);
    } catch (const std::exception& error) {
        context.studio.fail(error.what());
        return;
    }
    context.state.rating.round.done(*context.settings.rated);
    show_next(context);
}

void skip_rating(PanelContext& context) {
    if (!context.settings.rated) return;
    context.state.rating.written.push_back(false);
    context.state.rating.round.done(*context.settings.rated);
    show_next(context);
}

void undo_rating(PanelContext& context) {
    RatingState& rating = context.state.rating;
    const auto before = rating.round.back();
    if (!before) return;
    const bool was_written = !rating.written.empty() && rating.written.back();
    if (!rating.written.empty()) rating.written.pop_back();
    try {
        if (was_written && !rating.log.undo()) {
            context.studio.say("Others wrote to the ratings since: the last one stays in the file");
        }
    } catch (const std::exception& error) {
        context.studio.fail(error.what());
    }
    context.settings.rated = before;
}

void draw_rating_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size) {
    auto& rated = context.settings.rated;
    if (!rated) return;
    const bool there =
        context.studio.track(rated->a.track) != nullptr && context.studio.track(rated->b.track) != nullptr;
    if (!there) {
        show_next(context);
        return;
    }
    const float scale = context.scale;
    const float pad = 10 * scale;
    const std::string title =
        fmt::format("Which is more like the object in the photo?  {} rated", context.state.rating.log.count());
    const float inner = std::min(size.x - 4 * pad, 560 * scale);
    const float line = ImGui::GetTextLineHeight();
    const float height = line + ImGui::GetFrameHeight() + 3 * pad;
    const ImVec2 low{corner.x + (size.x - inner) / 2 - pad, corner.y + size.y - height - pad};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(low, {low.x + inner + 2 * pad, low.y + height}, ImGui::GetColorU32(ImGuiCol_WindowBg, 0.9F),
                       6 * scale);
    list.AddText({low.x + pad, low.y + pad}, ImGui::GetColorU32(ImGuiCol_Text), title.c_str());
    ImGui::SetCursorScreenPos({low.x + pad, low.y + height - ImGui::GetFrameHeight() - pad});
    switch (draw_rating_buttons(context, inner, 0.6F * pad)) {
        case RatingPress::none:
            break;
        case RatingPress::a:
            rate(context, Choice::a);
            break;
        case RatingPress::same:
            rate(context, Choice::same);
            break;
        case RatingPress::b:
            rate(context, Choice::b);
            break;
        case RatingPress::skip:
            skip_rating(context);
            break;
        case RatingPress::undo:
            undo_rating(context);
            break;
        case RatingPress::done:
            rated.reset();
            break;
    }
}

}  // namespace maquette::viewer
