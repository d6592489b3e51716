#include "viewer/window/simulated_hand.h"

#include <map>

namespace maquette::viewer {
namespace {

constexpr int drag_steps = 6;

}  // namespace

int key_code_of(const std::string& name) {
    static const std::map<std::string, int> named = {
        {"Space", ' '},
        {"Esc", key_code::escape},
        {"Enter", key_code::enter},
        {"Tab", key_code::tab},
        {"Backspace", key_code::backspace},
        {"Delete", key_code::remove},
        {"Right", key_code::right},
        {"Left", key_code::left},
        {"Down", key_code::down},
        {"Up", key_code::up},
        {"Home", key_code::home},
        {"End", key_code::end},
        {"F1", key_code::f1},
        {"F2", key_code::f2},
    };
    const auto found = named.find(name);
    if (found != named.end()) return found->second;
    const bool single = name.size() == 1 && ((name[0] >= 'A' && name[0] <= 'Z') || (name[0] >= '0' && name[0] <= '9'));
    return single ? name[0] : 0;
}

void SimulatedHand::point(const ImVec2& at) {
    last_ = at;
    add({.at = at});
}

void SimulatedHand::click(const ImVec2& at, ImGuiMouseButton button, bool with_control) {
    last_ = at;
    add({.at = at, .control = with_control});
    add({.at = at, .button = button, .control = with_control});
    add({.at = at, .control = with_control});
    add({.at = at});
}

void SimulatedHand::double_click(const ImVec2& at) {
    click(at);
    click(at);
}

void SimulatedHand::drag(const ImVec2& from, const ImVec2& to, ImGuiMouseButton button, bool with_shift) {
    last_ = to;
    add({.at = from, .shift = with_shift});
    for (int i = 0; i <= drag_steps; ++i) {
        const float share = static_cast<float>(i) / drag_steps;
        add({.at = {from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)},
             .button = button,
             .shift = with_shift});
    }
    add({.at = to});
}

void SimulatedHand::wheel(const ImVec2& at, float notches) {
    last_ = at;
    add({.at = at});
    add({.at = at, .wheel = notches});
}

void SimulatedHand::key(int code, bool with_control) {
    add({.at = last_, .control = with_control});
    add({.at = last_, .key = code, .control = with_control});
    add({.at = last_});
}

void SimulatedHand::type(const std::string& text) {
    add({.at = last_, .text = text});
}

void SimulatedHand::play(ImGuiIO& io) {
    if (!events_.empty()) {
        if (now_.key > 0) io.KeysDown[now_.key] = false;
        now_ = events_.front();
        events_.pop_front();
        active_ = true;
        ended_ = false;
        io.MouseWheel += now_.wheel;
        if (!now_.text.empty()) io.AddInputCharactersUTF8(now_.text.c_str());
        now_.wheel = 0;
        now_.text.clear();
    } else if (ended_) {
        if (active_) io.MousePos = now_.at;
        return;
    } else {
        ended_ = true;
    }
    io.MousePos = now_.at;
    for (int button = 0; button < 3; ++button) io.MouseDown[button] = now_.button == button;
    if (now_.key > 0) io.KeysDown[now_.key] = true;
    io.KeysDown[key_code::left_control] = now_.control;
    io.KeyCtrl = now_.control;
    io.KeyShift = now_.shift;
}

void map_keys(ImGuiIO& io) {
    io.KeyMap[ImGuiKey_Tab] = key_code::tab;
    io.KeyMap[ImGuiKey_LeftArrow] = key_code::left;
    io.KeyMap[ImGuiKey_RightArrow] = key_code::right;
    io.KeyMap[ImGuiKey_UpArrow] = key_code::up;
    io.KeyMap[ImGuiKey_DownArrow] = key_code::down;
    io.KeyMap[ImGuiKey_Home] = key_code::home;
    io.KeyMap[ImGuiKey_End] = key_code::end;
    io.KeyMap[ImGuiKey_Delete] = key_code::remove;
    io.KeyMap[ImGuiKey_Backspace] = key_code::backspace;
    io.KeyMap[ImGuiKey_Space] = ' ';
    io.KeyMap[ImGuiKey_Enter] = key_code::enter;
    io.KeyMap[ImGuiKey_Escape] = key_code::escape;
    io.KeyMap[ImGuiKey_A] = 'A';
    io.KeyMap[ImGuiKey_C] = 'C';
    io.KeyMap[ImGuiKey_V] = 'V';
    io.KeyMap[ImGuiKey_X] = 'X';
    io.KeyMap[ImGuiKey_Y] = 'Y';
    io.KeyMap[ImGuiKey_Z] = 'Z';
}

}  // namespace maquette::viewer
