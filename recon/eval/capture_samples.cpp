#include "recon/eval/capture_samples.h"

#include <ATen/Functions.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/picture_domain.h"
#include "recon/eval/dataset_views.h"
#include "recon/refine/crop_camera.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {
namespace {

constexpr double seen_extent = 1.2;  // object units: most of what turns out of the unit cube
constexpr const char* unnamed = "other";
constexpr int places = 8;
constexpr int occupancy_resolution = 32;

std::vector<std::string> names_of(const ShapeDataset& dataset, const std::vector<int>& shapes) {
    std::set<std::string> names;
    for (const int shape : shapes) names.insert(dataset.shapes()[static_cast<std::size_t>(shape)].category);
    names.erase(unnamed);
    return {names.begin(), names.end()};
}

}  // namespace

render::VoxelGrid shape_as_seen(const render::VoxelGrid& occupancy, double azimuth_degrees) {
    const double azimuth = azimuth_degrees * std::numbers::pi / 180;
    const double c = std::cos(azimuth);
    const double s = std::sin(azimuth);
    const int r = occupancy.resolution;
    const auto cell = [&](double place) { return static_cast<int>(std::floor((place / occupancy.side + 0.5) * r)); };
    render::VoxelGrid seen(encoders::seen_resolution, 0, seen_extent);
    for (int z = 0; z < encoders::seen_resolution; ++z) {
        for (int y = 0; y < encoders::seen_resolution; ++y) {
            for (int x = 0; x < encoders::seen_resolution; ++x) {
                float sum = 0;
                for (int k = 0; k < places; ++k) {
                    const auto place = [&](int index, int bit) {
                        return ((index + ((k >> bit & 1) != 0 ? 0.75 : 0.25)) / encoders::seen_resolution - 0.5) *
                               seen_extent;
                    };
                    const double across = place(x, 0);
                    const double towards = place(z, 2);
                    const int i = cell(c * across + s * towards);
                    const int j = cell(place(y, 1));
                    const int l = cell(c * towards - s * across);
                    if (i < 0 || j < 0 || l < 0 || i >= r || j >= r || l >= r) continue;
                    sum += occupancy.at(i, j, l) >= 0.5F ? 1.0F : 0.0F;
                }
                seen.at(x, y, z) = sum / places;
            }
        }
    }
    return seen;
}

CaptureSamples capture_samples(const ShapeDataset& dataset, const std::vector<int>& shapes,
                               const CaptureSettings& settings, const std::vector<std::string>& names) {
    CaptureSamples samples;
    samples.names = names.empty() ? names_of(dataset, shapes) : names;
    std::vector<int> views;
    std::vector<std::int64_t> categories;
    for (const int shape : shapes) {
        const auto& info = dataset.shapes()[static_cast<std::size_t>(shape)];
        const auto found = std::find(samples.names.begin(), samples.names.end(), info.category);
        const auto category = found == samples.names.end() ? -1 : found - samples.names.begin();
        for (int v = 0; v < std::min(settings.views, info.view_count); ++v) {
            samples.shape.push_back(shape);
            views.push_back(v);
            categories.push_back(category);
        }
    }
    const auto count = samples.size();
    if (count == 0) throw InputError("the dataset holds no views of these shapes; run `maquette data build` again");
    constexpr int side = encoders::picture_size;
    constexpr auto known = static_cast<std::int64_t>(encoders::covariate_count);
    samples.pictures = torch::empty({count, 4, side, side}, torch::kUInt8);
    samples.covariates = torch::zeros({count, known}, torch::kFloat32);
    samples.shapes = torch::empty({count, encoders::seen_cells}, torch::kUInt8);
    samples.categories = torch::empty({count}, torch::kInt64);
    render::parallel_for(views.size(), 8, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto row = static_cast<std::int64_t>(i);
            View view = view_of(dataset, samples.shape[i], views[i]);
            if (settings.change) settings.change(view, i);
            samples.pictures[row].copy_((encoders::picture_tensor(view) * 255).round());
            const auto capture = encoders::capture_of(view);
            for (std::size_t k = 0; k < capture.values.size(); ++k) {
                samples.covariates.data_ptr<float>()[i * capture.values.size() + k] =
                    static_cast<float>(capture.values[k].value_or(0));
            }
            const auto seen = shape_as_seen(dataset.occupancy(samples.shape[i], occupancy_resolution),
                                            crop_camera_of(*view.camera).azimuth);
            std::transform(seen.values.begin(), seen.values.end(), samples.shapes[row].data_ptr<std::uint8_t>(),
                           [](float value) { return static_cast<std::uint8_t>(std::lround(value * places)); });
            samples.categories.data_ptr<std::int64_t>()[i] = categories[i];
        }
    });
    return samples;
}

}  // namespace maquette::recon
