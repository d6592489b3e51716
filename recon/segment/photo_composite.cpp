#include "recon/segment/photo_composite.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "recon/encoders/picture_sampler.h"
#include "render/image_operations.h"

namespace maquette::recon::segment {
namespace {

using encoders::Draws;

constexpr double full = 255;

/// A random part of a photo, 0..255 RGB. closest: shorter side of the part at the least, of the whole's.
cv::Mat3f photo_part(const render::Image& photo, cv::Size size, double closest, Draws& draws) {
    const render::Image converted =
        photo.channels == 3 ? render::Image() : render::composite_over(photo, 255, 255, 255);
    const render::Image& rgb = photo.channels == 3 ? photo : converted;
    // Only read.
    const cv::Mat whole(rgb.height, rgb.width, CV_8UC3, const_cast<std::uint8_t*>(rgb.pixels.data()));
    const double most =
        std::min(static_cast<double>(rgb.width) / size.width, static_cast<double>(rgb.height) / size.height);
    const double scale = most * std::exp(draws.uniform(std::log(closest), 0));
    const int width = std::clamp(static_cast<int>(size.width * scale), 1, rgb.width);
    const int height = std::clamp(static_cast<int>(size.height * scale), 1, rgb.height);
    const cv::Rect part(draws.below(rgb.width - width + 1), draws.below(rgb.height - height + 1), width, height);
    cv::Mat small;
    cv::resize(whole(part), small, size, 0, 0, scale > 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    if (draws.chance(0.5)) cv::flip(small, small, 1);
    cv::Mat3f result;
    small.convertTo(result, CV_32F);
    return result;
}

/// What lies over a picture: colours times coverage, 0..255, and coverage 0..1.
struct Layer {
    cv::Mat3f colours;
    cv::Mat1f coverage;
    cv::Rect2d bounds;  ///< of the object, pixels; may reach beyond the picture
};

void put(const Layer& layer, cv::Mat3f& picture) {
    for (int y = 0; y < picture.rows; ++y) {
        for (int x = 0; x < picture.cols; ++x) {
            const float alpha = layer.coverage(y, x);
            if (alpha > 0) picture(y, x) = layer.colours(y, x) + (1 - alpha) * picture(y, x);
        }
    }
}

/// Where an object comes to lie: its bounds' centre and longest side, pixels.
struct Place {
    cv::Point2d centre;
    double side = 1;
};

cv::Rect2d bounds_of(const render::Image& mask) {
    // Only read.
    const cv::Mat matrix(mask.height, mask.width, CV_8UC1, const_cast<std::uint8_t*>(mask.pixels.data()));
    const cv::Rect bounds = cv::boundingRect(matrix >= 128);
    return bounds.empty() ? cv::Rect2d(0, 0, mask.width, mask.height) : cv::Rect2d(bounds);
}

Layer object_layer(const DatasetView& view, const Place& place, cv::Size size, bool turned, Draws& draws) {
    constexpr double largest_roll = 8;  // degrees
    const cv::Rect2d bounds = bounds_of(view.mask);
    const double scale = place.side / std::max(bounds.width, bounds.height);
    cv::Mat4f object(view.rgb.height, view.rgb.width);
    for (int y = 0; y < object.rows; ++y) {
        for (int x = 0; x < object.cols; ++x) {
            const auto alpha = static_cast<float>(view.mask.at(x, y) / full);
            const auto white = static_cast<float>(full) * (1 - alpha);
            for (int c = 0; c < 3; ++c) {
                object(y, x)[c] = std::max(static_cast<float>(view.rgb.at(x, y, c)) - white, 0.0F);
            }
            object(y, x)[3] = alpha;
        }
    }
    // Shrunk by areas first, so that thin parts do not fall between samples.
    const double shrunk = std::min(scale, 1.0);
    if (shrunk < 1) cv::resize(object, object, {}, shrunk, shrunk, cv::INTER_AREA);
    const bool mirrored = turned && draws.chance(0.5);
    const double roll = turned ? draws.uniform(-largest_roll, largest_roll) * CV_PI / 180 : 0;
    const double rest = scale / shrunk;
    const cv::Point2d middle((bounds.x + bounds.width / 2) * shrunk, (bounds.y + bounds.height / 2) * shrunk);
    const double across = mirrored ? -rest : rest;
    cv::Matx23d to_picture(across * std::cos(roll), -rest * std::sin(roll), 0, across * std::sin(roll),
                           rest * std::cos(roll), 0);
    // Centres of pixels are at halves here and at whole numbers for OpenCV.
    const cv::Point2d from = middle - cv::Point2d(0.5, 0.5);
    to_picture(0, 2) = place.centre.x - 0.5 - to_picture(0, 0) * from.x - to_picture(0, 1) * from.y;
    to_picture(1, 2) = place.centre.y - 0.5 - to_picture(1, 0) * from.x - to_picture(1, 1) * from.y;
    cv::Mat4f placed;
    cv::warpAffine(object, placed, to_picture, size, cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(0));
    Layer layer{cv::Mat3f(size), cv::Mat1f(size), {}};
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            const cv::Vec4f& pixel = placed(y, x);
            layer.colours(y, x) = {pixel[0], pixel[1], pixel[2]};
            layer.coverage(y, x) = std::clamp(pixel[3], 0.0F, 1.0F);
        }
    }
    const cv::Size2d extent(scale * bounds.width, scale * bounds.height);
    layer.bounds = {place.centre.x - extent.width / 2, place.centre.y - extent.height / 2, extent.width, extent.height};
    return layer;
}

/// Other paint and other light. texture: brightness about 1 to multiply with, or empty.
void repaint(Layer& layer, const cv::Mat1f& texture, Draws& draws) {
    const double gamma = std::exp(0.25 * draws.normal());
    const double exposure = std::exp(0.2 * draws.normal());
    cv::Vec3d gains;
    for (int c = 0; c < 3; ++c) gains[c] = exposure * std::exp(0.15 * draws.normal());
    const double turn = draws.uniform(0, 2 * CV_PI);
    const double slope = draws.uniform(0, 0.4);
    const int width = layer.colours.cols;
    const int height = layer.colours.rows;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const double alpha = layer.coverage(y, x);
            if (alpha <= 0) continue;
            const double along =
                std::cos(turn) * (x - width / 2.0) / width + std::sin(turn) * (y - height / 2.0) / height;
            const double light = (1 + slope * along) * (texture.empty() ? 1 : texture(y, x));
            for (int c = 0; c < 3; ++c) {
                const double value = std::clamp(layer.colours(y, x)[c] / (full * alpha), 0.0, 1.0);
                const double painted = std::clamp(light * gains[c] * std::pow(value, gamma), 0.0, 1.0);
                layer.colours(y, x)[c] = static_cast<float>(full * alpha * painted);
            }
        }
    }
}

