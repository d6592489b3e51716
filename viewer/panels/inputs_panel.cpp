#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "viewer/panels/panels.h"

namespace maquette::viewer {
namespace {

constexpr float thumbnail = 64;  // of a photo, pixels of the design

/// A number that stays the same while the item with this id is being dragged.
int gesture_of_item() {
    return static_cast<int>(ImGui::GetID("gesture") | 1U);
}

std::string camera_text(const PanelContext& context, const PhotoInput& input) {
    if (input.camera)
        return fmt::format("{:.0f}°, {:.0f}° up, by hand", input.camera->azimuth, input.camera->elevation);
    const recon::View& photo = *input.view;
    for (const recon::View& view : *context.studio.report().views) {
        if (view.name != photo.name || !view.camera) continue;
        return direction_text(*view.camera);
    }
    return "camera unknown";
}

std::string shortened(const std::string& text, float width) {
    if (ImGui::CalcTextSize(text.c_str()).x <= width) return text;
    std::string cut = text;
    while (cut.size() > 1 && ImGui::CalcTextSize((cut + "...").c_str()).x > width) cut.pop_back();
    return cut + "...";
}

void draw_photo(PanelContext& context, std::size_t index) {
    Inputs to = context.studio.inputs();
    PhotoInput& photo = to.photos[index];
    const float side = thumbnail * context.scale;
    const std::string mark = fmt::format("photo {}", index + 1);
    ImGui::PushID(static_cast<int>(index));
    ImGui::Image(texture_id(context.thumbnails.of(photo.view)), {side, side}, {0, 0}, {1, 1},
                 photo.on ? ImVec4(1, 1, 1, 1) : ImVec4(1, 1, 1, 0.3F));
    control(context, mark, photo.path + "\nWhat is tinted is taken for background.");
    ImGui::SameLine();
    ImGui::BeginGroup();
    const float width = ImGui::GetContentRegionAvail().x;
    const std::string name =
        shortened(std::filesystem::path(photo.path).filename().string(), width - 54 * context.scale);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {4 * context.scale, 2 * context.scale});
    bool changed = ImGui::Checkbox("##on", &photo.on);
    control(context, mark + " on", "Whether this photo counts");
    ImGui::SameLine();
    ImGui::TextUnformatted(name.c_str());
    ImGui::SameLine();
    ImGui::SetCursorPosX(ImGui::GetWindowContentRegionMax().x - 22 * context.scale);
    const bool removed = ImGui::Button("×##remove", {22 * context.scale, 0});
    control(context, mark + " remove", "Take this photo away");
    ImGui::PopStyleVar();
    ImGui::SetNextItemWidth(-1);
    int gesture = 0;
    if (ImGui::SliderFloat("##weight", &photo.weight, 0.1F, 3, "weight %.2f")) {
        changed = true;
        gesture = gesture_of_item();
    }
    control(context, mark + " weight", "How much this photo counts among the others");
    const std::string seen = camera_text(context, photo);
    ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, {6 * context.scale, 0});
    const float align = ImGui::CalcTextSize("Align").x + 12 * context.scale;
    const float mask = ImGui::CalcTextSize("Mask").x + 12 * context.scale;
    const float gap = 4 * context.scale;
    ImGui::TextColored(context.theme.muted, "%s", shortened(seen, width - align - mask - 2 * gap).c_str());
    ImGui::SameLine();
    ImGui::SetCursorPosX(ImGui::GetWindowContentRegionMax().x - align - gap - mask);
    const bool corrected = ImGui::Button("Mask", {mask, 0});
    control(context, fmt::format("mask {}", index + 1),
            "Correct what of this photo is the object: draw over it, and over what is not  [I]");
    ImGui::SameLine(0, gap);
    const bool aligned = ImGui::Button("Align", {align, 0});
    ImGui::PopStyleVar();
    control(context, fmt::format("align {}", index + 1), "Set this photo's camera: drag the model until it fits  [A]");
    ImGui::EndGroup();
    ImGui::PopID();
    if (aligned) start_alignment(context, index);
    if (corrected) start_mask_editing(context, index);
    if (removed) {
        to.photos.erase(to.photos.begin() + static_cast<std::ptrdiff_t>(index));
        changed = true;
    }
    if (changed) context.studio.change(std::move(to), gesture);
}

