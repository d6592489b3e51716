#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "viewer/panels/figure_plot.h"
#include "viewer/panels/option_editor.h"
#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

using recon::SessionState;

ImVec4 colour_of(SessionState state, const Theme& theme) {
    switch (state) {
        case SessionState::running:
            return {0.36F, 0.75F, 0.45F, 1};
        case SessionState::paused:
            return theme.second;
        case SessionState::finished:
            return theme.accent;
        case SessionState::failed:
            return {0.86F, 0.30F, 0.34F, 1};
        case SessionState::idle:
            break;
    }
    return theme.muted;
}

std::string time_left(const recon::SessionReport& report) {
    if (report.step_seconds <= 0 || report.state != SessionState::running) return {};
    const double left = report.step_seconds * std::max(report.planned - report.iteration, 0);
    return left < 10 ? fmt::format(", {:.1f} s left", left) : fmt::format(", {:.0f} s left", left);
}

void draw_state(PanelContext& context) {
    const recon::SessionReport& report = context.studio.report();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight();
    ImGui::GetWindowDrawList()->AddCircleFilled({corner.x + 0.4F * line, corner.y + 0.55F * line}, 0.32F * line,
                                                ImGui::GetColorU32(colour_of(report.state, context.theme)));
    ImGui::Dummy({line, line});
    ImGui::SameLine();
    ImGui::TextUnformatted(name_of(report.state));
    const std::string activity = context.studio.activity();
    std::string right = activity;
    if (right.empty() && report.step_seconds > 0) {
        right = fmt::format("{:.0f} ms a step{}", 1000 * report.step_seconds, time_left(report));
    }
    if (!right.empty()) {
        const float width = ImGui::CalcTextSize(right.c_str()).x;
        ImGui::SameLine(std::max(ImGui::GetWindowContentRegionMax().x - width, 90 * context.scale));
        ImGui::TextColored(context.theme.muted, "%s", right.c_str());
    }
    const float share =
        report.planned > 0 ? static_cast<float>(report.iteration) / static_cast<float>(report.planned) : 0;
    const std::string text = report.planned > 0 ? fmt::format("step {} of {}", report.iteration, report.planned)
                                                : fmt::format("step {}", report.iteration);
    ImGui::ProgressBar(std::min(share, 1.0F), {-1, 0}, "");
    const ImVec2 low = ImGui::GetItemRectMin();
    const ImVec2 high = ImGui::GetItemRectMax();
    const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
    const ImVec2 at{(low.x + high.x - extent.x) / 2, (low.y + high.y - extent.y) / 2};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float filled = low.x + share * (high.x - low.x);
    // Over the filled part white, beside it the colour of all text.
    list.PushClipRect(low, {filled, high.y}, true);
    list.AddText(at, IM_COL32_WHITE, text.c_str());
    list.PopClipRect();
    list.PushClipRect({filled, low.y}, high, true);
    list.AddText(at, ImGui::GetColorU32(ImGuiCol_Text), text.c_str());
    list.PopClipRect();
}

