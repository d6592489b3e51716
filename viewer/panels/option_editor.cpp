#include "viewer/panels/option_editor.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_stdlib.h>

#include <optional>
#include <variant>

#include "render/error.h"

namespace maquette::viewer {
namespace {

using recon::cli::OptionInfo;
using recon::cli::OptionValue;

constexpr float label_width = 82;  // pixels of the design

bool edit_choice(const OptionInfo& info, std::string& value) {
    bool changed = false;
    if (!ImGui::BeginCombo("##value", value.c_str())) return false;
    for (const std::string& choice : info.choices) {
        if (ImGui::Selectable(choice.c_str(), value == choice) && value != choice) {
            value = choice;
            changed = true;
        }
    }
    ImGui::EndCombo();
    return changed;
}

bool edit_text(const OptionInfo& info, std::string& value) {
    return ImGui::InputTextWithHint("##value", info.default_text.c_str(), &value, ImGuiInputTextFlags_EnterReturnsTrue);
}

bool edit_whole(const OptionInfo& info, int& value) {
    std::string shown = value == 0 && !info.default_text.empty() ? info.default_text : "%d";
    if (value < 0) shown = "auto";
    if (!info.low || !info.high) return ImGui::InputInt("##value", &value);
    // Of a wide range the small values are what one chooses from.
    const bool wide = *info.low > 0 && *info.high > 100 * *info.low;
    return ImGui::SliderInt(
        "##value", &value, static_cast<int>(*info.low), static_cast<int>(*info.high), shown.c_str(),
        ImGuiSliderFlags_AlwaysClamp | (wide ? ImGuiSliderFlags_Logarithmic : ImGuiSliderFlags_None));
}

bool edit_fraction(const OptionInfo& info, double& value, const char* shown, ImGuiSliderFlags how) {
    auto number = static_cast<float>(value);
    const bool changed = ImGui::SliderFloat("##value", &number, static_cast<float>(*info.low),
                                            static_cast<float>(*info.high), shown, how | ImGuiSliderFlags_AlwaysClamp);
    if (changed) value = number;
    return changed;
}

/// At its lowest it is what it is by default.
bool edit_optional(const OptionInfo& info, std::optional<double>& value) {
    double number = value.value_or(*info.low);
    if (!edit_fraction(info, number, value ? "%.2f" : info.default_text.c_str(), ImGuiSliderFlags_None)) return false;
    value = number > static_cast<float>(*info.low) ? std::optional(number) : std::nullopt;
    return true;
}

bool edit(const OptionInfo& info, const OptionValue& value) {
    if (auto* const* flag = std::get_if<bool*>(&value)) return ImGui::Checkbox("##value", *flag);
    if (auto* const* number = std::get_if<int*>(&value)) return edit_whole(info, **number);
    if (auto* const* number = std::get_if<double*>(&value); number != nullptr && info.low && info.high) {
        return edit_fraction(info, **number, **number == 0 ? "off" : "%.4f", ImGuiSliderFlags_Logarithmic);
    }
    if (auto* const* number = std::get_if<std::optional<double>*>(&value); number != nullptr && info.low && info.high) {
        return edit_optional(info, **number);
    }
    if (auto* const* text = std::get_if<std::string*>(&value)) {
        return info.choices.empty() ? edit_text(info, **text) : edit_choice(info, **text);
    }
    if (auto* const* path = std::get_if<std::filesystem::path*>(&value)) {
        std::string text = (*path)->string();
        const bool changed = edit_text(info, text);
        **path = text;
        return changed;
    }
    throw UsageError(fmt::format("{}: an option of a kind that has no control", info.name));
}

}  // namespace

bool edit_option(PanelContext& context, const std::string& name, const char* label, ViewOptions& options) {
    bool found = false;
    bool changed = false;
    ImGui::PushID(name.c_str());
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(label);
    ImGui::SameLine(label_width * context.scale);
    ImGui::SetNextItemWidth(-1);
    options.visit([&](const OptionInfo& info, const OptionValue& value) {
        if (info.name != name) return;
        found = true;
        changed = edit(info, value);
        control(context, name, recon::cli::full_help(info, 1000));
    });
    ImGui::PopID();
    if (!found) throw UsageError(fmt::format("{}: there is no such option", name));
    return changed;
}

}  // namespace maquette::viewer
