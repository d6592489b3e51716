#include "viewer/panels/panel_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "priors/prior_library.h"
#include "render/error.h"
#include "viewer/studio/view_options.h"

namespace maquette::viewer {
namespace {

constexpr std::size_t most_textures = 64;

}  // namespace

render::Image with_mask(const render::Image& rgb, const render::FloatImage& mask, float strength) {
    render::Image image = rgb;
    constexpr std::array<float, 3> tint = {48, 66, 92};
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const float coverage = 1 - strength * (1 - std::clamp(mask.at(x, y), 0.0F, 1.0F));
            for (int c = 0; c < 3; ++c) {
                auto& value = image.at(x, y, c);
                value = static_cast<std::uint8_t>(coverage * static_cast<float>(value) +
                                                  (1 - coverage) * tint[static_cast<std::size_t>(c)]);
            }
        }
    }
    return image;
}

unsigned PhotoThumbnails::of(const std::shared_ptr<const recon::View>& view) {
    if (textures_.size() > most_textures) textures_.clear();
    GlTexture& texture = textures_[view];
    if (!texture) texture = make_texture(with_mask(view->rgb, view->mask));
    return texture.get();
}

void Marks::set(const std::string& name, const ImVec2& low, const ImVec2& high) {
    // What is scrolled out of sight cannot be pointed at.
    const ImDrawList& list = *ImGui::GetWindowDrawList();
    const ImVec2 clip_low = list.GetClipRectMin();
    const ImVec2 clip_high = list.GetClipRectMax();
    const Place place{{std::max(low.x, clip_low.x), std::max(low.y, clip_low.y)},
                      {std::min(high.x, clip_high.x), std::min(high.y, clip_high.y)}};
    if (place.low.x < place.high.x && place.low.y < place.high.y) places_[name] = place;
}

ImVec2 Marks::centre(const std::string& name) const {
    const auto found = places_.find(name);
    if (found == places_.end()) {
        std::vector<std::string> names;
        for (const auto& [known, place] : places_) names.push_back(known);
        const std::string nearest = priors::nearest_name(name, names);
        throw InputError(fmt::format("there is no \"{}\" in sight{}", name,
                                     nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
    }
    const Place& place = found->second;
    return {(place.low.x + place.high.x) / 2, (place.low.y + place.high.y) / 2};
}

void heading(const PanelContext& context, const char* text) {
    ImGui::Dummy({0, 2 * context.scale});
    ImGui::TextColored(context.theme.muted, "%s", text);
    ImGui::Separator();
    ImGui::Dummy({0, 1 * context.scale});
}

void control(PanelContext& context, const std::string& name, const std::string& help) {
    context.marks.set(name);
    if (help.empty() || !ImGui::IsItemHovered()) return;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ImGui::GetFontSize() * 24);
    ImGui::TextUnformatted(help.c_str());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

ImTextureID texture_id(unsigned texture) {
    return reinterpret_cast<ImTextureID>(static_cast<std::uintptr_t>(texture));
}

std::string direction_text(const render::Camera& camera) {
    const render::OrbitPose pose = render::orbit_pose_of(camera);
    return fmt::format("{:.0f}° round, {:.0f}° up", pose.azimuth, pose.elevation);
}

std::string option_help(const std::string& name) {
    std::string help;
    ViewOptions options;
    options.visit([&](const recon::cli::OptionInfo& info, const recon::cli::OptionValue& /*value*/) {
        if (info.name == name) help = recon::cli::full_help(info, 1000);
    });
    return help;
}

}  // namespace maquette::viewer
