#include "recon/encoders/photo_descriptor.h"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <sstream>
#include <utility>

#include "recon/encoders/ensemble.h"
#include "recon/encoders/image_encoder.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"

namespace maquette::recon::encoders {

struct PhotoDescriptor::Impl {
    std::vector<ImageEncoder> encoders;
    std::vector<std::string> members;
    Ensemble ensemble;
    std::string digest;
};

namespace {

std::vector<torch::Tensor> features_of(const std::vector<ImageEncoder>& encoders, const torch::Tensor& pictures) {
    std::vector<torch::Tensor> features;
    features.reserve(encoders.size());
    for (const auto& encoder : encoders) features.push_back(encoder.features(pictures));
    return features;
}

std::string prefix_of(std::size_t encoder) {
    return fmt::format("{}.", encoder);
}

}  // namespace

PhotoDescriptor::PhotoDescriptor(const std::filesystem::path& weights) {
    const auto file = render::read_safetensors(weights);
    const std::string what = weights.string();
    if (const auto architecture = architecture_of(file, what); architecture != descriptor_architecture) {
        throw InputError(
            fmt::format("{}: not the weights of joined encoders (architecture '{}'); make them with "
                        "`maquette train ensemble`",
                        what, architecture));
    }
    std::vector<std::string> members;
    if (const auto found = file.metadata.find("members"); found != file.metadata.end()) {
        std::istringstream names(found->second);
        for (std::string name; std::getline(names, name, ',');) members.push_back(name);
    }
    std::vector<ImageEncoder> encoders;
    for (std::size_t j = 0; j < members.size(); ++j) {
        render::SafetensorsFile part;
        const std::string prefix = prefix_of(j);
        for (const auto& [name, data] : file.tensors) {
            if (name.starts_with(prefix)) part.tensors[name.substr(prefix.size())] = data;
        }
        encoders.emplace_back(parameters_from(part, backbone_shapes(), fmt::format("{}, encoder {}", what, members[j])),
                              std::map<std::string, std::string>{{"task", members[j]}, {"domain", "renders"}});
    }
    auto ensemble = Ensemble::read(file, what);
    if (ensemble.encoders() != static_cast<int>(encoders.size())) {
        throw InputError(fmt::format("{}: {} encoders but heads of {}", what, encoders.size(), ensemble.encoders()));
    }
    impl_ = std::make_unique<Impl>(
        Impl{std::move(encoders), std::move(members), std::move(ensemble), render::sha256_of_file(weights)});
}

PhotoDescriptor::PhotoDescriptor(const std::vector<std::filesystem::path>& files,
                                 const std::vector<render::FloatImage>& pictures, std::uint64_t seed) {
    if (files.empty()) throw UsageError("no encoders to join; name the weights of one or several");
    std::vector<ImageEncoder> encoders;
    std::vector<std::string> members;
    for (const auto& file : files) {
        encoders.push_back(load_image_encoder(file));
        members.push_back(encoders.back().task());
    }
    EnsembleSettings settings;
    settings.seed = seed;
    auto ensemble = Ensemble::fit(features_of(encoders, picture_tensor(pictures)), settings);
    impl_ = std::make_unique<Impl>(Impl{std::move(encoders), std::move(members), std::move(ensemble), "not saved"});
}

PhotoDescriptor::~PhotoDescriptor() = default;
PhotoDescriptor::PhotoDescriptor(PhotoDescriptor&&) noexcept = default;
PhotoDescriptor& PhotoDescriptor::operator=(PhotoDescriptor&&) noexcept = default;

std::vector<std::vector<float>> PhotoDescriptor::describe(const std::vector<View>& views) const {
    if (views.empty()) return {};
    std::vector<torch::Tensor> pictures;
    pictures.reserve(views.size());
    for (const auto& view : views) pictures.push_back(picture_tensor(view));
    const auto psi = impl_->ensemble.representation(features_of(impl_->encoders, at::stack(pictures))).contiguous();
    std::vector<std::vector<float>> rows(views.size(), std::vector<float>(static_cast<std::size_t>(psi.size(1))));
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::memcpy(rows[i].data(), psi.data_ptr<float>() + i * rows[i].size(), rows[i].size() * sizeof(float));
    }
    return rows;
}

const std::vector<std::string>& PhotoDescriptor::members() const {
    return impl_->members;
}

const std::string& PhotoDescriptor::digest() const {
    return impl_->digest;
}

void PhotoDescriptor::save(const std::filesystem::path& path) const {
    render::SafetensorsFile file;
    for (std::size_t j = 0; j < impl_->encoders.size(); ++j) {
        Parameters backbone;
        for (const auto& [name, tensor] : impl_->encoders[j].parameters()) {
            if (name.starts_with("image.")) backbone[name] = tensor;
        }
        add_parameters(file, backbone, render::TensorType::f16, prefix_of(j));
    }
    impl_->ensemble.add_to(file);
    file.metadata["architecture"] = descriptor_architecture;
    file.metadata["members"] = fmt::format("{}", fmt::join(impl_->members, ","));
    render::write_safetensors(path, file);
}

}  // namespace maquette::recon::encoders
