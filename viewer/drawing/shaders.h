#pragma once

namespace maquette::viewer::shaders {

/// Lighting shared by meshes and voxels: a key light over the viewer's left shoulder, a fill from the right, sky and
/// ground, and a rim that sets the silhouette off. Works in linear light, with squares for powers of 2.2: drivers that
/// draw in software are slow at powers. Returns sRGB.
inline constexpr const char* lighting = R"(
vec3 linear_of(vec3 c) { return c * c; }
vec3 lit(vec3 colour, vec3 normal_in_eye, vec3 to_eye, vec3 up_in_eye) {
    vec3 n = normalize(normal_in_eye);
    if (!gl_FrontFacing) n = -n;
    vec3 key = normalize(vec3(-0.45, 0.75, 0.60));
    vec3 fill = normalize(vec3(0.80, 0.15, 0.45));
    float sky = 0.5 + 0.5 * dot(n, up_in_eye);
    vec3 light = mix(vec3(0.13, 0.12, 0.12), vec3(0.40, 0.42, 0.46), sky);
    light += vec3(0.72, 0.70, 0.66) * max(dot(n, key), 0.0);
    light += vec3(0.16, 0.18, 0.22) * max(dot(n, fill), 0.0);
    vec3 half_way = normalize(key + to_eye);
    float s = max(dot(n, half_way), 0.0);
    float s4 = s * s * s * s;
    float s16 = s4 * s4 * s4 * s4;
    float shine = 0.10 * s16 * s16 * s4 * s4;
    float away = 1.0 - max(dot(n, to_eye), 0.0);
    float rim = 0.10 * away * away * away;
    return sqrt(linear_of(colour) * light + vec3(shine + rim));
}
)";

/// Distance 0..1: neutral, then through yellow to red; confidence 0..1: violet, then through teal to yellow. Brightness
/// changes steadily, so that both read in grey, too.
inline constexpr const char* scales = R"(
vec3 colour_of_difference(float d) {
    vec3 a = vec3(0.86, 0.88, 0.92), b = vec3(0.98, 0.80, 0.36), c = vec3(0.90, 0.38, 0.20), e = vec3(0.55, 0.08, 0.28);
    float t = clamp(d, 0.0, 1.0) * 3.0;
    if (t < 1.0) return mix(a, b, t);
    if (t < 2.0) return mix(b, c, t - 1.0);
    return mix(c, e, t - 2.0);
}
vec3 colour_of_confidence(float c) {
    vec3 guessed = vec3(0.36, 0.33, 0.50), mirrored = vec3(0.24, 0.60, 0.62), seen = vec3(0.97, 0.86, 0.48);
    float t = clamp(c, 0.0, 1.0) * 2.0;
    return t < 1.0 ? mix(guessed, mirrored, t) : mix(mirrored, seen, t - 1.0);
}
)";

inline constexpr const char* mesh_vertex = R"(#version 330 core
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 normal;
layout(location = 2) in float shade;
layout(location = 3) in vec4 colour;
uniform mat4 eye_from_object;
uniform mat4 clip_from_eye;
out vec3 x_in_eye;
out vec3 normal_in_eye;
out vec3 normal_in_object;
out vec3 vertex_colour;
out float vertex_shade;
void main() {
    vec4 x = eye_from_object * vec4(position, 1.0);
    x_in_eye = x.xyz;
    normal_in_object = normal.xyz;
    normal_in_eye = mat3(eye_from_object) * normal.xyz;
    vertex_colour = colour.rgb;
    vertex_shade = shade;
    gl_Position = clip_from_eye * x;
}
)";

