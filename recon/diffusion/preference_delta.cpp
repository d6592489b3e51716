#include "recon/diffusion/preference_delta.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"

namespace maquette::recon::diffusion {

std::string weights_digest(const Parameters& parameters) {
    std::string lines;
    for (const auto& [name, tensor] : parameters) {
        const auto values = tensor.detach().to(torch::kFloat32).contiguous();
        const std::string_view bytes(reinterpret_cast<const char*>(values.data_ptr<float>()),
                                     static_cast<std::size_t>(values.numel()) * sizeof(float));
        lines += fmt::format("{} [{}] {}\n", name, fmt::join(values.sizes(), ", "), render::sha256_of(bytes));
    }
    return render::sha256_of(lines);
}

void save_preference_delta(const std::filesystem::path& path, const Parameters& base, const Parameters& tuned,
                           std::map<std::string, std::string> metadata) {
    if (base.size() != tuned.size()) {
        throw UsageError(
            fmt::format("a delta from {} tensors to {}; give weights of one network", base.size(), tuned.size()));
    }
    render::SafetensorsFile file;
    for (const auto& [name, before] : base) {
        const auto found = tuned.find(name);
        if (found == tuned.end() || found->second.sizes() != before.sizes()) {
            throw UsageError(fmt::format("a delta of {}: missing or of another shape in the tuned weights", name));
        }
        if (at::equal(found->second.detach(), before)) continue;
        file.tensors[name] = tensor_data_from(found->second.detach() - before, render::TensorType::f16);
    }
    file.metadata = std::move(metadata);
    file.metadata["architecture"] = preference_delta_architecture;
    file.metadata[preference_base_key] = weights_digest(base);
    render::write_safetensors(path, file);
}

std::shared_ptr<const NovelViewWeights> apply_preference_delta(const NovelViewWeights& base,
                                                               const std::filesystem::path& delta) {
    const auto file = render::read_safetensors(delta);
    const std::string what = delta.string();
    const std::string architecture = architecture_of(file, what);
    if (architecture != preference_delta_architecture) {
        throw InputError(fmt::format("{}: weights of {}, not differences ({}); give a file of `maquette train dpo`",
                                     what, architecture, preference_delta_architecture));
    }
    const auto wanted = file.metadata.find(preference_base_key);
    const std::string given = weights_digest(base.parameters);
    if (wanted == file.metadata.end() || wanted->second != given) {
        throw InputError(fmt::format(
            "{}: differences from other weights ({:.12}) than those loaded ({:.12}); give the weights that it was "
            "trained from, or do without it",
            what, wanted == file.metadata.end() ? "unknown" : wanted->second, given));
    }
    auto tuned = std::make_shared<NovelViewWeights>(base);
    for (const auto& [name, data] : file.tensors) {
        const auto found = tuned->parameters.find(name);
        if (found == tuned->parameters.end() || data.shape != found->second.sizes().vec()) {
            throw InputError(fmt::format("{}: {} [{}] is not in the weights that it belongs to", what, name,
                                         fmt::join(data.shape, ", ")));
        }
        found->second = found->second + tensor_from(data);
    }
    return tuned;
}

std::shared_ptr<const NovelViewWeights> load_preferred_novel_view(const std::filesystem::path& weights,
                                                                  const std::filesystem::path& delta) {
    auto base = load_novel_view(weights);
    return delta.empty() ? base : apply_preference_delta(*base, delta);
}

}  // namespace maquette::recon::diffusion
