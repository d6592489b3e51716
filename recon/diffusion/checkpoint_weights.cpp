#include "recon/diffusion/checkpoint_weights.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "render/error.h"

namespace maquette::recon::diffusion {
namespace {

constexpr std::size_t problems_told = 8;

/// Today's name of a tensor.
std::string current_name(const std::string& stored) {
    static const std::array<std::pair<std::string, std::string>, 4> renamed = {
        {{".query.", ".to_q."}, {".key.", ".to_k."}, {".value.", ".to_v."}, {".proj_attn.", ".to_out.0."}}};
    const auto attention = stored.find(".attentions.");
    if (attention == std::string::npos) return stored;
    std::string name = stored;
    for (const auto& [old_part, new_part] : renamed) {
        const auto place = name.find(old_part, attention);
        if (place != std::string::npos) name.replace(place, old_part.size(), new_part);
    }
    return name;
}

/// A buffer that some versions of transformers save: the numbers 0, 1, 2 ...
bool is_known_extra(const std::string& name) {
    return name.ends_with(".position_ids");
}

/// A dense layer may be stored as a convolution of one pixel.
bool fits(std::vector<std::int64_t> stored, const std::vector<std::int64_t>& expected) {
    while (expected.size() == 2 && stored.size() > 2 && stored.back() == 1) stored.pop_back();
    return stored == expected;
}

}  // namespace

CheckpointWeights::CheckpointWeights(CheckpointPart part, std::vector<ParameterShape> shapes)
    : part_(std::move(part)), shapes_(std::move(shapes)) {
    std::map<std::string, std::string> stored;
    std::vector<std::string> problems;
    for (const auto& name : part_.names()) {
        if (!stored.emplace(current_name(name), name).second) {
            problems.push_back(fmt::format("both {} and {}", name, stored.at(current_name(name))));
        }
    }
    for (const auto& [name, shape, fan_in] : shapes_) {
        const auto found = stored.find(name);
        if (found == stored.end()) {
            problems.push_back(fmt::format("missing {}", name));
            continue;
        }
        const auto& reader = part_.reader(found->second);
        if (!fits(reader.shape(found->second), shape)) {
            problems.push_back(fmt::format("{} is [{}] but [{}] is expected", found->second,
                                           fmt::join(reader.shape(found->second), ", "), fmt::join(shape, ", ")));
        } else if (!reader.is_float(found->second)) {
            problems.push_back(fmt::format("{} is not of type F32, F16 or BF16", found->second));
        }
        stored_names_[name] = found->second;
        stored.erase(found);
    }
    for (const auto& [name, stored_name] : stored) {
        if (!is_known_extra(name)) problems.push_back(fmt::format("unexpected {}", stored_name));
    }
    if (problems.empty()) return;
    const std::size_t told = std::min(problems.size(), problems_told);
    throw InputError(
        fmt::format("{}: weights do not fit config.json: {}{}; use weights and config.json of one checkpoint",
                    part_.folder().string(), fmt::join(std::span(problems).first(told), "; "),
                    problems.size() > told ? fmt::format("; and {} more", problems.size() - told) : ""));
}

long long CheckpointWeights::element_count() const {
    long long count = 0;
    for (const auto& parameter : shapes_) {
        long long elements = 1;
        for (const auto side : parameter.shape) elements *= side;
        count += elements;
    }
    return count;
}

Parameters CheckpointWeights::read(const WeightProgress& progress) const {
    Parameters parameters;
    long long done = 0;
    for (const auto& [name, shape, fan_in] : shapes_) {
        auto tensor = at::empty(shape, torch::kFloat32);
        const auto& stored = stored_names_.at(name);
        part_.reader(stored).read_floats(stored, {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())});
        done += tensor.numel();
        parameters[name] = std::move(tensor);
        if (progress && !progress(done)) throw Interrupted("interrupted while weights were read");
    }
    return parameters;
}

}  // namespace maquette::recon::diffusion
