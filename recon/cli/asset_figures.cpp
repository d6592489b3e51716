#include "recon/cli/asset_figures.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "render/median.h"

namespace maquette::recon::cli {

render::Rendering unlit_picture(const render::TriangleMesh& mesh, const render::Camera& camera) {
    render::RenderOptions options;
    options.lighting = {.sky = Eigen::Vector3f::Ones(), .ground = Eigen::Vector3f::Ones(), .lights = {}};
    return render::Renderer(mesh).render(camera, options);
}

std::optional<double> picture_psnr(const render::Image& a, const render::Image& b,
                                   const std::function<bool(int x, int y)>& inside) {
    constexpr double equal = 100;
    double sum = 0;
    int count = 0;
    for (int y = 0; y < a.height; ++y) {
        for (int x = 0; x < a.width; ++x) {
            if (!inside(x, y)) continue;
            for (int c = 0; c < 3; ++c) sum += std::pow((a.at(x, y, c) - b.at(x, y, c)) / 255.0, 2);
            count += 3;
        }
    }
    if (count == 0) return std::nullopt;
    return sum == 0 ? equal : std::min(equal, -10 * std::log10(sum / count));
}

std::optional<double> normal_variation(const render::FloatImage& normal, const render::FloatImage& depth, float step) {
    std::vector<double> angles;
    const auto add = [&](int x, int y, int u, int v) {
        const float here = depth.at(x, y);
        const float there = depth.at(u, v);
        if (here <= 0 || there <= 0 || std::abs(here - there) > step) return;
        double dot = 0;
        double a = 0;
        double b = 0;
        for (int c = 0; c < 3; ++c) {
            const double p = normal.at(x, y, c);
            const double q = normal.at(u, v, c);
            dot += p * q;
            a += p * p;
            b += q * q;
        }
        if (a <= 0 || b <= 0) return;
        angles.push_back(std::acos(std::clamp(dot / std::sqrt(a * b), -1.0, 1.0)));
    };
    for (int y = 0; y < depth.height; ++y) {
        for (int x = 0; x < depth.width; ++x) {
            if (x + 1 < depth.width) add(x, y, x + 1, y);
            if (y + 1 < depth.height) add(x, y, x, y + 1);
        }
    }
    if (angles.empty()) return std::nullopt;
    return render::median_of(std::move(angles)) * 180 / std::numbers::pi;
}

}  // namespace maquette::recon::cli
