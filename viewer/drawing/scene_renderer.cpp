#include "viewer/drawing/scene_renderer.h"

#include <epoxy/gl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

#include "render/error.h"
#include "viewer/drawing/shaders.h"

namespace maquette::viewer {
namespace {

constexpr float floor_height = -0.5F;
constexpr float shadow_strength = 0.42F;
constexpr float line_darkness = 0.25F;

const void* offset(std::size_t bytes) {
    return reinterpret_cast<const void*>(bytes);
}

void attribute(unsigned index, int components, GLenum type, bool normalised, std::size_t stride, std::size_t at) {
    glEnableVertexAttribArray(index);
    glVertexAttribPointer(index, components, type, normalised ? GL_TRUE : GL_FALSE, static_cast<GLsizei>(stride),
                          offset(at));
}

int location(const GlProgram& program, const char* name) {
    return glGetUniformLocation(program.get(), name);
}

void set_matrices(const GlProgram& program, const Eigen::Matrix4f& eye_from_object,
                  const Eigen::Matrix4f& clip_from_eye) {
    glUniformMatrix4fv(location(program, "eye_from_object"), 1, GL_FALSE, eye_from_object.data());
    glUniformMatrix4fv(location(program, "clip_from_eye"), 1, GL_FALSE, clip_from_eye.data());
}

struct CubeCorner {
    std::array<float, 3> position;
    std::array<float, 3> normal;
};

/// 36 corners of a unit cube around the origin.
std::vector<CubeCorner> unit_cube() {
    std::vector<CubeCorner> corners;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        for (const float side : {-0.5F, 0.5F}) {
            const std::array<std::array<float, 2>, 6> order = {
                {{-0.5F, -0.5F}, {0.5F, -0.5F}, {0.5F, 0.5F}, {-0.5F, -0.5F}, {0.5F, 0.5F}, {-0.5F, 0.5F}}};
            for (std::size_t i = 0; i < 6; ++i) {
                const auto& uv = order[side > 0 ? i : 5 - i];
                CubeCorner corner{};
                corner.position[axis] = side;
                corner.position[(axis + 1) % 3] = uv[0];
                corner.position[(axis + 2) % 3] = uv[1];
                corner.normal[axis] = 2 * side;
                corners.push_back(corner);
            }
        }
    }
    return corners;
}

}  // namespace

struct SceneRenderer::Uploaded {
    SceneGeometry geometry;
    GlVertexArray array;
    GlBuffer vertices;
    GlBuffer indices;
    int count = 0;                 ///< indices, cubes or line vertices
    std::array<float, 4> floor{};  ///< left, back, right, front of what was uploaded
    float lowest = 0;
};

struct SceneRenderer::Programs {
    GlProgram mesh;
    GlProgram cube;
    GlProgram line;
    GlProgram background;
    GlProgram shadow;
    GlBuffer cube_corners;
    GlVertexArray nothing;
};

SceneRenderer::SceneRenderer() : programs_(std::make_unique<Programs>()) {
    if (epoxy_gl_version() < 33) {
        throw Error(fmt::format("the graphics driver offers OpenGL {}.{}; the viewer needs 3.3",
                                epoxy_gl_version() / 10, epoxy_gl_version() % 10));
    }
    const std::string fragment =
        std::string("#version 330 core\n") + shaders::lighting + shaders::scales + shaders::mesh_fragment;
    programs_->mesh = make_program(shaders::mesh_vertex, fragment);
    programs_->cube = make_program(shaders::cube_vertex, fragment);
    programs_->line = make_program(shaders::line_vertex, shaders::line_fragment);
    programs_->background = make_program(shaders::background_vertex, shaders::background_fragment);
    programs_->shadow = make_program(shaders::shadow_vertex, shaders::shadow_fragment);
    programs_->nothing = make_vertex_array();
    programs_->cube_corners = make_buffer();
    const std::vector<CubeCorner> corners = unit_cube();
    glBindBuffer(GL_ARRAY_BUFFER, programs_->cube_corners.get());
    glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(corners.size() * sizeof(CubeCorner)), corners.data(),
                 GL_STATIC_DRAW);
}

SceneRenderer::~SceneRenderer() = default;

