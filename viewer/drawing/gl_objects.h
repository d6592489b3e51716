#pragma once

#include <string>
#include <utility>

#include "render/image.h"

namespace maquette::viewer {

/// Owner of one OpenGL name. A context must be current wherever these live and die.
template <void (*remove)(unsigned)>
class GlName {
public:
    GlName() = default;
    explicit GlName(unsigned name) : name_(name) {}
    ~GlName() { clear(); }
    GlName(GlName&& other) noexcept : name_(std::exchange(other.name_, 0)) {}
    GlName& operator=(GlName&& other) noexcept {
        if (this != &other) {
            clear();
            name_ = std::exchange(other.name_, 0);
        }
        return *this;
    }
    GlName(const GlName&) = delete;
    GlName& operator=(const GlName&) = delete;

    [[nodiscard]] unsigned get() const { return name_; }
    explicit operator bool() const { return name_ != 0; }

private:
    void clear() {
        if (name_ != 0) remove(name_);
        name_ = 0;
    }
    unsigned name_ = 0;
};

void remove_buffer(unsigned name);
void remove_vertex_array(unsigned name);
void remove_texture(unsigned name);
void remove_program(unsigned name);
void remove_framebuffer(unsigned name);
void remove_renderbuffer(unsigned name);

using GlBuffer = GlName<remove_buffer>;
using GlVertexArray = GlName<remove_vertex_array>;
using GlTexture = GlName<remove_texture>;
using GlProgram = GlName<remove_program>;
using GlFramebuffer = GlName<remove_framebuffer>;
using GlRenderbuffer = GlName<remove_renderbuffer>;

GlBuffer make_buffer();
GlVertexArray make_vertex_array();

/// Throws Error with the driver's log when a shader does not compile.
GlProgram make_program(const std::string& vertex_source, const std::string& fragment_source);

/// 3 or 4 channels, first row on top (texture coordinate v = 0). Linear filtering, clamped.
GlTexture make_texture(const render::Image& image);

/// A colour picture with depth to draw into, shown as a texture.
class RenderTarget {
public:
    /// Sides in pixels, at least 1; samples: 1 or 4. Nothing is made anew where they are as before.
    void resize(int width, int height, int samples);
    /// Later drawing goes here.
    void bind() const;
    /// The finished picture becomes visible in texture().
    void resolve() const;
    /// Copies the finished picture onto the window, pixel by pixel.
    void show() const;
    [[nodiscard]] unsigned texture() const { return colour_.get(); }
    [[nodiscard]] int width() const { return width_; }
    [[nodiscard]] int height() const { return height_; }
    /// What texture() holds. [height, width, 3], first row on top
    [[nodiscard]] render::Image read() const;

private:
    int width_ = 0;
    int height_ = 0;
    int samples_ = 0;
    GlTexture colour_;
    GlFramebuffer framebuffer_;
    GlRenderbuffer depth_;
    GlRenderbuffer many_colours_;
    GlFramebuffer many_;
};

/// Pixels of the framebuffer that is bound for reading. [height, width, 3], first row on top
render::Image read_pixels(int width, int height);

}  // namespace maquette::viewer