void draw_buttons(PanelContext& context) {
    Studio& studio = context.studio;
    const bool running = studio.report().state == SessionState::running;
    const float width = (ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2;
    const float height = 1.35F * ImGui::GetFrameHeight();
    const ImVec4 accent = context.theme.accent;
    ImGui::PushStyleColor(ImGuiCol_Button, {accent.x, accent.y, accent.z, running ? 0.25F : 0.75F});
    ImGui::PushStyleColor(ImGuiCol_Text, running ? ImGui::GetStyle().Colors[ImGuiCol_Text] : ImVec4(1, 1, 1, 1));
    if (ImGui::Button(running ? "Pause  [Space]##run" : "Run  [Space]##run", {-1, height})) {
        running ? studio.pause() : studio.run();
    }
    ImGui::PopStyleColor(2);
    control(context, "run", running ? "Stop after this step" : "Refine from the prior, or go on");
    if (ImGui::Button("Step  [S]", {width, 0})) studio.step();
    control(context, "step", "One step, then wait");
    ImGui::SameLine();
    if (ImGui::Button("Reset  [R]", {-1, 0})) studio.reset();
    control(context, "reset", "Back to the prior; the steps of this run are forgotten");
}

void draw_options(PanelContext& context) {
    ViewOptions options = context.studio.options();
    bool changed = edit_option(context, "model", "Network", options);
    changed = edit_option(context, "iterations", "Steps", options) || changed;
    const bool open = ImGui::TreeNodeEx("More", ImGuiTreeNodeFlags_NoTreePushOnOpen);
    context.marks.set("more options");
    if (open) {
        changed = edit_option(context, "tolerance", "Tolerance", options) || changed;
        changed = edit_option(context, "threshold", "Threshold", options) || changed;
        changed = edit_option(context, "silhouette-steps", "Outline fit", options) || changed;
        changed = edit_option(context, "trust-prior", "Trust prior", options) || changed;
        changed = edit_option(context, "outline", "Outline", options) || changed;
        changed = edit_option(context, "weights", "Refiner", options) || changed;
        changed = edit_option(context, "camera-weights", "Camera", options) || changed;
    }
    if (changed) context.studio.set_options(options);
}

void draw_plots(PanelContext& context) {
    const Moment shown = moment_at(context.studio.report(), context.settings.place);
    std::vector<float> change;
    std::vector<float> silhouette;
    int marked = -1;
    if (shown) {
        for (const recon::StepFigures& step : shown.track->figures) {
            change.push_back(step.change);
            silhouette.push_back(step.silhouette);
        }
        const int newest = shown.track->entries.back().snapshot->iteration;
        marked = static_cast<int>(change.size()) - 1 - (newest - shown.snapshot().iteration);
    }
    const float height = (context.studio.truth() ? 62 : 84) * context.scale;
    draw_figure_plot("change", "Change per step", change, 0, 0, marked, context.theme, height);
    control(context, "change", "Mean absolute change of occupancy in each step");
    const bool posed = std::any_of(silhouette.begin(), silhouette.end(), [](float value) { return value > 0; });
    draw_figure_plot("silhouette", "Silhouette agreement", posed ? silhouette : std::vector<float>{}, 0, 1, marked,
                     context.theme, height);
    control(context, "silhouette",
            "Overlap of the shape, seen by the photos' cameras, with their masks; needs cameras");
    if (!shown || !context.studio.truth()) return;
    std::vector<float> iou;
    for (const recon::TrackEntry& entry : shown.track->entries) {
        iou.push_back(context.studio.iou_with_truth(entry.snapshot));
    }
    draw_figure_plot("iou", "IoU with the true shape", iou, 0, 1, static_cast<int>(shown.entry), context.theme, height);
    control(context, "iou", "Of the steps that are kept, at 32^3; the first is the prior's");
}

void draw_display(PanelContext& context) {
    DisplaySettings& settings = context.settings;
    static const std::array<const char*, 6> colourings = {
        "Plain", "Photo", "Normals", "Distance from prior", "Distance from truth", "Confidence"};
    static const std::array<const char*, 4> comparisons = {"Off", "Split", "Side by side", "Flicker"};
    const float label = 82 * context.scale;
    const auto combo = [&](const char* name, const char* id, auto& value, const auto& names, const char* help) {
        ImGui::AlignTextToFramePadding();
        ImGui::TextUnformatted(name);
        ImGui::SameLine(label);
        ImGui::SetNextItemWidth(-1);
        int index = static_cast<int>(value);
        if (ImGui::Combo(id, &index, names.data(), static_cast<int>(names.size()))) {
            value = static_cast<std::remove_reference_t<decltype(value)>>(index);
        }
        control(context, name, help);
    };
    combo("Colour", "##colour", settings.colouring, colourings, "What the surface's colour tells  [1 to 6]");
    combo("Compare", "##compare", settings.comparison, comparisons,
          "Split and flicker: the shown step against the one marked B on the timeline, or the prior. Side by side: "
          "the newest runs  [C]");
    const float half = ImGui::GetContentRegionAvail().x / 2;
    const auto toggle = [&](const char* name, bool& value, const char* help, bool second) {
        if (second) ImGui::SameLine(half + ImGui::GetStyle().WindowPadding.x);
        ImGui::Checkbox(name, &value);
        control(context, name, help);
    };
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {3 * context.scale, 2 * context.scale});
    toggle("Wireframe", settings.wireframe, "Edges of the triangles  [W]", false);
    toggle("Voxels", settings.voxels, "The network's own grid, bluish where it is unsure  [V]", true);
    toggle("Prior ghost", settings.ghost, "The prior over the result  [G]", false);
    toggle("Photo behind", settings.backdrop, "The first photo as a backdrop  [B]", true);
    toggle("Cameras", settings.frustums, "From where the photos were taken  [K]", false);
    toggle("Floor", settings.grid, "Grid and axes  [F]", true);
    if (context.studio.truth()) toggle("True ghost", settings.truth_ghost, "The true shape over the result", false);
    toggle("Orthographic", settings.view.orthographic, "No perspective  [O]", context.studio.truth() != nullptr);
    toggle("Turntable", settings.turntable, "Turn the model  [T]", context.studio.truth() == nullptr);
    ImGui::PopStyleVar();
}

void draw_export(PanelContext& context) {
    const float button = 90 * context.scale;
    ImGui::SetNextItemWidth(-button - ImGui::GetStyle().ItemSpacing.x);
    ImGui::InputText("##path", &context.settings.export_path);
    control(context, "export path", "glb, obj, ply, stl, or binvox by extension");
    ImGui::SameLine();
    if (ImGui::Button("Export  [E]", {-1, 0})) {
        const Moment shown = moment_at(context.studio.report(), context.settings.place);
        context.studio.export_shape(context.settings.export_path, wish_for(shown, context.studio, context.settings),
                                    context.settings.export_resolution);
    }
    control(context, "export", "Write the step that is shown");
}

}  // namespace

void draw_refinement_panel(PanelContext& context) {
    heading(context, "REFINEMENT");
    draw_state(context);
    draw_buttons(context);
    draw_options(context);
    ImGui::Dummy({0, 1});
    draw_plots(context);
    heading(context, "DISPLAY");
    draw_display(context);
    heading(context, "EXPORT");
    draw_export(context);
}

}  // namespace maquette::viewer