void SceneRenderer::forget_missing(const Scene& scene) {
    std::erase_if(uploaded_, [&](const auto& entry) { return scene.find(entry.first) == nullptr; });
}

void SceneRenderer::forget(const std::string& name) {
    uploaded_.erase(name);
}

const SceneRenderer::Uploaded& SceneRenderer::upload(const std::string& name, const SceneObject& object) {
    Uploaded& uploaded = uploaded_[name];
    if (uploaded.array && uploaded.geometry == object.geometry) return uploaded;
    const auto start = std::chrono::steady_clock::now();
    uploaded = {};
    uploaded.geometry = object.geometry;
    uploaded.array = make_vertex_array();
    uploaded.vertices = make_buffer();
    glBindVertexArray(uploaded.array.get());
    const auto fill = [&](const auto& values) {
        glBindBuffer(GL_ARRAY_BUFFER, uploaded.vertices.get());
        glBufferData(GL_ARRAY_BUFFER, static_cast<GLsizeiptr>(values.size() * sizeof(values[0])), values.data(),
                     GL_DYNAMIC_DRAW);
        uploaded.count = static_cast<int>(values.size());
    };
    bool first = true;
    const auto extend = [&](const std::array<float, 3>& x, float margin) {
        if (first) {
            uploaded.floor = {x[0] - margin, x[2] - margin, x[0] + margin, x[2] + margin};
            uploaded.lowest = x[1] - margin;
            first = false;
        }
        uploaded.floor = {std::min(uploaded.floor[0], x[0] - margin), std::min(uploaded.floor[1], x[2] - margin),
                          std::max(uploaded.floor[2], x[0] + margin), std::max(uploaded.floor[3], x[2] + margin)};
        uploaded.lowest = std::min(uploaded.lowest, x[1] - margin);
    };
    if (const auto* mesh = std::get_if<std::shared_ptr<const PackedMesh>>(&object.geometry)) {
        fill((*mesh)->vertices);
        for (const PackedVertex& vertex : (*mesh)->vertices) extend(vertex.position, 0);
        constexpr std::size_t stride = sizeof(PackedVertex);
        attribute(0, 3, GL_FLOAT, false, stride, offsetof(PackedVertex, position));
        attribute(1, 4, GL_INT_2_10_10_10_REV, true, stride, offsetof(PackedVertex, normal));
        attribute(2, 1, GL_FLOAT, false, stride, offsetof(PackedVertex, shade));
        attribute(3, 4, GL_UNSIGNED_BYTE, true, stride, offsetof(PackedVertex, colour));
        uploaded.indices = make_buffer();
        glBindBuffer(GL_ELEMENT_ARRAY_BUFFER, uploaded.indices.get());
        glBufferData(GL_ELEMENT_ARRAY_BUFFER, static_cast<GLsizeiptr>((*mesh)->indices.size() * sizeof(std::uint32_t)),
                     (*mesh)->indices.data(), GL_DYNAMIC_DRAW);
        uploaded.count = static_cast<int>((*mesh)->indices.size());
    } else if (const auto* cubes = std::get_if<std::shared_ptr<const PackedCubes>>(&object.geometry)) {
        glBindBuffer(GL_ARRAY_BUFFER, programs_->cube_corners.get());
        attribute(0, 3, GL_FLOAT, false, sizeof(CubeCorner), offsetof(CubeCorner, position));
        attribute(1, 3, GL_FLOAT, false, sizeof(CubeCorner), offsetof(CubeCorner, normal));
        fill((*cubes)->cubes);
        for (const PackedCube& cube : (*cubes)->cubes) extend(cube.centre, (*cubes)->side / 2);
        attribute(2, 4, GL_FLOAT, false, sizeof(PackedCube), 0);
        glVertexAttribDivisor(2, 1);
    } else {
        fill(std::get<std::shared_ptr<const PackedLines>>(object.geometry)->vertices);
        attribute(0, 3, GL_FLOAT, false, sizeof(PackedLineVertex), offsetof(PackedLineVertex, position));
        attribute(1, 4, GL_UNSIGNED_BYTE, true, sizeof(PackedLineVertex), offsetof(PackedLineVertex, colour));
    }
    upload_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return uploaded;
}