void draw_photos(PanelContext& context) {
    heading(context, "PHOTOS");
    for (std::size_t i = 0; i < context.studio.inputs().photos.size(); ++i) draw_photo(context, i);
    std::string& path = context.state.photo_path;
    ImGui::SetNextItemWidth(-1);
    if (ImGui::InputTextWithHint("##photo", "Drop pictures, or type a path", &path,
                                 ImGuiInputTextFlags_EnterReturnsTrue) &&
        !path.empty()) {
        context.studio.open({path});
        path.clear();
    }
    control(context, "photo path", option_help("photo"));
    bool& strip = context.settings.strip;
    if (ImGui::Button(strip ? "Hide generated views  [D]###strip" : "Generated views  [D]###strip", {-1, 0})) {
        strip = !strip;
    }
    control(context, "generated views", "Views that the photos lack, drawn by a network from the result so far");
}

bool matches(const std::string& name, const std::string& search) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    return std::search(name.begin(), name.end(), search.begin(), search.end(), same) != name.end();
}

void choose(PanelContext& context, const std::string& name, bool blend) {
    std::vector<PriorPart> parts = context.studio.inputs().prior;
    const auto found =
        std::find_if(parts.begin(), parts.end(), [&](const PriorPart& part) { return part.name == name; });
    if (!blend) {
        parts = {{name, 1}};
    } else if (found == parts.end()) {
        std::erase_if(parts, [](const PriorPart& part) { return part.name == "none"; });
        parts.push_back({name, 1});
    } else if (parts.size() > 1) {
        parts.erase(found);
    }
    context.studio.set_prior(std::move(parts));
}

void draw_tile(PanelContext& context, const std::string& name, float side) {
    const std::vector<PriorPart>& parts = context.studio.inputs().prior;
    const bool chosen =
        std::any_of(parts.begin(), parts.end(), [&](const PriorPart& part) { return part.name == name; });
    const ImVec2 corner = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight();
    const ImVec2 size{side, side + line};
    if (ImGui::InvisibleButton(name.c_str(), size)) choose(context, name, ImGui::GetIO().KeyCtrl);
    control(context, "prior " + name,
            fmt::format("{}\nClick: start from it. Ctrl-click: blend it in or take it out.", name));
    const bool hovered = ImGui::IsItemHovered();
    ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 bottom{corner.x + side, corner.y + side};
    const float round = 5 * context.scale;
    if (const unsigned picture = context.studio.shelf().picture(name)) {
        list.AddImageRounded(texture_id(picture), corner, bottom, {0, 1}, {1, 0}, IM_COL32_WHITE, round);
    } else {
        list.AddRectFilled(corner, bottom, ImGui::GetColorU32(ImGuiCol_FrameBg), round);
    }
    if (chosen || hovered) {
        const ImVec4 colour = chosen ? context.theme.accent : context.theme.muted;
        list.AddRect(corner, bottom, ImGui::GetColorU32(colour), round, 0, (chosen ? 2.5F : 1.0F) * context.scale);
    }
    const std::string label = shortened(name, side);
    const float text_width = ImGui::CalcTextSize(label.c_str()).x;
    list.AddText({corner.x + (side - text_width) / 2, bottom.y + 1},
                 ImGui::GetColorU32(chosen ? context.theme.accent : ImGui::GetStyle().Colors[ImGuiCol_Text]),
                 label.c_str());
}

