#include "render/distance_transform.h"

#include <cstddef>
#include <limits>

namespace maquette::render {

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

class LineTransform {
public:
    explicit LineTransform(int length)
        : length_(static_cast<std::size_t>(length)), line_(length_), apex_(length_), start_(length_ + 1) {}

    void apply(float* values, std::size_t stride) {
        std::size_t parabolas = 0;
        for (std::size_t q = 0; q < length_; ++q) {
            line_[q] = values[q * stride];
            if (line_[q] == infinity) {
                continue;
            }
            float start = -infinity;
            while (parabolas > 0) {
                start = crossing(apex_[parabolas - 1], q);
                if (start > start_[parabolas - 1]) {
                    break;
                }
                --parabolas;
            }
            apex_[parabolas] = q;
            start_[parabolas] = parabolas == 0 ? -infinity : start;
            ++parabolas;
        }
        if (parabolas == 0) {
            return;
        }
        std::size_t k = 0;
        for (std::size_t q = 0; q < length_; ++q) {
            while (k + 1 < parabolas && start_[k + 1] < static_cast<float>(q)) {
                ++k;
            }
            const float offset = static_cast<float>(q) - static_cast<float>(apex_[k]);
            values[q * stride] = offset * offset + line_[apex_[k]];
        }
    }

private:
    [[nodiscard]] float crossing(std::size_t a, std::size_t b) const {
        const auto p = static_cast<float>(a);
        const auto q = static_cast<float>(b);
        return ((line_[b] + q * q) - (line_[a] + p * p)) / (2 * (q - p));
    }

    std::size_t length_;
    std::vector<float> line_;
    std::vector<std::size_t> apex_;
    std::vector<float> start_;
};

}  // namespace

std::vector<float> squared_distance_to_marked(const std::vector<std::uint8_t>& marked, int resolution) {
    const auto n = static_cast<std::size_t>(resolution);
    std::vector<float> distance(marked.size());
    for (std::size_t i = 0; i < marked.size(); ++i) {
        distance[i] = marked[i] != 0 ? 0.0F : infinity;
    }
    LineTransform line(resolution);
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            line.apply(&distance[(a * n + b) * n], 1);
        }
    }
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            line.apply(&distance[a * n * n + b], n);
        }
    }
    for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) {
            line.apply(&distance[a * n + b], n * n);
        }
    }
    return distance;
}

}  // namespace maquette::render