void SceneRenderer::draw_backdrop(const Pane& pane, const Backdrop& backdrop) {
    const GlProgram& program = programs_->background;
    glUseProgram(program.get());
    glBindVertexArray(programs_->nothing.get());
    glDisable(GL_DEPTH_TEST);
    glUniform3fv(location(program, "top"), 1, backdrop.top.data());
    glUniform3fv(location(program, "bottom"), 1, backdrop.bottom.data());
    glUniform1i(location(program, "textured"), 0);
    glUniform4f(location(program, "rectangle"), -1, -1, 1, 1);
    // Blending costs time where drivers draw in software.
    glDisable(GL_BLEND);
    glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    glEnable(GL_BLEND);
    if (pane.backdrop != 0) {
        const auto side = static_cast<float>(std::min(pane.frame.width, pane.frame.height));
        const float width = side / static_cast<float>(pane.frame.width);
        const float height = side / static_cast<float>(pane.frame.height);
        glActiveTexture(GL_TEXTURE0);
        glBindTexture(GL_TEXTURE_2D, pane.backdrop);
        glUniform1i(location(program, "picture"), 0);
        glUniform1i(location(program, "textured"), 1);
        glUniform1f(location(program, "opacity"), pane.backdrop_opacity);
        glUniform4f(location(program, "rectangle"), -width, -height, width, height);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
    }
    glEnable(GL_DEPTH_TEST);
}

void SceneRenderer::draw_shadow(const Scene& scene, const Pane& pane, const Eigen::Matrix4f& eye_from_object,
                                const Eigen::Matrix4f& clip_from_eye) {
    for (const std::string& name : pane.objects) {
        const SceneObject* object = scene.find(name);
        if (object == nullptr || !object->visible || object->style.opacity < 1) continue;
        if (std::holds_alternative<std::shared_ptr<const PackedLines>>(object->geometry)) continue;
        const Uploaded& uploaded = upload(name, *object);
        if (uploaded.count == 0) continue;
        const auto& f = uploaded.floor;
        const float grow_x = 0.25F * (f[2] - f[0]) + 0.06F;
        const float grow_z = 0.25F * (f[3] - f[1]) + 0.06F;
        const GlProgram& program = programs_->shadow;
        glUseProgram(program.get());
        set_matrices(program, eye_from_object, clip_from_eye);
        glUniform4f(location(program, "floor_rectangle"), f[0] - grow_x, f[1] - grow_z, f[2] + grow_x, f[3] + grow_z);
        glUniform1f(location(program, "floor_height"), floor_height);
        const float lift = std::max(0.0F, uploaded.lowest - floor_height);
        glUniform1f(location(program, "strength"), shadow_strength / (1 + 6 * lift));
        glBindVertexArray(programs_->nothing.get());
        glDepthMask(GL_FALSE);
        glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
        glDepthMask(GL_TRUE);
        return;
    }
}

void SceneRenderer::draw_surface(const SceneObject& object, const Uploaded& uploaded,
                                 const Eigen::Matrix4f& eye_from_object, const Eigen::Matrix4f& clip_from_eye,
                                 bool parallel_rays) {
    if (uploaded.count == 0) return;
    const auto* const cubes = std::get_if<std::shared_ptr<const PackedCubes>>(&object.geometry);
    const GlProgram& program = cubes != nullptr ? programs_->cube : programs_->mesh;
    const ObjectStyle& style = object.style;
    glUseProgram(program.get());
    glBindVertexArray(uploaded.array.get());
    set_matrices(program, eye_from_object, clip_from_eye);
    glUniform1i(location(program, "colouring"),
                cubes != nullptr && style.colouring != Colouring::normals ? 1 : static_cast<int>(style.colouring));
    glUniform1i(location(program, "parallel_rays"), parallel_rays ? 1 : 0);
    glUniform1i(location(program, "unlit"), 0);
    glUniform4f(location(program, "plain_colour"), style.colour[0], style.colour[1], style.colour[2], style.opacity);
    const auto draw = [&] {
        if (cubes != nullptr) {
            glUniform1f(location(program, "side"), (*cubes)->side);
            glDrawArraysInstanced(GL_TRIANGLES, 0, 36, uploaded.count);
        } else {
            glDrawElements(GL_TRIANGLES, uploaded.count, GL_UNSIGNED_INT, nullptr);
        }
    };
    if (style.surface) {
        glEnable(GL_POLYGON_OFFSET_FILL);
        glPolygonOffset(1, 1);
        if (style.opacity < 1) {
            glColorMask(GL_FALSE, GL_FALSE, GL_FALSE, GL_FALSE);
            draw();
            glColorMask(GL_TRUE, GL_TRUE, GL_TRUE, GL_TRUE);
        }
        if (style.opacity >= 1) glDisable(GL_BLEND);
        draw();
        glEnable(GL_BLEND);
        glDisable(GL_POLYGON_OFFSET_FILL);
    }
    if (style.wireframe) {
        const float shade = style.surface ? line_darkness : 1.0F;
        glUniform1i(location(program, "unlit"), 1);
        glUniform4f(location(program, "plain_colour"), shade * style.colour[0], shade * style.colour[1],
                    shade * style.colour[2], style.surface ? 0.55F : 0.9F);
        glPolygonMode(GL_FRONT_AND_BACK, GL_LINE);
        draw();
        glPolygonMode(GL_FRONT_AND_BACK, GL_FILL);
    }
}

