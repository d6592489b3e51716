#include "recon/cli/build_facts.h"

#include <fmt/core.h>
#include <open3d/Open3DConfig.h>
#include <torch/version.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core/version.hpp>
#include <string>
#include <thread>

#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

std::string processor_name() {
    std::ifstream facts("/proc/cpuinfo");
    for (std::string line; std::getline(facts, line);) {
        if (line.starts_with("model name")) {
            const std::size_t start = line.find(": ");
            return start == std::string::npos ? "unknown" : line.substr(start + 2);
        }
    }
    return "unknown";
}

}  // namespace

nlohmann::json build_versions() {
    return {{"maquette", MAQUETTE_VERSION},
            {"compiler", fmt::format("g++ {}", __VERSION__)},
            {"torch", TORCH_VERSION},
            {"open3d", OPEN3D_VERSION},
            {"opencv", CV_VERSION}};
}

nlohmann::json device_facts() {
    return {{"type", "cpu"},
            {"processor", processor_name()},
            {"threads", render::thread_count()},
            {"cores", std::thread::hardware_concurrency()}};
}

}  // namespace maquette::recon::cli
