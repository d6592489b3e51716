#include "recon/data/view_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "recon/data/block_codec.h"
#include "render/error.h"

namespace maquette::recon {

namespace {

constexpr std::size_t camera_numbers = 22;
constexpr std::size_t camera_bytes = camera_numbers * sizeof(double);
constexpr float depth_steps = 65534;  // 0 is kept for "nothing seen"

std::size_t pixel_count(int image_size) {
    return static_cast<std::size_t>(image_size) * static_cast<std::size_t>(image_size);
}

std::array<double, camera_numbers> numbers_of(const DatasetView& view) {
    const render::Camera& camera = view.camera;
    const render::OrbitPose& pose = view.pose;
    std::array<double, camera_numbers> numbers{
        camera.projection == render::Camera::Projection::orthographic ? 1.0 : 0.0,
        camera.fx,
        camera.fy,
        camera.cx,
        camera.cy,
        pose.azimuth,
        pose.elevation,
        pose.roll,
        pose.field_of_view,
        pose.distance};
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 4; ++column) {
            numbers[10 + 4 * static_cast<std::size_t>(row) + static_cast<std::size_t>(column)] =
                camera.cam_from_object(row, column);
        }
    }
    return numbers;
}

void set_camera(const std::array<double, camera_numbers>& numbers, int image_size, DatasetView& view) {
    render::Camera& camera = view.camera;
    camera.projection =
        numbers[0] != 0 ? render::Camera::Projection::orthographic : render::Camera::Projection::perspective;
    camera.width = image_size;
    camera.height = image_size;
    camera.fx = numbers[1];
    camera.fy = numbers[2];
    camera.cx = numbers[3];
    camera.cy = numbers[4];
    view.pose = {numbers[5], numbers[6], numbers[7], numbers[8], numbers[9]};
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 4; ++column) {
            camera.cam_from_object(row, column) =
                numbers[10 + 4 * static_cast<std::size_t>(row) + static_cast<std::size_t>(column)];
        }
    }
}

template <typename Value>
void expect_size(const render::PixelGrid<Value>& image, int image_size, int channels, const char* what) {
    if (image.width != image_size || image.height != image_size || image.channels != channels) {
        throw UsageError(fmt::format("dataset view: {} is {}x{}x{} instead of {}x{}x{}", what, image.width,
                                     image.height, image.channels, image_size, image_size, channels));
    }
}

}  // namespace

std::size_t colour_bytes(int image_size) {
    return camera_bytes + 4 * pixel_count(image_size);
}

std::vector<std::uint8_t> pack_colour(const DatasetView& view, int image_size) {
    expect_size(view.rgb, image_size, 3, "rgb");
    expect_size(view.mask, image_size, 1, "mask");
    if (view.camera.width != image_size || view.camera.height != image_size) {
        throw UsageError(fmt::format("dataset view: the camera is for {}x{} pixels instead of {}x{}", view.camera.width,
                                     view.camera.height, image_size, image_size));
    }
    const std::size_t pixels = pixel_count(image_size);
    std::vector<std::uint8_t> bytes(colour_bytes(image_size));
    const auto numbers = numbers_of(view);
    std::memcpy(bytes.data(), numbers.data(), camera_bytes);
    std::uint8_t* planes = bytes.data() + camera_bytes;
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t channel = 0; channel < 3; ++channel) {
            planes[channel * pixels + i] = view.rgb.pixels[3 * i + channel];
        }
    }
    std::copy(view.mask.pixels.begin(), view.mask.pixels.end(), planes + 3 * pixels);
    difference_rows({planes, 4 * pixels}, static_cast<std::size_t>(image_size));
    return bytes;
}

DatasetView unpack_colour(std::span<std::uint8_t> bytes, int image_size) {
    const std::size_t pixels = pixel_count(image_size);
    std::array<double, camera_numbers> numbers{};
    std::memcpy(numbers.data(), bytes.data(), camera_bytes);
    DatasetView view;
    set_camera(numbers, image_size, view);

    const auto planes = bytes.subspan(camera_bytes);
    accumulate_rows(planes, static_cast<std::size_t>(image_size));
    view.rgb = render::Image(image_size, image_size, 3);
    const std::uint8_t* red = planes.data();
    const std::uint8_t* green = red + pixels;
    const std::uint8_t* blue = green + pixels;
    std::uint8_t* target = view.rgb.pixels.data();
    for (std::size_t i = 0; i < pixels; ++i) {
        target[3 * i] = red[i];
        target[3 * i + 1] = green[i];
        target[3 * i + 2] = blue[i];
    }
    view.mask = render::Image(image_size, image_size, 1);
    std::copy_n(blue + pixels, pixels, view.mask.pixels.begin());
    return view;
}

