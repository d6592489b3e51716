#include "viewer/window/frame_painter.h"

#include <backends/imgui_impl_opengl3.h>
#include <epoxy/gl.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace maquette::viewer {
namespace {

template <typename Value>
void add(std::size_t& digest, const Value* values, int count) {
    const std::string_view bytes(reinterpret_cast<const char*>(values),
                                 sizeof(Value) * static_cast<std::size_t>(count));
    digest = digest * 1099511628211U ^ std::hash<std::string_view>()(bytes);
}

bool overlap(const ImVec4& a, const ImVec4& b) {
    return a.x < b.z && b.x < a.z && a.y < b.w && b.y < a.w;
}

}  // namespace

FramePainter::Window FramePainter::described(const ImDrawList& list, unsigned fresh_texture) {
    Window window;
    window.bounds = {1e9F, 1e9F, -1e9F, -1e9F};
    add(window.digest, list.VtxBuffer.Data, list.VtxBuffer.Size);
    add(window.digest, list.IdxBuffer.Data, list.IdxBuffer.Size);
    for (const ImDrawCmd& command : list.CmdBuffer) {
        const ImVec4& clip = command.ClipRect;
        const auto texture = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(command.GetTexID()));
        add(window.digest, &clip, 1);
        add(window.digest, &texture, 1);
        add(window.digest, &command.ElemCount, 1);
        // A window's ground is drawn with the whole screen as its clip: what counts is where its corners are.
        ImVec4 inside{1e9F, 1e9F, -1e9F, -1e9F};
        for (unsigned i = 0; i < command.ElemCount; ++i) {
            const auto index = static_cast<int>(list.IdxBuffer[static_cast<int>(command.IdxOffset + i)]);
            const ImVec2& at = list.VtxBuffer[static_cast<int>(command.VtxOffset) + index].pos;
            inside = {std::min(inside.x, at.x), std::min(inside.y, at.y), std::max(inside.z, at.x),
                      std::max(inside.w, at.y)};
        }
        if (inside.x > inside.z) continue;
        window.bounds = {std::min(window.bounds.x, std::max(inside.x, clip.x)),
                         std::min(window.bounds.y, std::max(inside.y, clip.y)),
                         std::max(window.bounds.z, std::min(inside.z, clip.z)),
                         std::max(window.bounds.w, std::min(inside.w, clip.w))};
        if (fresh_texture != 0 && texture == fresh_texture) window.changed = true;
    }
    return window;
}

void FramePainter::paint(ImDrawData& frame, int width, int height, const FreshPictures& fresh) {
    std::vector<Window> now;
    now.reserve(static_cast<std::size_t>(frame.CmdListsCount));
    for (int i = 0; i < frame.CmdListsCount; ++i) now.push_back(described(*frame.CmdLists[i], fresh.texture));
    const bool all =
        fresh.any || now.size() != before_.size() || width != target_.width() || height != target_.height();
    for (std::size_t i = 0; i < now.size(); ++i) {
        now[i].changed = now[i].changed || all || now[i].digest != before_[i].digest;
    }
    // What lies over or under something painted anew is painted anew, too; so is what lay there before.
    for (bool more = !all; more;) {
        more = false;
        for (std::size_t i = 0; i < now.size(); ++i) {
            if (now[i].changed) continue;
            now[i].changed = std::any_of(now.begin(), now.end(), [&](const Window& other) {
                const auto place = static_cast<std::size_t>(&other - now.data());
                return other.changed &&
                       (overlap(now[i].bounds, other.bounds) || overlap(now[i].bounds, before_[place].bounds));
            });
            more = more || now[i].changed;
        }
    }
    std::vector<ImDrawList*> lists;
    for (std::size_t i = 0; i < now.size(); ++i) {
        if (now[i].changed) lists.push_back(frame.CmdLists[i]);
    }
    painted_ = lists.size();
    before_ = std::move(now);
    target_.resize(width, height, 1);
    if (lists.empty()) return;
    target_.bind();
    if (all) {
        glClearColor(0, 0, 0, 1);
        glClear(GL_COLOR_BUFFER_BIT);
    }
    ImDrawData some = frame;
    some.CmdLists = lists.data();
    some.CmdListsCount = static_cast<int>(lists.size());
    ImGui_ImplOpenGL3_RenderDrawData(&some);
}

}  // namespace maquette::viewer
