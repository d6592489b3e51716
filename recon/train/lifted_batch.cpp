#include "recon/train/lifted_batch.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <random>
#include <utility>

#include "priors/category_prior.h"
#include "recon/data/random_stream.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/photo_degradation.h"
#include "recon/refine/flagship_network.h"
#include "recon/refine/lifting.h"
#include "recon/refine/stretched_framing.h"
#include "recon/refine/tensor_conversion.h"
#include "recon/train/camera_noise.h"
#include "recon/train/training_batch.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

/// Side of the occupied part along each axis, 0..1 of the grid's.
Eigen::Vector3d occupied_extent(const render::VoxelGrid& grid) {
    Eigen::Array3i low = Eigen::Array3i::Constant(grid.resolution);
    Eigen::Array3i high = Eigen::Array3i::Constant(-1);
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                if (grid.at(x, y, z) < 0.5F) continue;
                low = low.min(Eigen::Array3i(x, y, z));
                high = high.max(Eigen::Array3i(x, y, z));
            }
        }
    }
    return (high - low + 1).max(1).cast<double>() / grid.resolution;
}

/// A smooth displacement of space: one wave along each axis.
struct Warp {
    std::array<Eigen::Vector3f, 3> frequency = {Eigen::Vector3f::Zero(), Eigen::Vector3f::Zero(),
                                                Eigen::Vector3f::Zero()};  ///< radians an object unit
    Eigen::Vector3f phase = Eigen::Vector3f::Zero();
    Eigen::Vector3f amplitude = Eigen::Vector3f::Zero();  ///< object units
    [[nodiscard]] Eigen::Vector3f at(const Eigen::Vector3f& place) const {
        Eigen::Vector3f moved = place;
        for (int axis = 0; axis < 3; ++axis) {
            const float angle = frequency[static_cast<std::size_t>(axis)].dot(place) + phase[axis];
            moved[axis] += amplitude[axis] * std::sin(angle);
        }
        return moved;
    }
};

Warp random_warp(RandomStream& random) {
    Warp warp;
    for (int axis = 0; axis < 3; ++axis) {
        for (int other = 0; other < 3; ++other) {
            warp.frequency[static_cast<std::size_t>(axis)][other] = static_cast<float>(4 * random.normal());
        }
        warp.phase[axis] = static_cast<float>(6.3 * random.uniform());
        warp.amplitude[axis] = static_cast<float>(0.03 * random.uniform());
    }
    return warp;
}

/// Values at places scaled by 1 / scale, then warped: the shape grown by scale. `beyond`: outside the grid.
void scale_grid(const render::Grid& grid, const Eigen::Vector3d& scale, float beyond, float* out,
                const Warp& warp = {}) {
    const Eigen::Vector3f inverse = scale.cwiseInverse().cast<float>();
    const float half = static_cast<float>(grid.side / 2);
    for (int z = 0; z < grid.resolution; ++z) {
        for (int y = 0; y < grid.resolution; ++y) {
            for (int x = 0; x < grid.resolution; ++x) {
                const Eigen::Vector3f place = warp.at(grid.centre(x, y, z).cwiseProduct(inverse));
                *out++ = place.cwiseAbs().maxCoeff() > half ? beyond : sample_trilinear(grid, place);
            }
        }
    }
}

constexpr std::int64_t points_a_target = 128;
constexpr double distance_spread = 0.1;  // natural logarithm, about what is assumed of photos

/// As estimates go wrong: often by half a turn or a quarter.
CropCamera wrong_camera(const CropCamera& truth, RandomStream& random) {
    CropCamera camera = truth;
    const double kind = random.uniform();
    const double sign = random.chance(0.5) ? 1 : -1;
    if (kind < 0.3) {
        camera.azimuth += 180 + 15 * random.normal();
    } else if (kind < 0.6) {
        camera.azimuth += sign * (90 + 20 * random.normal());
    } else {
        camera.azimuth += sign * (25 + 155 * random.uniform());
    }
    camera.elevation = std::clamp(truth.elevation + 10 * random.normal(), -20.0, 75.0);
    camera.roll = truth.roll + 5 * random.normal();
    camera.distance = usual_distance * std::exp(distance_spread * random.normal());
    return camera;
}