void SceneRenderer::draw_pane(const Scene& scene, const OrbitView& view, const Pane& pane, const Backdrop& backdrop,
                              const RenderTarget& target) {
    const PixelRectangle clip = pane.clip.value_or(pane.frame);
    if (pane.frame.width <= 0 || pane.frame.height <= 0 || clip.width <= 0 || clip.height <= 0) return;
    glViewport(pane.frame.left, target.height() - pane.frame.top - pane.frame.height, pane.frame.width,
               pane.frame.height);
    glEnable(GL_SCISSOR_TEST);
    glScissor(clip.left, target.height() - clip.top - clip.height, clip.width, clip.height);
    glClear(GL_DEPTH_BUFFER_BIT);
    draw_backdrop(pane, backdrop);
    const Eigen::Matrix4f eye_from_object = view.eye_from_object();
    const Eigen::Matrix4f clip_from_eye =
        view.clip_from_eye(static_cast<double>(pane.frame.width) / static_cast<double>(pane.frame.height));
    if (view.elevation > 0) draw_shadow(scene, pane, eye_from_object, clip_from_eye);
    for (const bool translucent : {false, true}) {
        for (const std::string& name : pane.objects) {
            const SceneObject* object = scene.find(name);
            if (object == nullptr || !object->visible) continue;
            if (std::holds_alternative<std::shared_ptr<const PackedLines>>(object->geometry)) continue;
            if ((object->style.opacity < 1) != translucent) continue;
            draw_surface(*object, upload(name, *object), eye_from_object, clip_from_eye, view.orthographic);
        }
        if (translucent) continue;
        // Lines before what is translucent, so that they show through it.
        for (const std::string& name : pane.objects) {
            const SceneObject* object = scene.find(name);
            if (object == nullptr || !object->visible) continue;
            if (!std::holds_alternative<std::shared_ptr<const PackedLines>>(object->geometry)) continue;
            const Uploaded& uploaded = upload(name, *object);
            glUseProgram(programs_->line.get());
            set_matrices(programs_->line, eye_from_object, clip_from_eye);
            glBindVertexArray(uploaded.array.get());
            glDepthMask(GL_FALSE);
            glDrawArrays(GL_LINES, 0, uploaded.count);
            glDepthMask(GL_TRUE);
        }
    }
    glDisable(GL_SCISSOR_TEST);
}

void SceneRenderer::draw(const Scene& scene, const OrbitView& view, const std::vector<Pane>& panes,
                         const Backdrop& backdrop, RenderTarget& target) {
    target.bind();
    glDisable(GL_CULL_FACE);
    glEnable(GL_DEPTH_TEST);
    glDepthFunc(GL_LEQUAL);
    glEnable(GL_BLEND);
    glBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE);
    glClearColor(backdrop.bottom[0], backdrop.bottom[1], backdrop.bottom[2], 1);
    glDisable(GL_SCISSOR_TEST);
    glClear(GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
    for (const Pane& pane : panes) draw_pane(scene, view, pane, backdrop, target);
    glBindVertexArray(0);
    target.resolve();
    glDisable(GL_DEPTH_TEST);
}

}  // namespace maquette::viewer
