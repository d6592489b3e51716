#pragma once

#include <string>
#include <vector>

#include "recon/refine/parameters.h"

namespace maquette::recon {

inline constexpr double activation_slope = 0.1;

/// Names and shapes of layers, for a network's parameter_shapes().
class LayerShapes {
public:
    /// dimensions: 2 or 3. shrink: factor on the initial weights.
    void conv(const std::string& name, int dimensions, int in, int out, int kernel, double shrink = 1);
    void norm(const std::string& name, int channels);
    /// Two normalised 3x3(x3) convolutions beside the identity; begins near it.
    void block(const std::string& name, int dimensions, int channels);

    std::vector<ParameterShape> shapes;
};

/// Group normalisation (8 groups) and leaky ReLU; the stored scale is the difference to 1.
torch::Tensor activate(const Parameters& parameters, const std::string& name, const torch::Tensor& x);

/// Whether this CPU computes in bfloat16.
bool knows_bfloat16();

/// While one lives, this thread's convolutions compute in bfloat16, which halves their time; everything between them
/// stays float32. For training: results are rounded to three digits. Nothing happens on CPUs that do not know it
/// (AVX512-BF16): they take twenty times as long.
class Bfloat16Convolutions {
public:
    explicit Bfloat16Convolutions(bool on);
    ~Bfloat16Convolutions();
    Bfloat16Convolutions(const Bfloat16Convolutions&) = delete;
    Bfloat16Convolutions& operator=(const Bfloat16Convolutions&) = delete;

private:
    bool before_;
};

/// Padded so that stride 1 keeps the size; kernels of even size are not padded.
torch::Tensor conv2d(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride = 1);
torch::Tensor conv3d(const Parameters& parameters, const std::string& name, const torch::Tensor& x, int stride = 1);

torch::Tensor block2d(const Parameters& parameters, const std::string& name, const torch::Tensor& x);
torch::Tensor block3d(const Parameters& parameters, const std::string& name, const torch::Tensor& x);

/// Nearest neighbour, every dimension after the channels.
torch::Tensor double_size_2d(const torch::Tensor& x);
torch::Tensor double_size_3d(const torch::Tensor& x);

}  // namespace maquette::recon