inline constexpr const char* mesh_fragment = R"(
uniform mat4 eye_from_object;
uniform vec4 plain_colour;
uniform int colouring;
uniform bool unlit;
uniform bool parallel_rays;
in vec3 x_in_eye;
in vec3 normal_in_eye;
in vec3 normal_in_object;
in vec3 vertex_colour;
in float vertex_shade;
out vec4 pixel;
void main() {
    if (unlit) { pixel = plain_colour; return; }
    vec3 to_eye = parallel_rays ? vec3(0.0, 0.0, 1.0) : normalize(-x_in_eye);
    vec3 up = eye_from_object[1].xyz;
    vec3 colour = plain_colour.rgb;
    if (colouring == 1) colour = vertex_colour;
    if (colouring == 3 || colouring == 4) colour = colour_of_difference(vertex_shade);
    if (colouring == 5) colour = colour_of_confidence(vertex_shade);
    if (colouring == 2) {
        pixel = vec4(normalize(normal_in_object) * 0.5 + 0.5, plain_colour.a);
        return;
    }
    float alpha = plain_colour.a;
    if (alpha < 1.0) {
        float edge = 1.0 - abs(dot(normalize(normal_in_eye), to_eye));
        alpha *= 0.45 + 1.1 * edge * edge;
    }
    pixel = vec4(lit(colour, normal_in_eye, to_eye, up), clamp(alpha, 0.0, 1.0));
}
)";

inline constexpr const char* cube_vertex = R"(#version 330 core
layout(location = 0) in vec3 corner;
layout(location = 1) in vec3 face_normal;
layout(location = 2) in vec4 centre_and_value;
uniform mat4 eye_from_object;
uniform mat4 clip_from_eye;
uniform float side;
out vec3 x_in_eye;
out vec3 normal_in_eye;
out vec3 normal_in_object;
out vec3 vertex_colour;
out float vertex_shade;
void main() {
    vec4 x = eye_from_object * vec4(centre_and_value.xyz + corner * side * 0.94, 1.0);
    x_in_eye = x.xyz;
    normal_in_object = face_normal;
    normal_in_eye = mat3(eye_from_object) * face_normal;
    vertex_colour = mix(vec3(0.35, 0.47, 0.66), vec3(0.90, 0.91, 0.93), clamp(centre_and_value.w, 0.0, 1.0));
    vertex_shade = 0.0;
    gl_Position = clip_from_eye * x;
}
)";

inline constexpr const char* line_vertex = R"(#version 330 core
layout(location = 0) in vec3 position;
layout(location = 1) in vec4 colour;
uniform mat4 eye_from_object;
uniform mat4 clip_from_eye;
out vec4 line_colour;
void main() {
    line_colour = colour;
    gl_Position = clip_from_eye * eye_from_object * vec4(position, 1.0);
}
)";

inline constexpr const char* line_fragment = R"(#version 330 core
in vec4 line_colour;
out vec4 pixel;
void main() { pixel = line_colour; }
)";

inline constexpr const char* background_vertex = R"(#version 330 core
uniform vec4 rectangle;
out vec2 uv;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    uv = vec2(corner.x, 1.0 - corner.y);
    gl_Position = vec4(mix(rectangle.xy, rectangle.zw, corner), 0.9999, 1.0);
}
)";

inline constexpr const char* background_fragment = R"(#version 330 core
uniform vec3 top;
uniform vec3 bottom;
uniform bool textured;
uniform float opacity;
uniform sampler2D picture;
in vec2 uv;
out vec4 pixel;
void main() {
    vec2 away = uv - vec2(0.5, 0.45);
    pixel = textured ? vec4(texture(picture, uv).rgb, opacity)
                     : vec4(mix(top, bottom, smoothstep(0.0, 1.0, uv.y)) * (1.0 - 0.18 * dot(away, away)), 1.0);
}
)";

/// A soft dark spot on the floor, so that the object stands on it.
inline constexpr const char* shadow_vertex = R"(#version 330 core
uniform mat4 eye_from_object;
uniform mat4 clip_from_eye;
uniform vec4 floor_rectangle;
uniform float floor_height;
out vec2 across;
void main() {
    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    across = corner * 2.0 - 1.0;
    vec2 x = mix(floor_rectangle.xy, floor_rectangle.zw, corner);
    gl_Position = clip_from_eye * eye_from_object * vec4(x.x, floor_height, x.y, 1.0);
}
)";

inline constexpr const char* shadow_fragment = R"(#version 330 core
uniform float strength;
in vec2 across;
out vec4 pixel;
void main() {
    float d = length(across);
    pixel = vec4(0.0, 0.0, 0.0, strength * pow(clamp(1.0 - d, 0.0, 1.0), 1.5));
}
)";

}  // namespace maquette::viewer::shaders
