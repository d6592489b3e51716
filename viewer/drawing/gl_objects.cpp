#include "viewer/drawing/gl_objects.h"

#include <epoxy/gl.h>
#include <fmt/format.h>

#include <algorithm>

#include "render/error.h"

namespace maquette::viewer {
namespace {

unsigned compiled(GLenum kind, const std::string& source) {
    const unsigned shader = glCreateShader(kind);
    const char* const text = source.c_str();
    glShaderSource(shader, 1, &text, nullptr);
    glCompileShader(shader);
    GLint done = 0;
    glGetShaderiv(shader, GL_COMPILE_STATUS, &done);
    if (done == 0) {
        std::string log(2048, '\0');
        GLsizei length = 0;
        glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), &length, log.data());
        log.resize(static_cast<std::size_t>(length));
        glDeleteShader(shader);
        throw Error(fmt::format("the graphics driver refuses a shader: {}", log));
    }
    return shader;
}

GlFramebuffer make_framebuffer() {
    unsigned name = 0;
    glGenFramebuffers(1, &name);
    return GlFramebuffer(name);
}

GlRenderbuffer make_renderbuffer(GLenum format, int width, int height, int samples) {
    unsigned name = 0;
    glGenRenderbuffers(1, &name);
    glBindRenderbuffer(GL_RENDERBUFFER, name);
    if (samples > 1) {
        glRenderbufferStorageMultisample(GL_RENDERBUFFER, samples, format, width, height);
    } else {
        glRenderbufferStorage(GL_RENDERBUFFER, format, width, height);
    }
    return GlRenderbuffer(name);
}

GlTexture make_storage(int width, int height, GLenum format, const void* pixels) {
    unsigned name = 0;
    glGenTextures(1, &name);
    glBindTexture(GL_TEXTURE_2D, name);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
    glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
    glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
    glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, format, GL_UNSIGNED_BYTE, pixels);
    return GlTexture(name);
}

}  // namespace

void remove_buffer(unsigned name) {
    glDeleteBuffers(1, &name);
}
void remove_vertex_array(unsigned name) {
    glDeleteVertexArrays(1, &name);
}
void remove_texture(unsigned name) {
    glDeleteTextures(1, &name);
}
void remove_program(unsigned name) {
    glDeleteProgram(name);
}
void remove_framebuffer(unsigned name) {
    glDeleteFramebuffers(1, &name);
}
void remove_renderbuffer(unsigned name) {
    glDeleteRenderbuffers(1, &name);
}

GlBuffer make_buffer() {
    unsigned name = 0;
    glGenBuffers(1, &name);
    return GlBuffer(name);
}

GlVertexArray make_vertex_array() {
    unsigned name = 0;
    glGenVertexArrays(1, &name);
    return GlVertexArray(name);
}

GlProgram make_program(const std::string& vertex_source, const std::string& fragment_source) {
    GlProgram program(glCreateProgram());
    const unsigned vertex = compiled(GL_VERTEX_SHADER, vertex_source);
    const unsigned fragment = compiled(GL_FRAGMENT_SHADER, fragment_source);
    glAttachShader(program.get(), vertex);
    glAttachShader(program.get(), fragment);
    glLinkProgram(program.get());
    glDeleteShader(vertex);
    glDeleteShader(fragment);
    GLint done = 0;
    glGetProgramiv(program.get(), GL_LINK_STATUS, &done);
    if (done == 0) throw Error("the graphics driver cannot link a shader");
    return program;
}

GlTexture make_texture(const render::Image& image) {
    return make_storage(image.width, image.height, image.channels == 4 ? GL_RGBA : GL_RGB, image.pixels.data());
}

void RenderTarget::resize(int width, int height, int samples) {
    width = std::max(width, 1);
    height = std::max(height, 1);
    if (width == width_ && height == height_ && samples == samples_) return;
    width_ = width;
    height_ = height;
    samples_ = samples;
    colour_ = make_storage(width, height, GL_RGBA, nullptr);
    framebuffer_ = make_framebuffer();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
    glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, colour_.get(), 0);
    many_ = GlFramebuffer();
    many_colours_ = GlRenderbuffer();
    depth_ = make_renderbuffer(GL_DEPTH_COMPONENT24, width, height, samples);
    if (samples > 1) {
        many_colours_ = make_renderbuffer(GL_RGBA8, width, height, samples);
        many_ = make_framebuffer();
        glBindFramebuffer(GL_FRAMEBUFFER, many_.get());
        glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, many_colours_.get());
    }
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, depth_.get());
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE) {
        throw Error(fmt::format("the graphics driver gives no picture of {} x {} pixels", width, height));
    }
}

void RenderTarget::bind() const {
    glBindFramebuffer(GL_FRAMEBUFFER, many_ ? many_.get() : framebuffer_.get());
    glViewport(0, 0, width_, height_);
}

void RenderTarget::resolve() const {
    if (!many_) return;
    glBindFramebuffer(GL_READ_FRAMEBUFFER, many_.get());
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, framebuffer_.get());
    glBlitFramebuffer(0, 0, width_, height_, 0, 0, width_, height_, GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

void RenderTarget::show() const {
    glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer_.get());
    glBindFramebuffer(GL_DRAW_FRAMEBUFFER, 0);
    glBlitFramebuffer(0, 0, width_, height_, 0, 0, width_, height_, GL_COLOR_BUFFER_BIT, GL_NEAREST);
}

render::Image RenderTarget::read() const {
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
    return read_pixels(width_, height_);
}

render::Image read_pixels(int width, int height) {
    render::Image image(width, height, 3);
    glPixelStorei(GL_PACK_ALIGNMENT, 1);
    glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, image.pixels.data());
    const auto row = static_cast<std::ptrdiff_t>(width) * 3;
    for (std::ptrdiff_t top = 0, bottom = height - 1; top < bottom; ++top, --bottom) {
        std::swap_ranges(image.pixels.begin() + top * row, image.pixels.begin() + (top + 1) * row,
                         image.pixels.begin() + bottom * row);
    }
    return image;
}

}  // namespace maquette::viewer
