#include "recon/refine/camera_network.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "recon/refine/network_layers.h"
#include "render/field_picture.h"

namespace maquette::recon::camera_network {
namespace {

constexpr int photo_features = 32;
constexpr int match_features = 24;
constexpr std::array<double, elevations> viewpoint_elevations = {-5, 12, 30, 52};  // degrees
constexpr int samples_a_ray = 32;
// What one unit of a correction is.
constexpr double degrees_a_unit = 15;
constexpr double distance_a_unit = 0.5;  // natural logarithm
constexpr double scale_a_unit = 0.2;     // natural logarithm
constexpr double centre_a_unit = 0.1;    // of the crop's side

/// [N, C, 2R, 2R] -> [N, 4C, R, R].
torch::Tensor pack_pixels(const torch::Tensor& pixels) {
    const auto n = pixels.size(0);
    const auto c = pixels.size(1);
    const auto r = pixels.size(2) / 2;
    return pixels.reshape({n, c, r, 2, r, 2}).permute({0, 1, 3, 5, 2, 4}).reshape({n, 4 * c, r, r});
}

}  // namespace

std::vector<ParameterShape> parameter_shapes() {
    LayerShapes s;
    s.conv("photo.stem", 2, 4, 32, 5);
    s.norm("photo.norm1", 32);
    s.conv("photo.down2", 2, 32, 48, 3);
    s.block("photo.block2", 2, 48);
    s.norm("photo.norm2", 48);
    s.conv("photo.down3", 2, 48, 64, 3);
    s.block("photo.block3", 2, 64);
    s.norm("photo.norm3", 64);
    s.conv("photo.out", 2, 64, photo_features, 1);

    s.conv("match.down", 2, 64, 96, 3);
    s.block("match.block", 2, 96);
    s.norm("match.norm", 96);
    s.conv("match.photo", 2, 96, match_features, 1);
    s.conv("match.direct", 2, match_features, viewpoints, 8, 0.1);
    s.conv("match.in", 2, 8, 32, 3);
    s.norm("match.norm_in", 32);
    s.conv("match.down_picture", 2, 32, 48, 3);
    s.block("match.block_picture", 2, 48);
    s.norm("match.norm_picture", 48);
    s.conv("match.picture", 2, 48, match_features, 1);

    s.conv("compare.in", 2, photo_features + 4 + 8, 64, 3);
    s.block("compare.block1", 2, 64);
    s.norm("compare.norm1", 64);
    s.conv("compare.down2", 2, 64, 96, 3);
    s.block("compare.block2", 2, 96);
    s.norm("compare.norm2", 96);
    s.conv("compare.down3", 2, 96, 128, 3);
    s.block("compare.block3", 2, 128);
    s.norm("compare.norm3", 128);
    s.conv("compare.hidden", 2, 128, 128, 4);
    s.conv("compare.score", 2, 128, 1, 1, 0.1);
    s.conv("compare.correction", 2, 128, corrections, 1, 0.1);
    return s.shapes;
}

PhotoCode encode_images(const Parameters& p, const torch::Tensor& images) {
    const auto x64 = activate(p, "photo.norm1", conv2d(p, "photo.stem", images, 2));
    const auto x32 = activate(p, "photo.norm2", block2d(p, "photo.block2", conv2d(p, "photo.down2", x64, 2)));
    const auto x16 = activate(p, "photo.norm3", block2d(p, "photo.block3", conv2d(p, "photo.down3", x32, 2)));
    const auto mask = pack_pixels(at::avg_pool2d(images.narrow(1, 3, 1), 4));
    PhotoCode code;
    code.features = at::cat({conv2d(p, "photo.out", x16), mask}, 1);
    const auto x8 = activate(p, "match.norm", block2d(p, "match.block", conv2d(p, "match.down", x16, 2)));
    code.match = conv2d(p, "match.photo", x8);
    code.direct = conv2d(p, "match.direct", code.match).flatten(1);
    return code;
}

CropCamera viewpoint(int i) {
    return {.azimuth = i % azimuths * 360.0 / azimuths - 180,
            .elevation = viewpoint_elevations[static_cast<std::size_t>(i / azimuths)],
            .distance = usual_distance};
}

torch::Tensor draw_viewpoints(const render::VoxelGrid& occupancy) {
    const auto cells = solid_cells(occupancy);
    auto pictures = torch::empty({viewpoints, 2, picture_size, picture_size}, torch::kFloat32);
    for (int i = 0; i < viewpoints; ++i) {
        pictures[i].copy_(draw_hypothesis(occupancy, framed_whole(viewpoint(i), cells)));
    }
    return pictures;
}

torch::Tensor match(const Parameters& p, const PhotoCode& photo, const torch::Tensor& pictures) {
    const auto groups = pictures.size(0);
    const auto packed = pack_pixels(pictures.flatten(0, 1));
    const auto x16 = activate(p, "match.norm_in", conv2d(p, "match.in", packed));
    const auto x8 =
        activate(p, "match.norm_picture", block2d(p, "match.block_picture", conv2d(p, "match.down_picture", x16, 2)));
    const auto codes = conv2d(p, "match.picture", x8).view({groups, viewpoints, -1});
    const auto photos = photo.match.reshape({groups, -1, codes.size(2)});
    const auto sum = at::matmul(photos, codes.transpose(1, 2)).reshape({-1, viewpoints});
    // As large as one product, whatever the number of products.
    return sum / std::sqrt(static_cast<double>(codes.size(2)));
}

torch::Tensor draw_hypothesis(const render::VoxelGrid& occupancy, const CropCamera& hypothesis) {
    auto picture = torch::empty({2, picture_size, picture_size}, torch::kFloat32);
    float* values = picture.data_ptr<float>();
    render::picture_of_field(occupancy, camera_of(hypothesis, picture_size), samples_a_ray, values,
                             values + static_cast<std::ptrdiff_t>(picture_size) * picture_size);
    return picture;
}

Comparison compare(const Parameters& p, const torch::Tensor& features, const torch::Tensor& pictures) {
    const auto input = at::cat({features, pack_pixels(pictures)}, 1);
    const auto x16 = activate(p, "compare.norm1", block2d(p, "compare.block1", conv2d(p, "compare.in", input)));
    const auto x8 = activate(p, "compare.norm2", block2d(p, "compare.block2", conv2d(p, "compare.down2", x16, 2)));
    const auto x4 = activate(p, "compare.norm3", block2d(p, "compare.block3", conv2d(p, "compare.down3", x8, 2)));
    // A window as large as the map keeps where things are.
    const auto hidden = at::leaky_relu(conv2d(p, "compare.hidden", x4), activation_slope);
    return {conv2d(p, "compare.score", hidden).flatten(), conv2d(p, "compare.correction", hidden).flatten(1)};
}

std::vector<float> correction_between(const CropCamera& from, const CropCamera& to) {
    return {static_cast<float>(azimuth_between(to, from) / degrees_a_unit),
            static_cast<float>((to.elevation - from.elevation) / degrees_a_unit),
            static_cast<float>(std::remainder(to.roll - from.roll, 360.0) / degrees_a_unit),
            static_cast<float>(std::log(to.distance / from.distance) / distance_a_unit),
            static_cast<float>(std::log(to.scale / from.scale) / scale_a_unit),
            static_cast<float>((to.centre_x - from.centre_x) / centre_a_unit),
            static_cast<float>((to.centre_y - from.centre_y) / centre_a_unit)};
}

CropCamera corrected(const CropCamera& from, const float* correction) {
    CropCamera to = from;
    to.azimuth = std::remainder(from.azimuth + correction[0] * degrees_a_unit, 360.0);
    to.elevation = std::clamp(from.elevation + correction[1] * degrees_a_unit, -89.0, 89.0);
    to.roll = std::remainder(from.roll + correction[2] * degrees_a_unit, 360.0);
    to.distance = std::clamp(from.distance * std::exp(correction[3] * distance_a_unit), 1.0, far_distance);
    to.scale = from.scale * std::exp(std::clamp(correction[4] * scale_a_unit, -1.0, 1.0));
    to.centre_x = from.centre_x + correction[5] * centre_a_unit;
    to.centre_y = from.centre_y + correction[6] * centre_a_unit;
    return to;
}

}  // namespace maquette::recon::camera_network