std::size_t geometry_bytes(int image_size) {
    return 2 * sizeof(float) + 5 * pixel_count(image_size);
}

std::vector<std::uint8_t> pack_geometry(const DatasetView& view, int image_size) {
    expect_size(view.depth, image_size, 1, "depth");
    expect_size(view.normal, image_size, 3, "normal");
    const std::size_t pixels = pixel_count(image_size);
    const auto row = static_cast<std::size_t>(image_size);

    std::array<float, 2> range{std::numeric_limits<float>::max(), 0};
    for (const float depth : view.depth.pixels) {
        if (depth > 0) {
            range[0] = std::min(range[0], depth);
            range[1] = std::max(range[1], depth);
        }
    }
    const float extent = range[1] - range[0];
    const float steps_per_unit = extent > 0 ? depth_steps / extent : 0;
    std::vector<std::uint16_t> depths(pixels, 0);
    for (std::size_t i = 0; i < pixels; ++i) {
        const float depth = view.depth.pixels[i];
        if (depth > 0) {
            depths[i] = static_cast<std::uint16_t>(1 + std::lround((depth - range[0]) * steps_per_unit));
        }
    }

    std::vector<std::uint8_t> bytes(geometry_bytes(image_size));
    std::memcpy(bytes.data(), range.data(), sizeof(range));
    std::uint8_t* target = bytes.data() + sizeof(range);
    const std::vector<std::uint8_t> depth_planes = split_differences(depths, row);
    std::copy(depth_planes.begin(), depth_planes.end(), target);
    target += depth_planes.size();
    for (std::size_t i = 0; i < pixels; ++i) {
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const float component = std::clamp(view.normal.pixels[3 * i + axis], -1.0F, 1.0F);
            target[axis * pixels + i] =
                static_cast<std::uint8_t>(static_cast<std::int8_t>(std::lround(component * 127)));
        }
    }
    difference_rows({target, 3 * pixels}, row);
    return bytes;
}

void unpack_geometry(std::span<std::uint8_t> bytes, int image_size, DatasetView& target) {
    const std::size_t pixels = pixel_count(image_size);
    const auto row = static_cast<std::size_t>(image_size);
    std::array<float, 2> range{};
    std::memcpy(range.data(), bytes.data(), sizeof(range));

    const std::vector<std::uint16_t> depths = join_differences(bytes.subspan(sizeof(range), 2 * pixels), row);
    const float step = (range[1] - range[0]) / depth_steps;
    const float before_first = range[0] - step;
    target.depth = render::FloatImage(image_size, image_size, 1);
    for (std::size_t i = 0; i < pixels; ++i) {
        target.depth.pixels[i] = depths[i] == 0 ? 0 : before_first + static_cast<float>(depths[i]) * step;
    }

    const auto planes = bytes.subspan(sizeof(range) + 2 * pixels);
    accumulate_rows(planes, row);
    const auto* x = reinterpret_cast<const std::int8_t*>(planes.data());
    const std::int8_t* y = x + pixels;
    const std::int8_t* z = y + pixels;
    target.normal = render::FloatImage(image_size, image_size, 3);
    float* normals = target.normal.pixels.data();
    for (std::size_t i = 0; i < pixels; ++i) {
        const int squared = x[i] * x[i] + y[i] * y[i] + z[i] * z[i];
        const float scale = 1 / std::sqrt(static_cast<float>(std::max(squared, 1)));
        normals[3 * i] = static_cast<float>(x[i]) * scale;
        normals[3 * i + 1] = static_cast<float>(y[i]) * scale;
        normals[3 * i + 2] = static_cast<float>(z[i]) * scale;
    }
}

}  // namespace maquette::recon