/// Frames the picture as an estimated camera's: scale and place by the prior and the mask. image: [4, S, S].
void frame_by_prior(const Eigen::Matrix3Xd& outline, const torch::Tensor& image, torch::Tensor& projection) {
    const auto size = static_cast<int>(image.size(1));
    render::FloatImage mask(size, size, 1);
    const auto coverage = image[3].contiguous();
    std::copy_n(coverage.data_ptr<float>(), mask.pixels.size(), mask.pixels.begin());
    auto values = projection.accessor<float, 2>();
    Projection picture_from_object;
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 4; ++column) picture_from_object(row, column) = values[row][column];
    }
    const auto framing = stretched_framing(picture_from_object, outline, mask);
    if (!framing) return;
    for (int row = 0; row < 2; ++row) {
        for (int column = 0; column < 4; ++column) {
            values[row][column] = static_cast<float>(framing->scale * picture_from_object(row, column) +
                                                     framing->shift[row] * picture_from_object(2, column));
        }
    }
}

/// The projection of a sample's picture: of its shape scaled, and mirrored after that where asked. A mirrored picture
/// of a shape is a picture of the shape mirrored in X.
torch::Tensor sample_projection(const CropCamera& camera, int size, const Eigen::Vector3d& scale, bool mirrored) {
    auto projection = projection_tensor(camera_of(camera, size));
    auto values = projection.accessor<float, 2>();
    for (int r = 0; r < 3; ++r) {
        for (int axis = 0; axis < 3; ++axis) values[r][axis] /= static_cast<float>(scale[axis]);
    }
    if (mirrored) {
        for (int column = 0; column < 4; ++column) values[0][column] = values[2][column] - values[0][column];
        for (int r = 0; r < 3; ++r) values[r][0] = -values[r][0];
    }
    return projection;
}

/// Centres of solid cells [128, 3], drawn with repetition.
void draw_points(const render::VoxelGrid& occupancy, RandomStream& random, torch::Tensor points) {
    std::vector<Eigen::Vector3f> centres;
    for (int z = 0; z < occupancy.resolution; ++z) {
        for (int y = 0; y < occupancy.resolution; ++y) {
            for (int x = 0; x < occupancy.resolution; ++x) {
                if (occupancy.at(x, y, z) >= 0.5F) centres.push_back(occupancy.centre(x, y, z));
            }
        }
    }
    if (centres.empty()) centres.emplace_back(Eigen::Vector3f::Zero());
    auto values = points.accessor<float, 2>();
    for (std::int64_t i = 0; i < points_a_target; ++i) {
        const auto& centre = centres[static_cast<std::size_t>(random.below(static_cast<int>(centres.size())))];
        for (int axis = 0; axis < 3; ++axis) values[i][axis] = centre[axis];
    }
}

struct Sample {
    int shape = 0;
    std::vector<int> views;
    std::vector<int> exemplars;
    bool mirrored = false;
    Eigen::Vector3d scale = Eigen::Vector3d::Ones();
    Eigen::Vector3d prior_scale = Eigen::Vector3d::Ones();  ///< `scale`, but for kin
    Warp prior_warp;                                        ///< none, but for kin
};

/// The exemplar is the object's own shape, stretched and warped.
void make_kin(Sample& sample, const Eigen::Vector3d& extent, RandomStream& random) {
    sample.exemplars = {sample.shape};
    sample.prior_warp = random_warp(random);
    for (int axis = 0; axis < 3; ++axis)
        sample.prior_scale[axis] = sample.scale[axis] * std::exp(0.12 * random.normal());
    sample.prior_scale *= extent.maxCoeff() / sample.prior_scale.cwiseProduct(extent).maxCoeff();
}

}  // namespace

