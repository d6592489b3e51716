#include "recon/refine/wallace2019_network.h"

#include <ATen/Functions.h>

#include <array>
#include <string>

namespace maquette::recon::wallace2019 {
namespace {

constexpr double image_slope = 0.01;
constexpr double voxel_slope = 0.3;

struct ImageConvolution {
    const char* name;
    int in;
    int out;
    int kernel;
};
constexpr std::array<ImageConvolution, 5> image_convolutions = {{
    {"image.conv1", 3, 96, 7},
    {"image.conv2", 96, 128, 3},
    {"image.conv3", 128, 256, 3},
    {"image.conv4", 256, 256, 3},
    {"image.conv5", 256, 256, 3},
}};

struct VoxelConvolution {
    const char* name;
    int in;
    int out;
};
constexpr std::array<VoxelConvolution, 3> voxel_convolutions = {
    {{"prior.conv1", 1, 32}, {"prior.conv2", 32, 64}, {"prior.conv3", 64, 128}}};
constexpr std::array<VoxelConvolution, 3> deconvolutions = {
    {{"generator.deconv1", 128, 128}, {"generator.deconv2", 128, 64}, {"generator.deconv3", 64, 1}}};

const torch::Tensor& get(const Parameters& parameters, const std::string& name) {
    return parameters.at(name);
}

torch::Tensor dense_relu(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    return at::relu(at::linear(x, get(parameters, name + ".weight"), get(parameters, name + ".bias")));
}

/// "SAME" padding of a 5^3 stride-2 convolution on an even size is one cell in front and two behind.
torch::Tensor halve(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const auto padded = at::constant_pad_nd(x, {1, 2, 1, 2, 1, 2});
    const auto y = at::conv3d(padded, get(parameters, name + ".weight"), get(parameters, name + ".bias"), 2);
    return at::leaky_relu(y, voxel_slope);
}

/// Transpose of `halve`: the full output is cut by one cell in front and two behind.
torch::Tensor double_size(const Parameters& parameters, const std::string& name, const torch::Tensor& x) {
    const std::int64_t size = 2 * x.size(2);
    const auto y =
        at::conv_transpose3d(x, get(parameters, name + ".weight"), get(parameters, name + ".bias"), 2, /*padding=*/1);
    return y.narrow(2, 0, size).narrow(3, 0, size).narrow(4, 0, size);
}

}  // namespace

std::vector<ParameterShape> parameter_shapes() {
    std::vector<ParameterShape> shapes;
    const auto add = [&shapes](const std::string& name, std::vector<std::int64_t> weight, std::int64_t bias,
                               double fan_in = 0) {
        shapes.push_back({name + ".weight", std::move(weight), fan_in});
        shapes.push_back({name + ".bias", {bias}});
    };
    for (const auto& c : image_convolutions) add(c.name, {c.out, c.in, c.kernel, c.kernel}, c.out);
    add("image.dense", {code_size, 256}, code_size);
    for (const auto& c : voxel_convolutions) add(c.name, {c.out, c.in, 5, 5, 5}, c.out);
    add("prior.dense1", {512, 8192}, 512);
    add("prior.dense2", {code_size, 512}, code_size);
    add("generator.dense", {8192, code_size}, 8192);
    for (const auto& c : deconvolutions) {
        // With stride 2 an eighth of the kernel falls on an output cell. The last layer begins near zero: an untrained
        // network returns its prior.
        const double fan_in = c.in * 125 / 8.0;
        add(c.name, {c.in, c.out, 5, 5, 5}, c.out, c.out == 1 ? 100 * fan_in : fan_in);
    }
    return shapes;
}

torch::Tensor encode_images(const Parameters& parameters, const torch::Tensor& images) {
    auto x = images;
    for (const auto& c : image_convolutions) {
        const std::string name = c.name;
        x = at::conv2d(x, get(parameters, name + ".weight"), get(parameters, name + ".bias"));
        // Maximum and a rising function commute: the activation after pooling costs a quarter.
        x = at::leaky_relu(at::max_pool2d(x, 2), image_slope);
    }
    return dense_relu(parameters, "image.dense", x.flatten(1));
}

torch::Tensor encode_voxels(const Parameters& parameters, const torch::Tensor& voxels) {
    auto x = voxels;
    for (const auto& c : voxel_convolutions) x = halve(parameters, c.name, x);
    return dense_relu(parameters, "prior.dense2", dense_relu(parameters, "prior.dense1", x.flatten(1)));
}

torch::Tensor generate(const Parameters& parameters, const torch::Tensor& codes, const torch::Tensor& voxels) {
    auto x = dense_relu(parameters, "generator.dense", codes).view({-1, 128, 4, 4, 4});
    x = at::relu(double_size(parameters, "generator.deconv1", x));
    x = at::relu(double_size(parameters, "generator.deconv2", x));
    return output_slope * (double_size(parameters, "generator.deconv3", x) + voxels - 0.5);
}

torch::Tensor refine_logits(const Parameters& parameters, const torch::Tensor& image_codes,
                            const torch::Tensor& voxels) {
    return generate(parameters, image_codes + encode_voxels(parameters, voxels), voxels);
}

}  // namespace maquette::recon::wallace2019
