#include "viewer/window/theme.h"

#include <array>
#include <cmath>
#include <filesystem>

namespace maquette::viewer {
namespace {

constexpr double font_pixels = 15;
constexpr const char* font_file = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

ImVec4 rgb(int hex, float alpha = 1) {
    return {static_cast<float>((hex >> 16) & 255) / 255, static_cast<float>((hex >> 8) & 255) / 255,
            static_cast<float>(hex & 255) / 255, alpha};
}

void set_sizes(ImGuiStyle& style, double scale) {
    style = ImGuiStyle();
    style.WindowPadding = {12, 12};
    style.FramePadding = {8, 5};
    style.ItemSpacing = {8, 7};
    style.ItemInnerSpacing = {6, 5};
    style.WindowRounding = 0;
    style.FrameRounding = 4;
    style.GrabRounding = 4;
    style.PopupRounding = 6;
    style.ChildRounding = 4;
    style.ScrollbarSize = 11;
    style.ScrollbarRounding = 6;
    style.GrabMinSize = 11;
    style.WindowBorderSize = 0;
    style.ChildBorderSize = 0;
    style.PopupBorderSize = 1;
    style.ScaleAllSizes(static_cast<float>(scale));
}

void set_colours(ImGuiStyle& style, bool dark, const ImVec4& accent) {
    const ImVec4 panel = dark ? rgb(0x1d1f23) : rgb(0xf4f5f7);
    const ImVec4 field = dark ? rgb(0x2b2e34) : rgb(0xe1e4e9);
    const ImVec4 hover = dark ? rgb(0x383c44) : rgb(0xd2d7df);
    const ImVec4 active = dark ? rgb(0x454a54) : rgb(0xc2c9d4);
    const auto set = [&style](ImGuiCol index, const ImVec4& colour) { style.Colors[index] = colour; };
    if (dark) {
        ImGui::StyleColorsDark(&style);
    } else {
        ImGui::StyleColorsLight(&style);
    }
    set(ImGuiCol_Text, dark ? rgb(0xe6e8eb) : rgb(0x1c1f24));
    set(ImGuiCol_TextDisabled, dark ? rgb(0x8f96a1) : rgb(0x666e7a));
    set(ImGuiCol_WindowBg, panel);
    set(ImGuiCol_ChildBg, {0, 0, 0, 0});
    set(ImGuiCol_PopupBg, dark ? rgb(0x25282d, 0.98F) : rgb(0xffffff, 0.98F));
    set(ImGuiCol_MenuBarBg, dark ? rgb(0x17191c) : rgb(0xe6e9ee));
    set(ImGuiCol_TitleBg, field);
    set(ImGuiCol_TitleBgActive, field);
    set(ImGuiCol_ModalWindowDimBg, dark ? rgb(0x000000, 0.45F) : rgb(0x30343a, 0.35F));
    set(ImGuiCol_Border, dark ? rgb(0x3a3e46) : rgb(0xc9ced6));
    set(ImGuiCol_FrameBg, field);
    set(ImGuiCol_FrameBgHovered, hover);
    set(ImGuiCol_FrameBgActive, active);
    set(ImGuiCol_Button, field);
    set(ImGuiCol_ButtonHovered, hover);
    set(ImGuiCol_ButtonActive, active);
    set(ImGuiCol_Header, {accent.x, accent.y, accent.z, 0.30F});
    set(ImGuiCol_HeaderHovered, hover);
    set(ImGuiCol_HeaderActive, active);
    set(ImGuiCol_SliderGrab, accent);
    set(ImGuiCol_SliderGrabActive, accent);
    set(ImGuiCol_CheckMark, accent);
    set(ImGuiCol_PlotLines, accent);
    set(ImGuiCol_PlotHistogram, accent);
    set(ImGuiCol_Separator, dark ? rgb(0x33373e) : rgb(0xd5d9e0));
    set(ImGuiCol_ScrollbarBg, {0, 0, 0, 0});
    set(ImGuiCol_ScrollbarGrab, hover);
    set(ImGuiCol_TextSelectedBg, {accent.x, accent.y, accent.z, 0.35F});
}

}  // namespace

Theme apply_theme(bool dark, double scale) {
    Theme theme;
    theme.accent = dark ? rgb(0x5aa9e6) : rgb(0x1f74bd);
    theme.muted = dark ? rgb(0x8f96a1) : rgb(0x5d6570);
    theme.error = dark ? rgb(0x7a2630) : rgb(0xf3c6ca);
    theme.error_text = dark ? rgb(0xffe5e7) : rgb(0x6b1019);
    theme.second = dark ? rgb(0xf0a35e) : rgb(0xc86a12);
    if (!dark) {
        theme.backdrop.top = {0.93F, 0.94F, 0.96F};
        theme.backdrop.bottom = {0.80F, 0.82F, 0.85F};
        theme.grid_shade = 0.48F;
    }
    set_sizes(ImGui::GetStyle(), scale);
    set_colours(ImGui::GetStyle(), dark, theme.accent);
    return theme;
}

void load_font(double scale) {
    ImGuiIO& io = ImGui::GetIO();
    // General punctuation and the few symbols the panels use, beside Latin with its accents.
    static const std::array<ImWchar, 9> ranges = {0x0020, 0x024F, 0x2010, 0x2044, 0x2190, 0x2193, 0x00D7, 0x00D7, 0};
    if (std::filesystem::exists(font_file)) {
        ImFontConfig config;
        config.OversampleH = 2;
        io.Fonts->AddFontFromFileTTF(font_file, static_cast<float>(std::round(font_pixels * scale)), &config,
                                     ranges.data());
    } else {
        ImFontConfig config;
        config.SizePixels = static_cast<float>(std::round(13 * scale));
        io.Fonts->AddFontDefault(&config);
    }
}

}  // namespace maquette::viewer
