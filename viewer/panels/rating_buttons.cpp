#include "viewer/panels/rating_buttons.h"

namespace maquette::viewer {

RatingPress draw_rating_buttons(PanelContext& context, float width, float gap, bool ready) {
    const float button = (width - 5 * gap) / 6;
    RatingPress pressed = RatingPress::none;
    const auto offer = [&](const char* label, const char* mark, const char* help, RatingPress press, bool enabled) {
        ImGui::BeginDisabled(!enabled);
        if (ImGui::Button(label, {button, 0})) pressed = press;
        ImGui::EndDisabled();
        control(context, mark, help);
        if (press != RatingPress::done) ImGui::SameLine(0, gap);
    };
    offer("A  [1]", "rate a", "A is better", RatingPress::a, ready);
    offer("Same  [0]", "rate same", "Neither is better", RatingPress::same, ready);
    offer("B  [2]", "rate b", "B is better", RatingPress::b, ready);
    offer("Skip  [N]", "rate skip", "Nothing is written", RatingPress::skip, ready);
    offer("Undo  [U]", "rate undo", "Back to the pair before", RatingPress::undo, true);
    offer("Done  [Esc]", "rate done", "Ratings are kept as they are given", RatingPress::done, true);
    return pressed;
}

}  // namespace maquette::viewer
