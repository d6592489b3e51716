#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

constexpr float name_width = 200;  // pixels of the design
constexpr float button_width = 26;

/// Where the steps of a run are drawn.
struct Rail {
    ImVec2 from;
    float length = 0;
    int last = 1;  ///< iteration at the right end

    [[nodiscard]] float x_of(int iteration) const {
        return from.x + length * static_cast<float>(iteration) / static_cast<float>(std::max(last, 1));
    }
};

void draw_entries(const PanelContext& context, const recon::Track& track, const Rail& rail, bool shown, bool other) {
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float radius = 4.5F * context.scale;
    const int newest = track.entries.back().snapshot->iteration;
    list.AddLine(rail.from, {rail.from.x + rail.length, rail.from.y}, ImGui::GetColorU32(ImGuiCol_FrameBg),
                 3 * context.scale);
    list.AddLine(rail.from, {rail.x_of(newest), rail.from.y},
                 ImGui::GetColorU32(shown ? context.theme.accent : context.theme.muted), 3 * context.scale);
    float drawn_until = -1e9F;
    for (const recon::TrackEntry& entry : track.entries) {
        const float x = rail.x_of(entry.snapshot->iteration);
        if (x - drawn_until < 2.2F * radius && &entry != &track.entries.back()) continue;
        drawn_until = x;
        list.AddCircleFilled({x, rail.from.y}, radius,
                             ImGui::GetColorU32(shown ? context.theme.accent : context.theme.muted));
    }
    const auto mark = [&](const Moment& moment, const ImVec4& colour, const char* letter) {
        const ImVec2 centre{rail.x_of(moment.snapshot().iteration), rail.from.y};
        list.AddCircleFilled(centre, 2 * radius, ImGui::GetColorU32(colour));
        const ImVec2 size = ImGui::CalcTextSize(letter);
        list.AddText({centre.x - size.x / 2, centre.y - size.y / 2}, IM_COL32(15, 17, 20, 255), letter);
    };
    const recon::SessionReport& report = context.studio.report();
    if (other) mark(other_moment(report, context.settings), context.theme.second, "B");
    if (shown) {
        mark(moment_at(report, context.settings.place), context.theme.accent,
             context.settings.comparison == Comparison::none ? "" : "A");
    }
}