cv::Mat1f texture_of(const render::Image& photo, cv::Size size, Draws& draws) {
    cv::Mat1f grey;
    cv::cvtColor(photo_part(photo, size, 0.2, draws), grey, cv::COLOR_RGB2GRAY);
    const double strength = draws.uniform(0.2, 0.8);
    const double mean = std::max(cv::mean(grey)[0], 1.0);
    for (float& value : grey) value = static_cast<float>(1 + strength * std::clamp(value / mean - 1, -1.0, 1.0));
    return grey;
}

/// Pieces of another photo, or of one colour, with straight and round outlines: edges that are no object's.
void put_patches(cv::Mat3f& picture, const render::Image& photo, Draws& draws) {
    const cv::Size size = picture.size();
    const int count = 1 + draws.below(5);
    for (int i = 0; i < count; ++i) {
        const cv::Point2f centre(static_cast<float>(draws.uniform(0, size.width)),
                                 static_cast<float>(draws.uniform(0, size.height)));
        const cv::Size2f extent(static_cast<float>(size.width * draws.uniform(0.05, 0.6)),
                                static_cast<float>(size.height * draws.uniform(0.05, 0.6)));
        const cv::RotatedRect outline(centre, extent, static_cast<float>(draws.uniform(0, 180)));
        cv::Mat1b inside(size, std::uint8_t{0});
        if (draws.chance(0.4)) {
            cv::ellipse(inside, outline, 255, cv::FILLED, cv::LINE_AA);
        } else {
            std::array<cv::Point2f, 4> corners;
            outline.points(corners.data());
            std::vector<cv::Point> polygon(corners.begin(), corners.end());
            cv::fillConvexPoly(inside, polygon, 255, cv::LINE_AA);
        }
        Layer layer{photo_part(photo, size, 0.1, draws), {}, {}};
        if (draws.chance(0.3)) layer.colours.setTo(cv::mean(layer.colours));
        inside.convertTo(layer.coverage, CV_32F, 1 / full);
        for (int y = 0; y < size.height; ++y) {
            for (int x = 0; x < size.width; ++x) layer.colours(y, x) *= layer.coverage(y, x);
        }
        put(layer, picture);
    }
}

