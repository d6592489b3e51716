#include "recon/cli/device.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/kernels/cuda_device.h"

namespace maquette::recon::cli {

render::kernels::Device device_named(const std::string& name) {
    using render::kernels::Device;
    if (name == "cpu") return Device::cpu;
    if (render::kernels::cuda_device_count() > 0) return Device::cuda;
    if (name == "auto") return Device::cpu;
    throw InputError(fmt::format("--device {}: {}; use --device cpu or auto", name, render::kernels::describe_cuda()));
}

}  // namespace maquette::recon::cli
