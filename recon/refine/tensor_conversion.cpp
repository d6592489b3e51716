#include "recon/refine/tensor_conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "render/error.h"

namespace maquette::recon {

torch::Tensor image_tensor(const View& view, int size) {
    if (view.rgb.channels != 3 || view.rgb.width < size || view.rgb.height < size ||
        view.mask.width != view.rgb.width || view.mask.height != view.rgb.height) {
        throw UsageError(
            fmt::format("{}: network input is {}x{} with {} channels and a mask of {}x{} but needs at least {}x{} "
                        "with 3 and a mask of the same size",
                        view.name, view.rgb.width, view.rgb.height, view.rgb.channels, view.mask.width,
                        view.mask.height, size, size));
    }
    auto tensor = torch::empty({3, size, size}, torch::kFloat32);
    float* out = tensor.data_ptr<float>();
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < size; ++y) {
            for (int x = 0; x < size; ++x) {
                const float over_white = static_cast<float>(view.rgb.at(x, y, c)) / 255.0F;
                *out++ = std::max(over_white - (1 - view.mask.at(x, y)), 0.0F);
            }
        }
    }
    return tensor;
}

torch::Tensor masked_image_tensor(const View& view, int size) {
    auto tensor = torch::empty({4, size, size}, torch::kFloat32);
    tensor.narrow(0, 0, 3).copy_(image_tensor(view, size));
    float* out = tensor.data_ptr<float>() + 3 * static_cast<std::ptrdiff_t>(size) * size;
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) *out++ = view.mask.at(x, y);
    }
    return tensor;
}

torch::Tensor voxel_tensor(const render::Grid& grid, int resolution) {
    if (grid.resolution != resolution) {
        throw UsageError(
            fmt::format("voxel grid has {} cells a side but the network needs {}", grid.resolution, resolution));
    }
    auto tensor = torch::empty({1, 1, resolution, resolution, resolution}, torch::kFloat32);
    std::memcpy(tensor.data_ptr<float>(), grid.values.data(), grid.values.size() * sizeof(float));
    return tensor;
}

render::VoxelGrid voxel_grid_from(const torch::Tensor& voxels, double side) {
    const auto contiguous = voxels.to(torch::kFloat32).contiguous();
    render::VoxelGrid grid(static_cast<int>(std::lround(std::cbrt(static_cast<double>(contiguous.numel())))), 0, side);
    std::memcpy(grid.values.data(), contiguous.data_ptr<float>(), grid.values.size() * sizeof(float));
    return grid;
}

DisplacementGrid displacement_grid_from(const torch::Tensor& displacement, double side) {
    DisplacementGrid grid;
    for (std::int64_t axis = 0; axis < 3; ++axis) {
        grid.axes[static_cast<std::size_t>(axis)] = voxel_grid_from(displacement[axis], side);
    }
    return grid;
}

}  // namespace maquette::recon
