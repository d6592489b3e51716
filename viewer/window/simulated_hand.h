#pragma once

#include <imgui.h>

#include <cstddef>
#include <deque>
#include <string>

namespace maquette::viewer {

/// Key codes as GLFW has them, which are what Dear ImGui's state is indexed by. Letters and digits are their ASCII.
namespace key_code {
inline constexpr int escape = 256;
inline constexpr int enter = 257;
inline constexpr int tab = 258;
inline constexpr int backspace = 259;
inline constexpr int remove = 261;
inline constexpr int right = 262;
inline constexpr int left = 263;
inline constexpr int down = 264;
inline constexpr int up = 265;
inline constexpr int home = 268;
inline constexpr int end = 269;
inline constexpr int f1 = 290;
inline constexpr int f2 = 291;
inline constexpr int left_control = 341;
}  // namespace key_code

/// The code of a key's name as the list of keys has it: "Space", "A", "F1", "Left". 0: unknown.
int key_code_of(const std::string& name);

/// Mouse and keyboard played to Dear ImGui, one event a frame, as a user would be. Positions in pixels of the window.
class SimulatedHand {
public:
    void click(const ImVec2& at, ImGuiMouseButton button = ImGuiMouseButton_Left, bool with_control = false);
    void double_click(const ImVec2& at);
    /// Presses at `from`, moves to `to` in some steps, and lets go.
    void drag(const ImVec2& from, const ImVec2& to, ImGuiMouseButton button = ImGuiMouseButton_Left,
              bool with_shift = false);
    void point(const ImVec2& at);
    void wheel(const ImVec2& at, float notches);
    void key(int code, bool with_control = false);
    /// UTF-8.
    void type(const std::string& text);

    /// Something is still to be played.
    [[nodiscard]] bool busy() const { return !events_.empty(); }
    /// Gives the next event to Dear ImGui. Between the surface's begin_frame and ImGui::NewFrame.
    void play(ImGuiIO& io);

private:
    struct State {
        ImVec2 at{-1, -1};
        int button = -1;  ///< held; -1: none
        int key = 0;      ///< held; 0: none
        float wheel = 0;
        bool control = false;
        bool shift = false;
        std::string text;
    };
    void add(const State& state) { events_.push_back(state); }

    std::deque<State> events_;
    State now_;
    ImVec2 last_{-1, -1};  ///< where the pointer is once everything was played
    bool active_ = false;  ///< has taken over the mouse
    bool ended_ = true;    ///< what was held is let go
};

/// Names the keys that text fields need, for surfaces without a backend that does.
void map_keys(ImGuiIO& io);

}  // namespace maquette::viewer
