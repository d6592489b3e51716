#include "recon/refine/picture_sampling.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "render/error.h"

namespace maquette::recon {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

struct Corners {
    std::array<std::int64_t, 4> pixel;  ///< flat [y, x]; -1: outside
    std::array<float, 4> weight;
};

/// u, v: -1..1 over a picture of width x height pixels.
Corners corners_of(float u, float v, std::int64_t width, std::int64_t height) {
    const float x = (u + 1) / 2 * static_cast<float>(width) - 0.5F;
    const float y = (v + 1) / 2 * static_cast<float>(height) - 0.5F;
    Corners corners{};
    corners.pixel.fill(-1);
    // Also false for what is not a number.
    if (!(x > -1 && y > -1 && x < static_cast<float>(width) && y < static_cast<float>(height))) return corners;
    const auto left = static_cast<std::int64_t>(std::floor(x));
    const auto top = static_cast<std::int64_t>(std::floor(y));
    const float fx = x - static_cast<float>(left);
    const float fy = y - static_cast<float>(top);
    for (std::size_t c = 0; c < 4; ++c) {
        const std::int64_t column = left + static_cast<std::int64_t>(c & 1U);
        const std::int64_t row = top + static_cast<std::int64_t>(c >> 1U);
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        corners.pixel[c] = row * width + column;
        corners.weight[c] = ((c & 1U) != 0 ? fx : 1 - fx) * ((c & 2U) != 0 ? fy : 1 - fy);
    }
    return corners;
}

/// [B, C, ...] -> [B, ..., C], flattened to [B, X, C].
torch::Tensor channels_last(const torch::Tensor& x) {
    return x.flatten(2).transpose(1, 2).contiguous();
}

class SamplePictures : public Function<SamplePictures> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& features,
                                 const torch::Tensor& coordinates) {
        const auto b = features.size(0);
        const auto c = features.size(1);
        const auto height = features.size(2);
        const auto width = features.size(3);
        const auto p = coordinates.size(1);
        const auto places = coordinates.contiguous();
        context->save_for_backward({places});
        context->saved_data["height"] = height;
        context->saved_data["width"] = width;
        const auto pixels = channels_last(features);
        auto out = at::zeros({b, p, c}, features.options());
        at::parallel_for(0, b, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const float* place = places.data_ptr<float>() + i * p * 2;
                const float* from = pixels.data_ptr<float>() + i * height * width * c;
                float* to = out.data_ptr<float>() + i * p * c;
                for (std::int64_t k = 0; k < p; ++k, place += 2, to += c) {
                    const Corners corners = corners_of(place[0], place[1], width, height);
                    for (std::size_t corner = 0; corner < 4; ++corner) {
                        if (corners.pixel[corner] < 0) continue;
                        const float weight = corners.weight[corner];
                        const float* values = from + corners.pixel[corner] * c;
                        for (std::int64_t channel = 0; channel < c; ++channel) to[channel] += weight * values[channel];
                    }
                }
            }
        });
        return out.transpose(1, 2).contiguous();
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const auto places = context->get_saved_variables()[0];
        const auto height = context->saved_data["height"].toInt();
        const auto width = context->saved_data["width"].toInt();
        const auto gradient = channels_last(gradients[0]);
        const auto b = gradient.size(0);
        const auto p = gradient.size(1);
        const auto c = gradient.size(2);
        auto out = at::zeros({b, height * width, c}, gradient.options());
        at::parallel_for(0, b, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const float* place = places.data_ptr<float>() + i * p * 2;
                const float* from = gradient.data_ptr<float>() + i * p * c;
                float* to = out.data_ptr<float>() + i * height * width * c;
                for (std::int64_t k = 0; k < p; ++k, place += 2, from += c) {
                    const Corners corners = corners_of(place[0], place[1], width, height);
                    for (std::size_t corner = 0; corner < 4; ++corner) {
                        if (corners.pixel[corner] < 0) continue;
                        const float weight = corners.weight[corner];
                        float* values = to + corners.pixel[corner] * c;
                        for (std::int64_t channel = 0; channel < c; ++channel)
                            values[channel] += weight * from[channel];
                    }
                }
            }
        });
        return {out.transpose(1, 2).reshape({b, c, height, width}), torch::Tensor()};
    }
};

/// One axis of a place: the lower cell of two, the way to the upper one, and whether moving the place matters.
struct Between {
    std::int64_t low;
    std::int64_t high;
    float fraction;
    float slope;  ///< cells a unit of the coordinate; 0 beyond the border
};

Between between(float coordinate, std::int64_t cells) {
    const float half = static_cast<float>(cells) / 2;
    const float last = static_cast<float>(cells - 1);
    const float x = (coordinate + 1) * half - 0.5F;
    const float inside = std::clamp(std::isnan(x) ? 0.0F : x, 0.0F, last);
    const auto low = std::min(static_cast<std::int64_t>(inside), cells - 1);
    return {low, std::min(low + 1, cells - 1), inside - static_cast<float>(low), x > 0 && x < last ? half : 0.0F};
}