void draw_track(PanelContext& context, const recon::Track& track, std::size_t number, int last) {
    DisplaySettings& settings = context.settings;
    const recon::SessionReport& report = context.studio.report();
    const Moment shown = moment_at(report, settings.place);
    const bool pairs = settings.comparison == Comparison::split || settings.comparison == Comparison::flicker;
    const Moment other = pairs ? other_moment(report, settings) : Moment{};
    const float scale = context.scale;
    const bool newest_track = &track == report.tracks.back().get();
    const std::string mark = fmt::format("run {}", number);
    ImGui::PushID(track.id);
    const float row = ImGui::GetFrameHeight();
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    if (ImGui::Selectable("##row", shown.track == &track, ImGuiSelectableFlags_AllowItemOverlap,
                          {name_width * scale, row})) {
        settings.place = newest_track ? TimelinePlace{} : TimelinePlace{track.id, -1};
    }
    control(context, mark, "Show this run");
    const std::string steps = fmt::format("{}", track.entries.back().snapshot->iteration);
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const float text_top = corner.y + (row - ImGui::GetTextLineHeight()) / 2;
    list.PushClipRect(corner, {corner.x + (name_width - 40) * scale, corner.y + row}, true);
    list.AddText({corner.x + 6 * scale, text_top}, ImGui::GetColorU32(ImGuiCol_Text), track.name.c_str());
    list.PopClipRect();
    list.AddText({corner.x + (name_width - 8) * scale - ImGui::CalcTextSize(steps.c_str()).x, text_top},
                 ImGui::GetColorU32(context.theme.muted), steps.c_str());
    ImGui::SameLine();
    const bool is_other = other.track == &track;
    const ImVec4 second = context.theme.second;
    if (is_other) ImGui::PushStyleColor(ImGuiCol_Button, {second.x, second.y, second.z, 0.6F});
    if (ImGui::Button("B", {button_width * scale, row})) {
        settings.other = {track.id, -1};
        if (!pairs) settings.comparison = Comparison::split;
    }
    if (is_other) ImGui::PopStyleColor();
    control(context, mark + " compare",
            "Compare the shown step with the end of this run; right-click on a step to choose it");
    ImGui::SameLine();
    ImGui::BeginDisabled(newest_track);
    if (ImGui::Button("×", {button_width * scale, row})) context.studio.forget_track(track.id);
    ImGui::EndDisabled();
    control(context, mark + " forget", "Forget this run");
    ImGui::SameLine();
    const ImVec2 start = ImGui::GetCursorScreenPos();
    const float width = std::max(ImGui::GetContentRegionAvail().x, 40.0F);
    ImGui::InvisibleButton("rail", {width, row}, ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
    const Rail rail{{start.x + 14 * scale, start.y + row / 2}, width - 28 * scale, last};
    const float share = (ImGui::GetIO().MousePos.x - rail.from.x) / std::max(rail.length, 1.0F);
    const int pointed = std::clamp(static_cast<int>(std::lround(share * static_cast<float>(last))), 0,
                                   track.entries.back().snapshot->iteration);
    if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Left)) {
        const bool follow = newest_track && pointed == track.entries.back().snapshot->iteration;
        settings.place = follow ? TimelinePlace{} : TimelinePlace{track.id, pointed};
    }
    if (ImGui::IsItemActive() && ImGui::IsMouseDown(ImGuiMouseButton_Right)) {
        settings.other = {track.id, pointed};
        if (!pairs) settings.comparison = Comparison::split;
    }
    for (const recon::TrackEntry& entry : track.entries) {
        const int iteration = entry.snapshot->iteration;
        const float x = rail.x_of(iteration);
        context.marks.set(fmt::format("{} step {}", mark, iteration), {x - 1, start.y}, {x + 1, start.y + row});
    }
    draw_entries(context, track, rail, shown.track == &track, is_other);
    ImGui::PopID();
}

}  // namespace

void draw_timeline_panel(PanelContext& context) {
    const recon::SessionReport& report = context.studio.report();
    const Moment shown = moment_at(report, context.settings.place);
    ImGui::TextColored(context.theme.muted, "TIMELINE");
    if (shown) {
        ImGui::SameLine();
        std::string text = shown.snapshot().iteration == 0
                               ? fmt::format("{}, the prior itself", shown.track->name)
                               : fmt::format("{}, step {}", shown.track->name, shown.snapshot().iteration);
        if (const auto silhouette = shown.track->entries[shown.entry].silhouette) {
            text += fmt::format(", silhouette {:.2f}", *silhouette);
        }
        if (context.studio.truth()) {
            const auto& entry = shown.track->entries[shown.entry];
            text += fmt::format(", IoU {:.2f}", context.studio.iou_with_truth(entry.snapshot));
        }
        if (const Shape* shape = context.stage.shape()) {
            text += fmt::format(", {} triangles, {:.3f} from the prior on average", shape->mesh->indices.size() / 3,
                                shape->mean_difference);
        }
        ImGui::TextUnformatted(text.c_str());
    }
    ImGui::Separator();
    if (report.tracks.empty()) {
        ImGui::TextColored(context.theme.muted, "Choose a prior and run: every step appears here.");
        return;
    }
    int last = 1;
    for (const auto& track : report.tracks) last = std::max(last, track->entries.back().snapshot->iteration);
    last = std::max(last, report.planned);
    ImGui::BeginChild("tracks");
    ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {6 * context.scale, 3 * context.scale});
    for (std::size_t number = report.tracks.size(); number > 0; --number) {
        draw_track(context, *report.tracks[number - 1], number, last);
    }
    ImGui::PopStyleVar();
    ImGui::EndChild();
}

}  // namespace maquette::viewer
