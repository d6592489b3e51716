#include "recon/eval/photo_degradation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "render/image_operations.h"

namespace maquette::recon {
namespace {

/// Smooth noise [size, size], about normal: independent values on a cells x cells raster, interpolated.
cv::Mat1f smooth_noise(int size, int cells, RandomStream& random) {
    cv::Mat1f raster(cells, cells);
    for (float& value : raster) value = static_cast<float>(random.normal());
    cv::Mat1f noise;
    cv::resize(raster, noise, {size, size}, 0, 0, cv::INTER_CUBIC);
    return noise;
}

/// 1 inside a soft disc about a pixel of the mask, 0 outside. Zeros where the mask is empty.
cv::Mat1f disc_on(const cv::Mat1f& mask, double radius, RandomStream& random) {
    cv::Mat1f disc(mask.size(), 0.0F);
    std::vector<cv::Point> inside;
    cv::findNonZero(mask > 0.5F, inside);
    if (inside.empty()) return disc;
    const cv::Point centre = inside[static_cast<std::size_t>(random.below(static_cast<int>(inside.size())))];
    cv::circle(disc, centre, static_cast<int>(std::lround(radius)), 1.0, cv::FILLED);
    cv::GaussianBlur(disc, disc, {}, 1.5);
    return disc;
}

cv::Mat1f ragged(const cv::Mat1f& mask, RandomStream& random) {
    cv::Mat1f soft;
    cv::GaussianBlur(mask, soft, {}, 0.6 + 1.6 * random.uniform());
    const double amplitude = 0.18 * random.uniform();
    const double level = 0.5 + 0.12 * random.normal();
    const double width = 0.1 + 0.3 * random.uniform();
    cv::Mat1f edge = smooth_noise(mask.cols, 8 + random.below(24), random);
    for (int y = 0; y < edge.rows; ++y) {
        for (int x = 0; x < edge.cols; ++x) {
            const double value = (soft(y, x) + amplitude * edge(y, x) - level) / width + 0.5;
            edge(y, x) = static_cast<float>(std::clamp(value, 0.0, 1.0));
        }
    }
    return edge;
}

cv::Mat1f degraded_mask(const cv::Mat1f& mask, RandomStream& random) {
    cv::Mat1f result = mask.clone();
    const double size = mask.cols;
    if (random.chance(0.6)) result = ragged(result, random);
    if (random.chance(0.15)) {
        const cv::Mat1f lost = disc_on(mask, size * (0.02 + 0.08 * random.uniform()), random);
        std::transform(result.begin(), result.end(), lost.begin(), result.begin(),
                       [](float a, float b) { return a * (1 - std::clamp(b, 0.0F, 1.0F)); });
    }
    if (random.chance(0.1)) {
        const cv::Mat1f kept = disc_on(mask, size * (0.02 + 0.06 * random.uniform()), random);
        std::transform(result.begin(), result.end(), kept.begin(), result.begin(),
                       [](float a, float b) { return std::max(a, std::clamp(b, 0.0F, 1.0F)); });
    }
    return result;
}

/// What lies behind the object: one colour with smooth stains.
cv::Mat3f background(int size, RandomStream& random) {
    std::array<cv::Mat, 3> channels;
    const cv::Mat1f stains = smooth_noise(size, 3 + random.below(6), random);
    const double contrast = 60 * random.uniform();
    for (auto& channel : channels) stains.convertTo(channel, CV_32F, contrast, 255 * random.uniform());
    cv::Mat3f picture;
    cv::merge(channels.data(), channels.size(), picture);
    return picture;
}

void change_colours(cv::Mat3f& picture, RandomStream& random) {
    const double exposure = std::exp(0.2 * random.normal());
    const double gamma = std::exp(0.2 * random.normal());
    cv::Vec3d gains;
    for (int c = 0; c < 3; ++c) gains[c] = exposure * std::exp(0.08 * random.normal());
    for (auto& pixel : picture) {
        for (int c = 0; c < 3; ++c) {
            const double value = std::clamp(static_cast<double>(pixel[c]) / 255, 0.0, 1.0);
            pixel[c] = static_cast<float>(255 * std::clamp(gains[c] * std::pow(value, gamma), 0.0, 1.0));
        }
    }
}

void through_a_camera(cv::Mat3f& picture, RandomStream& random) {
    if (random.chance(0.4)) cv::GaussianBlur(picture, picture, {}, 0.3 + 0.9 * random.uniform());
    if (random.chance(0.4)) {
        const double amplitude = 10 * random.uniform();
        for (auto& pixel : picture) {
            for (int c = 0; c < 3; ++c) pixel[c] += static_cast<float>(amplitude * random.normal());
        }
    }
    if (random.chance(0.4)) {
        cv::Mat bytes;
        picture.convertTo(bytes, CV_8UC3);
        std::vector<std::uint8_t> file;
        cv::imencode(".jpg", bytes, file, {cv::IMWRITE_JPEG_QUALITY, 25 + random.below(70)});
        cv::imdecode(file, cv::IMREAD_COLOR).convertTo(picture, CV_32FC3);
    }
}

}  // namespace

void degrade_photo(View& view, RandomStream& random) {
    const int size = view.rgb.width;
    const cv::Mat1f mask = cv::Mat1f(size, size, view.mask.pixels.data()).clone();
    cv::Mat3f picture;
    cv::Mat(size, size, CV_8UC3, view.rgb.pixels.data()).convertTo(picture, CV_32FC3);

    const cv::Mat3f behind = background(size, random);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) picture(y, x) += (1 - mask(y, x)) * (behind(y, x) - cv::Vec3f::all(255));
    }
    if (random.chance(0.7)) change_colours(picture, random);
    through_a_camera(picture, random);

    const cv::Mat1f cut = degraded_mask(mask, random);
    std::memcpy(view.mask.pixels.data(), cut.data, view.mask.pixels.size() * sizeof(float));
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            for (int c = 0; c < 3; ++c) {
                const float value = cut(y, x) * picture(y, x)[c] + (1 - cut(y, x)) * 255;
                view.rgb.at(x, y, c) = cv::saturate_cast<std::uint8_t>(value);
            }
        }
    }
}

void recrop(View& view, RandomStream& random) {
    const double size = view.rgb.width;
    const double side = size * std::exp(0.06 * random.normal());
    const double left = (size - side) / 2 + 0.03 * size * random.normal();
    const double top = (size - side) / 2 + 0.03 * size * random.normal();
    const render::SquareCrop crop{left, top, side};
    view.mask = render::apply_crop(view.mask, crop, view.rgb.width, 0.0F);
    view.rgb = render::apply_crop(view.rgb, crop, view.rgb.width, 255);
    if (view.camera) view.camera = view.camera->cropped(left, top, side, view.rgb.width);
}

}  // namespace maquette::recon
