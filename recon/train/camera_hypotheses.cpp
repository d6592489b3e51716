#include "recon/train/camera_hypotheses.h"

#include <ATen/Functions.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "recon/data/random_stream.h"
#include "recon/refine/camera_network.h"
#include "recon/train/camera_noise.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr double correctable = 45;         // degrees
constexpr double overlap_sharpness = 12;   // natural logarithm a unit of overlap
constexpr double nearness[] = {4, 9, 18};  // degrees, standard deviations
constexpr double around_viewpoint = 5;     // degrees, standard deviation

std::vector<CropCamera> draw(const ComparedPhoto& photo, const float* beliefs, int count, RandomStream& random) {
    const auto prior_cells = solid_cells(photo.prior);
    std::vector<CropCamera> result;
    const auto add = [&](double azimuth, double elevation) {
        CropCamera crop{.azimuth = azimuth,
                        .elevation = std::clamp(elevation, -30.0, 85.0),
                        .roll = random.chance(0.5) ? 0 : photo.truth.roll + 5 * random.normal(),
                        .distance = usual_distance * std::exp(0.2 * random.normal())};
        crop = framed_like(crop, prior_cells, photo.mask);
        if (random.chance(0.5)) crop = disturbed(crop, {.scale = 0.08, .centre = 0.03}, random);
        result.push_back(crop);
    };
    for (const double spread : nearness) {
        const double azimuth = photo.truth.azimuth + spread * random.normal();
        add(azimuth, photo.truth.elevation + 0.8 * spread * random.normal());
    }
    add(360 * random.uniform() - 180, -10 + 75 * random.uniform());

    std::vector<std::pair<double, int>> order;
    for (int i = 0; i < camera_network::viewpoints; ++i) {
        const double gumbel = -std::log(-std::log(std::clamp(random.uniform(), 1e-12, 1 - 1e-12)));
        order.emplace_back(beliefs[i] + gumbel, i);
    }
    const auto rest = static_cast<std::ptrdiff_t>(count) - static_cast<std::ptrdiff_t>(result.size());
    std::partial_sort(order.begin(), order.begin() + rest, order.end(), std::greater<>());
    for (std::ptrdiff_t i = 0; i < rest; ++i) {
        const auto viewpoint = camera_network::viewpoint(order[static_cast<std::size_t>(i)].second);
        const double azimuth = viewpoint.azimuth + around_viewpoint * random.normal();
        add(azimuth, viewpoint.elevation + around_viewpoint * random.normal());
    }
    return result;
}

int nearest_viewpoint(const CropCamera& camera) {
    int best = 0;
    double least = 1e9;
    for (int i = 0; i < camera_network::viewpoints; ++i) {
        auto viewpoint = camera_network::viewpoint(i);
        viewpoint.roll = camera.roll;
        const double angle = angle_between(viewpoint, camera);
        if (angle < least) {
            least = angle;
            best = i;
        }
    }
    return best;
}

}  // namespace

double deserved_belief(const render::VoxelGrid& shape, const std::vector<Eigen::Vector3d>& cells,
                       const CropCamera& truth, const CropCamera& hypothesis) {
    // Mean occupancy that the shape's solid cells find where the wrong orientation puts them.
    const Eigen::Matrix3d turn =
        camera_of(hypothesis, 1).cam_from_object.linear().transpose() * camera_of(truth, 1).cam_from_object.linear();
    double sum = 0;
    for (const auto& cell : cells) sum += sample_trilinear(shape, (turn * cell).cast<float>());
    return cells.empty() ? 0 : overlap_sharpness * sum / static_cast<double>(cells.size());
}

CameraHypotheses camera_hypotheses(const std::vector<ComparedPhoto>& photos, const torch::Tensor& beliefs, int count) {
    const auto m = static_cast<std::int64_t>(photos.size());
    const std::int64_t h = count;
    constexpr std::int64_t size = camera_network::picture_size;
    CameraHypotheses result{.photos = torch::empty({m}, torch::kInt64),
                            .viewpoints = torch::empty({m, h}, torch::kInt64),
                            .pictures = torch::empty({m * h, 2, size, size}, torch::kFloat32),
                            .targets = torch::empty({m, h}, torch::kFloat32),
                            .corrections = torch::empty({m * h, camera_network::corrections}, torch::kFloat32),
                            .correction_weights = torch::empty({m * h}, torch::kFloat32)};
    const auto logits = beliefs.detach().to(torch::kFloat32).contiguous();
    render::parallel_for(photos.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto& photo = photos[i];
            RandomStream random(photo.seed, 0);
            const auto hypotheses =
                draw(photo, logits.data_ptr<float>() + photo.photo * camera_network::viewpoints, count, random);
            const auto cells = solid_cells(photo.shape);
            const auto first = static_cast<std::int64_t>(i) * h;
            result.photos.data_ptr<std::int64_t>()[i] = photo.photo;
            auto deserved = torch::empty({h}, torch::kFloat32);
            for (std::int64_t j = 0; j < h; ++j) {
                const auto& hypothesis = hypotheses[static_cast<std::size_t>(j)];
                result.viewpoints.data_ptr<std::int64_t>()[first + j] = nearest_viewpoint(hypothesis);
                result.pictures[first + j].copy_(camera_network::draw_hypothesis(photo.prior, hypothesis));
                const auto correction = camera_network::correction_between(hypothesis, photo.truth);
                std::copy(correction.begin(), correction.end(), result.corrections[first + j].data_ptr<float>());
                result.correction_weights.data_ptr<float>()[first + j] =
                    angle_between(hypothesis, photo.truth) < correctable ? 1.0F : 0.0F;
                const double misplaced =
                    correction[4] * correction[4] + correction[5] * correction[5] + correction[6] * correction[6];
                deserved.data_ptr<float>()[j] =
                    static_cast<float>(deserved_belief(photo.shape, cells, photo.truth, hypothesis) - 0.5 * misplaced);
            }
            result.targets[static_cast<std::int64_t>(i)].copy_(at::softmax(deserved, 0));
        }
    });
    return result;
}

}  // namespace maquette::recon