/// Soft shadow on what the object stands on: its outline laid down about its lowest line.
void put_shadow(cv::Mat3f& picture, const Layer& layer, Draws& draws) {
    const double ground = layer.bounds.y + layer.bounds.height;
    const double flat = draws.uniform(0.08, 0.35);
    const double shear = draws.uniform(-0.8, 0.8);
    const cv::Matx23d lay_down(1, -shear, shear * ground, 0, flat, (1 - flat) * ground);
    cv::Mat1f shadow;
    cv::warpAffine(layer.coverage, shadow, lay_down, picture.size(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
    cv::GaussianBlur(shadow, shadow, {}, std::max(0.5, draws.uniform(0.01, 0.05) * layer.bounds.width));
    const double depth = draws.uniform(0.15, 0.7);
    for (int y = 0; y < picture.rows; ++y) {
        for (int x = 0; x < picture.cols; ++x) picture(y, x) *= static_cast<float>(1 - depth * shadow(y, x));
    }
}

void through_a_camera(cv::Mat3f& picture, Draws& draws) {
    if (draws.chance(0.7)) {
        const double exposure = std::exp(0.2 * draws.normal());
        const double gamma = std::exp(0.15 * draws.normal());
        cv::Vec3d gains;
        for (int c = 0; c < 3; ++c) gains[c] = exposure * std::exp(0.06 * draws.normal());
        for (auto& pixel : picture) {
            for (int c = 0; c < 3; ++c) {
                const double value = std::clamp(pixel[c] / full, 0.0, 1.0);
                pixel[c] = static_cast<float>(full * std::clamp(gains[c] * std::pow(value, gamma), 0.0, 1.0));
            }
        }
    }
    if (draws.chance(0.4)) cv::GaussianBlur(picture, picture, {}, draws.uniform(0.3, 0.9));
    if (draws.chance(0.4)) {
        const double amplitude = draws.uniform(0, 9);
        for (auto& pixel : picture) {
            for (int c = 0; c < 3; ++c) pixel[c] += static_cast<float>(amplitude * draws.normal());
        }
    }
    if (draws.chance(0.4)) {
        cv::Mat bytes;
        picture.convertTo(bytes, CV_8UC3);
        std::vector<std::uint8_t> file;
        cv::imencode(".jpg", bytes, file, {cv::IMWRITE_JPEG_QUALITY, 35 + draws.below(60)});
        cv::imdecode(file, cv::IMREAD_COLOR).convertTo(picture, CV_32FC3);
    }
}

/// A coordinate of the centre of something `extent` long in a picture `length` long.
double place_on(double length, double extent, double spread, bool cut, Draws& draws) {
    const double room = std::max(length - extent, 0.0) / 2;
    if (cut) {
        const double beyond = room + draws.uniform(0.05, 0.3) * extent;
        return length / 2 + (draws.chance(0.5) ? beyond : -beyond);
    }
    return length / 2 + spread * room * draws.uniform(-1, 1);
}

/// Of the picture that an unturned view is placed in.
render::Camera moved_camera(const DatasetView& view, const Place& place, const CompositeSettings& settings) {
    const cv::Rect2d bounds = bounds_of(view.mask);
    const double scale = place.side / std::max(bounds.width, bounds.height);
    render::Camera camera = view.camera;
    camera.width = settings.width;
    camera.height = settings.height;
    camera.fx *= scale;
    camera.fy *= scale;
    camera.cx = place.centre.x + scale * (camera.cx - bounds.x - bounds.width / 2);
    camera.cy = place.centre.y + scale * (camera.cy - bounds.y - bounds.height / 2);
    return camera;
}

Place place_target(const DatasetView& view, const CompositeSettings& settings, Draws& draws) {
    const cv::Rect2d bounds = bounds_of(view.mask);
    const double shorter = std::min(settings.width, settings.height);
    Place place;
    place.side = shorter * draws.uniform(settings.smallest, settings.largest);
    const double scale = place.side / std::max(bounds.width, bounds.height);
    const bool cut = draws.chance(settings.border_share);
    const bool cut_across = cut && draws.chance(0.5);
    const double spread = settings.central ? 0.7 : 1;
    place.centre.x = place_on(settings.width, scale * bounds.width, spread, cut_across, draws);
    place.centre.y = place_on(settings.height, scale * bounds.height, spread, cut && !cut_across, draws);
    return place;
}

/// Of a central target: smaller, and farther from the middle.
Place place_other(const Place& target, const CompositeSettings& settings, Draws& draws) {
    constexpr int tries = 8;
    const cv::Point2d middle(settings.width / 2.0, settings.height / 2.0);
    const double shorter = std::min(settings.width, settings.height);
    Place place;
    place.side = target.side * (settings.central ? draws.uniform(0.25, 0.7) : draws.uniform(0.4, 1.3));
    for (int i = 0; i < tries; ++i) {
        place.centre = {draws.uniform(0, settings.width), draws.uniform(0, settings.height)};
        const bool apart = cv::norm(place.centre - target.centre) > 0.5 * target.side;
        const bool farther =
            cv::norm(place.centre - middle) > cv::norm(target.centre - middle) + 0.15 * shorter || !settings.central;
        if (apart && farther) break;
    }
    return place;
}

}  // namespace

Composite draw_composite(const CompositeParts& parts, const CompositeSettings& settings, std::uint64_t seed) {
    Draws draws(seed);
    const cv::Size size(settings.width, settings.height);
    cv::Mat3f picture = photo_part(*parts.background, size, settings.closest_crop, draws);
    if (parts.other_photo != nullptr && draws.chance(settings.patch_share)) {
        put_patches(picture, *parts.other_photo, draws);
    }
    if (draws.chance(0.25)) {
        cv::GaussianBlur(picture, picture, {}, draws.uniform(0.3, 0.015 * std::max(size.width, size.height)));
    }
    const Place place = place_target(*parts.object, settings, draws);
    for (const DatasetView* other : parts.others) {
        Layer layer = object_layer(*other, place_other(place, settings, draws), size, true, draws);
        repaint(layer, {}, draws);
        put(layer, picture);
    }
    Layer target = object_layer(*parts.object, place, size, settings.turned, draws);
    const bool textured = parts.other_photo != nullptr && draws.chance(settings.texture_share);
    repaint(target, textured ? texture_of(*parts.other_photo, size, draws) : cv::Mat1f(), draws);
    if (draws.chance(settings.shadow_share)) put_shadow(picture, target, draws);
    put(target, picture);
    through_a_camera(picture, draws);

    Composite composite{render::Image(size.width, size.height, 3), render::FloatImage(size.width, size.height, 1),
                        moved_camera(*parts.object, place, settings)};
    for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
            composite.mask.at(x, y) = target.coverage(y, x);
            for (int c = 0; c < 3; ++c) composite.photo.at(x, y, c) = cv::saturate_cast<std::uint8_t>(picture(y, x)[c]);
        }
    }
    return composite;
}

render::PixelBox box_around(const render::FloatImage& mask, double low, double high, std::uint64_t seed) {
    Draws draws(seed);
    // Only read.
    const cv::Mat matrix(mask.height, mask.width, CV_32FC1, const_cast<float*>(mask.pixels.data()));
    const cv::Rect whole(0, 0, mask.width, mask.height);
    const cv::Rect bounds = cv::boundingRect(matrix >= 0.5F);
    if (bounds.empty()) return {0, 0, mask.width, mask.height};
    const auto moved = [&](int extent) { return static_cast<int>(std::lround(extent * draws.uniform(low, high))); };
    const int left = bounds.x - moved(bounds.width);
    const int top = bounds.y - moved(bounds.height);
    const int right = bounds.x + bounds.width + moved(bounds.width);
    const int bottom = bounds.y + bounds.height + moved(bounds.height);
    const cv::Rect box = cv::Rect(left, top, std::max(right - left, 2), std::max(bottom - top, 2)) & whole;
    return {box.x, box.y, box.width, box.height};
}

}  // namespace maquette::recon::segment