LiftedBatchSource::LiftedBatchSource(const ShapeDataset& dataset, std::vector<int> shapes, LiftedBatchSettings settings)
    : dataset_(&dataset), shapes_(std::move(shapes)), settings_(settings), sampler_(dataset, shapes_) {
    if (shapes_.empty()) throw InputError("the dataset holds no training shapes; run `maquette data build` again");
    if (settings_.batch_size < 1 || settings_.max_views < 1 || settings_.max_shots < 1 ||
        settings_.smallest_scale <= 0 || settings_.smallest_scale > 1) {
        throw UsageError(fmt::format("batch size {}, views {} and shots {} must be above 0, smallest scale {} in 0..1",
                                     settings_.batch_size, settings_.max_views, settings_.max_shots,
                                     settings_.smallest_scale));
    }
    for (const auto& category : sampler_.categories()) {
        if (category != unnamed_category) categories_.push_back(category);
    }
}

LiftedBatch LiftedBatchSource::batch(long long number) const {
    RandomStream random(settings_.seed, static_cast<std::uint64_t>(number));
    const int views = settings_.max_views > 1 && random.chance(settings_.several_views_fraction)
                          ? 2 + random.below(settings_.max_views - 1)
                          : 1;
    std::vector<Sample> samples(static_cast<std::size_t>(settings_.batch_size));
    for (auto& sample : samples) {
        sample.shape = shapes_[static_cast<std::size_t>(random.below(static_cast<int>(shapes_.size())))];
        const auto& info = dataset_->shapes()[static_cast<std::size_t>(sample.shape)];
        for (int v = 0; v < views; ++v) {
            sample.views.push_back(random.below(info.view_count));
        }
        sample.mirrored = settings_.mirror && random.chance(0.5);
        const int shots = 1 + random.below(settings_.max_shots);
        std::string category = info.category;
        if (random.chance(settings_.wrong_prior_fraction)) {
            category = categories_[static_cast<std::size_t>(random.below(static_cast<int>(categories_.size())))];
        }
        if (category != unnamed_category && !random.chance(settings_.zero_prior_fraction)) {
            sample.exemplars = sampler_.draw(category, sample.shape, shots, random.engine());
        }
        if (random.chance(0.7)) {
            for (int axis = 0; axis < 3; ++axis) {
                sample.scale[axis] = settings_.smallest_scale + (1 - settings_.smallest_scale) * random.uniform();
            }
            const Eigen::Vector3d extent = occupied_extent(sampler_.occupancy(sample.shape));
            sample.scale *= extent.maxCoeff() / sample.scale.cwiseProduct(extent).maxCoeff();
        }
        sample.prior_scale = sample.scale;
        // Shapes of no named category have no other prior.
        const double kin =
            info.category == unnamed_category ? settings_.unnamed_kin_fraction : settings_.kin_prior_fraction;
        if (random.chance(kin)) {
            make_kin(sample, occupied_extent(sampler_.occupancy(sample.shape)), random);
        }
    }

    const std::int64_t n = settings_.batch_size;
    constexpr std::int64_t side = flagship::resolution;
    constexpr std::int64_t size = flagship::image_size;
    LiftedBatch batch{.images = torch::empty({n * views, 4, size, size}, torch::kFloat32),
                      .projections = torch::empty({n * views, 3, 4}, torch::kFloat32),
                      .truths = torch::empty({n * views, 3, 4}, torch::kFloat32),
                      .rivals = torch::empty({n, 3, 4}, torch::kFloat32),
                      .points = torch::empty({n, points_a_target, 3}, torch::kFloat32),
                      .weights = torch::ones({n, views}, torch::kFloat32),
                      .priors = torch::empty({n, 1, side, side, side}, torch::kFloat32),
                      .targets = torch::empty({n, 1, side, side, side}, torch::kFloat32),
                      .distances = torch::empty({n, 1, side, side, side}, torch::kFloat32),
                      .fine_targets = torch::empty({n, 1, 2 * side, 2 * side, 2 * side}, torch::kFloat32)};
    std::size_t most = 0;
    for (const auto& sample : samples) most = std::max(most, sample.exemplars.size());
    if (settings_.exemplars && most > 0) {
        const auto k = static_cast<std::int64_t>(most);
        batch.exemplars = torch::zeros({n, k, side, side, side}, torch::kFloat32);
        batch.shares = torch::zeros({n, k}, torch::kFloat32);
    }
    render::parallel_for(samples.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const Sample& sample = samples[i];
            const auto row = static_cast<std::int64_t>(i);
            auto prior = batch.priors[row];
            auto target = batch.targets[row];
            scale_grid(sampler_.mean(sample.exemplars), sample.prior_scale, 0, prior.data_ptr<float>(),
                       sample.prior_warp);
            scale_grid(sampler_.occupancy(sample.shape), sample.scale, 0, target.data_ptr<float>());
            target.copy_(target >= 0.5);
            auto fine = batch.fine_targets[row];
            scale_grid(dataset_->occupancy(sample.shape, 2 * side), sample.scale, 0, fine.data_ptr<float>());
            fine.copy_(fine >= 0.5);
            auto distance = batch.distances[row];
            scale_grid(sampler_.mean_distance(sample.exemplars), sample.prior_scale, priors::prior_distance_band,
                       distance.data_ptr<float>(), sample.prior_warp);
            distance.div_(static_cast<double>(priors::prior_distance_band)).clamp_(-1, 1);
            for (std::size_t e = 0; batch.exemplars.defined() && e < sample.exemplars.size(); ++e) {
                auto exemplar = batch.exemplars[row][static_cast<std::int64_t>(e)];
                scale_grid(sampler_.occupancy(sample.exemplars[e]), sample.prior_scale, 0, exemplar.data_ptr<float>(),
                           sample.prior_warp);
                if (sample.mirrored) exemplar.copy_(exemplar.flip({2}).contiguous());
                batch.shares[row][static_cast<std::int64_t>(e)] = 1;
            }
            if (sample.mirrored) {
                prior.copy_(prior.flip({3}).contiguous());
                target.copy_(target.flip({3}).contiguous());
                fine.copy_(fine.flip({3}).contiguous());
                distance.copy_(distance.flip({3}).contiguous());
            }
            RandomStream point_random(settings_.seed + 2, static_cast<std::uint64_t>(number * n + row));
            draw_points(voxel_grid_from(target, render::default_grid_side), point_random, batch.points[row]);
            const Eigen::Matrix3Xd outline = outline_points(voxel_grid_from(prior, render::default_grid_side));
            for (int v = 0; v < views; ++v) {
                View view = view_of(*dataset_, sample.shape, sample.views[static_cast<std::size_t>(v)]);
                RandomStream view_random(settings_.seed + 1, static_cast<std::uint64_t>((number * n + row) * 16 + v));
                if (view_random.chance(settings_.degraded_fraction)) {
                    degrade_photo(view, view_random);
                    recrop(view, view_random);
                }
                auto image = masked_image_tensor(view, flagship::image_size);
                const bool framed = view_random.chance(settings_.framed_fraction);
                const double jitter = framed ? settings_.framed_jitter : settings_.camera_jitter;
                auto camera = disturbed(crop_camera_of(*view.camera), usual_noise(jitter, view_random), view_random);
                if (framed) camera.distance = usual_distance * std::exp(distance_spread * view_random.normal());
                const auto placed = [&](const CropCamera& crop) {
                    return sample_projection(crop, view.rgb.width, sample.scale, sample.mirrored);
                };
                auto projection = placed(camera);
                batch.truths[row * views + v].copy_(placed(crop_camera_of(*view.camera)));
                if (sample.mirrored) image = image.flip({2});
                if (framed) frame_by_prior(outline, image, projection);
                if (v == 0) {
                    auto rival = placed(wrong_camera(crop_camera_of(*view.camera), view_random));
                    frame_by_prior(outline, image, rival);
                    batch.rivals[row].copy_(rival);
                }
                batch.images[row * views + v].copy_(image);
                batch.projections[row * views + v].copy_(projection);
            }
        }
    });
    return batch;
}

}  // namespace maquette::recon