class SampleFields : public Function<SampleFields> {
public:
    static torch::Tensor forward(AutogradContext* context, const torch::Tensor& given_fields,
                                 const torch::Tensor& given_places) {
        const auto fields = given_fields.contiguous();
        const auto places = given_places.contiguous();
        context->save_for_backward({fields, places});
        auto out = at::empty({places.size(0), places.size(1)}, fields.options());
        run(fields, places, [&](std::int64_t sample, std::int64_t point, const float* corners, const Between* axes) {
            out.data_ptr<float>()[sample * places.size(1) + point] = value(corners, axes);
        });
        return out;
    }

    static variable_list backward(AutogradContext* context, const variable_list& gradients) {
        const auto saved = context->get_saved_variables();
        const auto& fields = saved[0];
        const auto& places = saved[1];
        const auto gradient = gradients[0].contiguous();
        const bool by_fields = context->needs_input_grad(0);
        const bool by_places = context->needs_input_grad(1);
        const auto r = fields.size(2);
        torch::Tensor field_gradients;
        torch::Tensor place_gradients;
        if (by_fields) field_gradients = at::zeros_like(fields);
        if (by_places) place_gradients = at::zeros_like(places);
        run(fields, places, [&](std::int64_t sample, std::int64_t point, const float* corners, const Between* axes) {
            const std::int64_t row = sample * places.size(1) + point;
            const float g = gradient.data_ptr<float>()[row];
            if (by_places) {
                float* to = place_gradients.data_ptr<float>() + row * 3;
                for (int axis = 0; axis < 3; ++axis) to[axis] = g * axes[axis].slope * slope(corners, axes, axis);
            }
            if (by_fields) {
                float* to = field_gradients.data_ptr<float>() + sample * r * r * r;
                for (int corner = 0; corner < 8; ++corner) to[index(axes, corner, r)] += g * weight(axes, corner);
            }
        });
        return {field_gradients, place_gradients};
    }

private:
    static std::int64_t index(const Between* axes, int corner, std::int64_t r) {
        const auto x = (corner & 1) != 0 ? axes[0].high : axes[0].low;
        const auto y = (corner & 2) != 0 ? axes[1].high : axes[1].low;
        const auto z = (corner & 4) != 0 ? axes[2].high : axes[2].low;
        return (z * r + y) * r + x;
    }
    static float along(const Between& axis, bool upper) { return upper ? axis.fraction : 1 - axis.fraction; }
    static float weight(const Between* axes, int corner) {
        return along(axes[0], (corner & 1) != 0) * along(axes[1], (corner & 2) != 0) *
               along(axes[2], (corner & 4) != 0);
    }
    static float value(const float* corners, const Between* axes) {
        float sum = 0;
        for (int corner = 0; corner < 8; ++corner) sum += weight(axes, corner) * corners[corner];
        return sum;
    }
    /// Of the value along one axis, in cells.
    static float slope(const float* corners, const Between* axes, int axis) {
        float sum = 0;
        for (int corner = 0; corner < 8; ++corner) {
            float share = ((corner >> axis) & 1) != 0 ? 1.0F : -1.0F;
            for (int other = 0; other < 3; ++other) {
                if (other != axis) share *= along(axes[other], ((corner >> other) & 1) != 0);
            }
            sum += share * corners[corner];
        }
        return sum;
    }

    /// visit(sample, point, the eight values around it, its axes), samples in parallel.
    template <class Visit>
    static void run(const torch::Tensor& fields, const torch::Tensor& places, const Visit& visit) {
        const auto r = fields.size(2);
        const auto p = places.size(1);
        at::parallel_for(0, places.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t sample = begin; sample < end; ++sample) {
                const float* place = places.data_ptr<float>() + sample * p * 3;
                const float* field = fields.data_ptr<float>() + sample * r * r * r;
                for (std::int64_t point = 0; point < p; ++point, place += 3) {
                    const std::array<Between, 3> axes = {between(place[0], r), between(place[1], r),
                                                         between(place[2], r)};
                    std::array<float, 8> corners{};
                    for (int corner = 0; corner < 8; ++corner) {
                        corners[static_cast<std::size_t>(corner)] = field[index(axes.data(), corner, r)];
                    }
                    visit(sample, point, corners.data(), axes.data());
                }
            }
        });
    }
};

}  // namespace

torch::Tensor sample_pictures(const torch::Tensor& features, const torch::Tensor& coordinates) {
    if (coordinates.requires_grad()) throw UsageError("pictures are sampled at fixed places; detach the coordinates");
    return SamplePictures::apply(features, coordinates);
}

torch::Tensor sample_fields(const torch::Tensor& fields, const torch::Tensor& places) {
    return SampleFields::apply(fields, places);
}

}  // namespace maquette::recon
