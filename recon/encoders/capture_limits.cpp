#include "recon/encoders/capture_limits.h"

#include <ATen/Functions.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "recon/refine/parameters.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr std::int64_t least_captures = 20;
constexpr int halvings = 30;
constexpr const char* values_name = "limits.values";
constexpr const char* predictions_name = "limits.predictions";
constexpr const char* feature_mean_name = "limits.feature_mean";
constexpr const char* map_mean_name = "limits.map_mean";
constexpr const char* map_weights_name = "limits.map_weights";

using Column = std::vector<double>;

std::vector<Column> columns_of(const torch::Tensor& rows) {
    const auto values = rows.to(torch::kFloat64).contiguous();
    std::vector<Column> columns(static_cast<std::size_t>(values.size(1)));
    const double* data = values.data_ptr<double>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        columns[static_cast<std::size_t>(i % values.size(1))].push_back(data[i]);
    }
    return columns;
}

/// That leaves out `share` at either end, interpolated.
CaptureLimits::Range range_of(const Column& sorted, double share) {
    const auto at_share = [&](double place) {
        const double index = place * static_cast<double>(sorted.size() - 1);
        const auto lower = static_cast<std::size_t>(index);
        const auto upper = std::min(lower + 1, sorted.size() - 1);
        return std::lerp(sorted[lower], sorted[upper], index - static_cast<double>(lower));
    };
    return {at_share(share), at_share(1 - share)};
}

/// The widest share to leave out of each column so that at most `false_alarms` of the rows are out in any.
std::vector<CaptureLimits::Range> ranges_of(const std::vector<Column>& columns, double false_alarms) {
    std::vector<Column> sorted = columns;
    for (auto& column : sorted) std::sort(column.begin(), column.end());
    const auto ranges = [&](double share) {
        std::vector<CaptureLimits::Range> result;
        result.reserve(sorted.size());
        for (const auto& column : sorted) result.push_back(range_of(column, share));
        return result;
    };
    double low = 0;
    double high = 0.5;
    for (int i = 0; i < halvings; ++i) {
        const double middle = (low + high) / 2;
        const auto tried = ranges(middle);
        std::size_t outside = 0;
        for (std::size_t row = 0; row < columns.front().size(); ++row) {
            bool out = false;
            for (std::size_t k = 0; k < columns.size(); ++k) {
                out = out || columns[k][row] < tried[k].first || columns[k][row] > tried[k].second;
            }
            outside += out ? 1U : 0U;
        }
        const double share = static_cast<double>(outside) / static_cast<double>(columns.front().size());
        (share <= false_alarms ? low : high) = middle;
    }
    return ranges(low);
}

template <std::size_t Count>
torch::Tensor tensor_of(const std::array<CaptureLimits::Range, Count>& ranges) {
    auto tensor = torch::empty({static_cast<std::int64_t>(Count), 2}, torch::kFloat32);
    for (std::size_t k = 0; k < Count; ++k) {
        tensor.data_ptr<float>()[2 * k] = static_cast<float>(ranges[k].first);
        tensor.data_ptr<float>()[2 * k + 1] = static_cast<float>(ranges[k].second);
    }
    return tensor;
}

}  // namespace

void set_ranges(CaptureLimits& limits, const torch::Tensor& values, const torch::Tensor& predictions,
                double false_alarms) {
    if (values.size(0) < least_captures || predictions.size(0) != values.size(0)) {
        throw UsageError(
            fmt::format("{} captures and {} predictions to choose ranges from; as many of each, {} at least",
                        values.size(0), predictions.size(0), least_captures));
    }
    auto columns = columns_of(values);
    const auto known = ranges_of(columns, false_alarms);
    std::copy(known.begin(), known.end(), limits.of_values.begin());
    const auto read = columns_of(predictions);
    std::copy(read.begin(), read.end(), columns.begin());
    const auto alone = ranges_of(columns, false_alarms);
    std::copy_n(alone.begin(), camera_covariates, limits.of_predictions.begin());
}

void add_limits(render::SafetensorsFile& file, const CaptureLimits& limits) {
    const auto add = [&](const char* name, const torch::Tensor& tensor) {
        file.tensors[name] = tensor_data_from(tensor, render::TensorType::f32);
    };
    add(values_name, tensor_of(limits.of_values));
    add(predictions_name, tensor_of(limits.of_predictions));
    add(feature_mean_name, limits.map.feature_mean);
    add(map_mean_name, limits.map.mean);
    add(map_weights_name, limits.map.weights);
}

CaptureLimits capture_limits_from(const render::SafetensorsFile& file, std::int64_t features, const std::string& what) {
    const auto read = [&](const char* name, const std::vector<std::int64_t>& shape) {
        const auto found = file.tensors.find(name);
        if (found == file.tensors.end() || found->second.shape != shape) {
            throw InputError(fmt::format(
                "{}: {} is missing or misshapen; train it again with `maquette train covariates`", what, name));
        }
        const auto tensor = tensor_from(found->second).to(torch::kFloat32);
        if (!tensor.isfinite().all().item<bool>()) {
            throw InputError(fmt::format("{}: {} holds what no training gives", what, name));
        }
        return tensor;
    };
    constexpr auto count = static_cast<std::int64_t>(covariate_count);
    constexpr auto of_camera = static_cast<std::int64_t>(camera_covariates);
    CaptureLimits limits;
    const auto fill = [](auto& ranges, const torch::Tensor& tensor) {
        for (std::size_t k = 0; k < ranges.size(); ++k) {
            const auto row = static_cast<std::int64_t>(k);
            ranges[k] = {tensor[row][0].item<double>(), tensor[row][1].item<double>()};
        }
    };
    fill(limits.of_values, read(values_name, {count, 2}));
    fill(limits.of_predictions, read(predictions_name, {of_camera, 2}));
    limits.map = {read(feature_mean_name, {features}), read(map_mean_name, {count}),
                  read(map_weights_name, {features, count})};
    return limits;
}

}  // namespace maquette::recon::encoders