void draw_blend(PanelContext& context) {
    const std::vector<PriorPart>& parts = context.studio.inputs().prior;
    if (parts.size() < 2) return;
    float total = 0;
    for (const PriorPart& part : parts) total += part.weight;
    std::vector<PriorPart> to = parts;
    int gesture = 0;
    bool changed = false;
    for (std::size_t i = 0; i < to.size(); ++i) {
        ImGui::PushID(static_cast<int>(i));
        ImGui::SetNextItemWidth(-1);
        const std::string label =
            fmt::format("{}  {:.0f} %%", std::filesystem::path(to[i].name).stem().string(), 100 * to[i].weight / total);
        if (ImGui::SliderFloat("##share", &to[i].weight, 0.05F, 1, label.c_str())) {
            changed = true;
            gesture = gesture_of_item();
        }
        control(context, fmt::format("share {}", i + 1), "Share of this shape in the blend");
        ImGui::PopID();
    }
    if (changed) context.studio.set_prior(std::move(to), gesture);
}

void draw_exemplars(PanelContext& context) {
    const int all = context.studio.exemplars();
    if (all < 2) return;
    const int chosen = context.studio.inputs().exemplars;
    int count = chosen == 0 ? all : std::min(chosen, all);
    const std::string label =
        count == all ? fmt::format("all {} exemplars", all) : fmt::format("%d of {} exemplars", all);
    ImGui::SetNextItemWidth(-1);
    if (ImGui::SliderInt("##exemplars", &count, 1, all, label.c_str(), ImGuiSliderFlags_AlwaysClamp)) {
        context.studio.set_exemplars(count == all ? 0 : count, gesture_of_item());
    }
    control(context, "exemplars", "How many shapes of the prior the run starts from, drawn by lot");
}

void draw_priors(PanelContext& context) {
    heading(context, "PRIOR");
    std::string& search = context.state.search;
    const float propose = 84 * context.scale;
    ImGui::SetNextItemWidth(-propose - ImGui::GetStyle().ItemSpacing.x);
    ImGui::InputTextWithHint("##search", "Search", &search);
    control(context, "search", {});
    ImGui::SameLine();
    ImGui::BeginDisabled(context.studio.inputs().photos.empty());
    if (ImGui::Button("Propose", {-1, 0})) context.studio.propose_prior();
    ImGui::EndDisabled();
    control(context, "propose", "Choose the prior that looks most like the first photo");
    draw_blend(context);
    draw_exemplars(context);
    const float footer = ImGui::GetFrameHeightWithSpacing();
    ImGui::BeginChild("priors", {0, -footer});
    const float spacing = ImGui::GetStyle().ItemSpacing.x;
    constexpr int columns = 3;
    const float side = (ImGui::GetContentRegionAvail().x - (columns - 1) * spacing - 2) / columns;
    int column = 0;
    std::vector<std::string> names = context.studio.shelf().names();
    for (const PriorPart& part : context.studio.inputs().prior) {
        if (std::find(names.begin(), names.end(), part.name) == names.end()) names.insert(names.begin(), part.name);
    }
    for (const std::string& name : names) {
        if (!matches(name, search)) continue;
        if (column > 0) ImGui::SameLine();
        draw_tile(context, name, side);
        column = (column + 1) % columns;
    }
    ImGui::EndChild();
}

void draw_undo(PanelContext& context) {
    const float width = (ImGui::GetContentRegionAvail().x - ImGui::GetStyle().ItemSpacing.x) / 2;
    ImGui::BeginDisabled(!context.studio.history().can_undo());
    if (ImGui::Button("Undo  Ctrl+Z", {width, 0})) context.studio.undo();
    control(context, "undo", {});
    ImGui::EndDisabled();
    ImGui::SameLine();
    ImGui::BeginDisabled(!context.studio.history().can_redo());
    if (ImGui::Button("Redo  Ctrl+Y", {-1, 0})) context.studio.redo();
    control(context, "redo", {});
    ImGui::EndDisabled();
}

}  // namespace

void draw_inputs_panel(PanelContext& context) {
    draw_photos(context);
    draw_priors(context);
    draw_undo(context);
}

}  // namespace maquette::viewer
