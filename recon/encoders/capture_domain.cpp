#include "recon/encoders/capture_domain.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <utility>

#include "recon/encoders/capture_limits.h"
#include "recon/encoders/covariate_network.h"
#include "recon/encoders/image_encoder.h"

namespace maquette::recon::encoders {
namespace {

const char* advice_on(const CaptureFinding& finding) {
    const bool low = finding.value < finding.low;
    switch (finding.covariate) {
        case Covariate::elevation:
            return low ? "take the photo from further above" : "take the photo from closer to the object's own height";
        case Covariate::roll:
            return "turn the photo upright";
        case Covariate::field_of_view:
            return low ? "go closer, or crop less" : "step back and zoom in";
        case Covariate::distance:
            return low ? "step back" : "go closer";
        case Covariate::exposure:
            return low ? "lighten the photo" : "darken the photo";
        case Covariate::blur:
            return low ? "scale it down, or sharpen it less"
                       : "use a sharper photo, or one that shows more of the object";
        case Covariate::noise:
            return "use a photo with more light or less compression";
    }
    return "";
}

}  // namespace

struct CaptureDomain::Impl {
    CovariateNetwork network;
    CaptureLimits limits;
};

CaptureDomain::CaptureDomain(const std::filesystem::path& weights) {
    const auto file = render::read_safetensors(weights);
    auto network = covariate_network_from(file, weights.string());
    auto limits = capture_limits_from(file, network.config.width, weights.string());
    impl_ = std::make_unique<Impl>(Impl{std::move(network), std::move(limits)});
}

CaptureDomain::CaptureDomain(CovariateNetwork network, CaptureLimits limits)
    : impl_(std::make_unique<Impl>(Impl{std::move(network), std::move(limits)})) {}

CaptureDomain::~CaptureDomain() = default;
CaptureDomain::CaptureDomain(CaptureDomain&&) noexcept = default;
CaptureDomain& CaptureDomain::operator=(CaptureDomain&&) noexcept = default;

Capture CaptureDomain::predicted(const View& view) const {
    const at::NoGradGuard no_gradient;
    const auto& network = impl_->network;
    const auto features = network.features(network.parameters, picture_tensor(view).unsqueeze(0),
                                           unknown_covariates(1, network.config.covariates));
    const auto values = (impl_->limits.map(features) * network.scale + network.mean).contiguous();
    Capture capture;
    for (std::size_t k = 0; k < camera_covariates; ++k) capture.values[k] = values.data_ptr<float>()[k];
    return capture;
}

std::vector<CaptureFinding> CaptureDomain::findings(const View& view, const Capture& known) const {
    std::vector<CaptureFinding> found;
    const Capture read = predicted(view);
    for (std::size_t k = 0; k < covariate_count; ++k) {
        const bool guess = !known.values[k].has_value();
        if (guess && k >= camera_covariates) continue;
        const double value = guess ? *read.values[k] : *known.values[k];
        const auto& [low, high] = guess ? impl_->limits.of_predictions[k] : impl_->limits.of_values[k];
        if (value < low || value > high) found.push_back({static_cast<Covariate>(k), value, low, high, guess});
    }
    return found;
}

std::string sentence_of(const CaptureFinding& finding) {
    constexpr std::array<const char*, covariate_count> units = {" degrees", " degrees", " degrees", " object sizes",
                                                                "",         "",         ""};
    const auto k = static_cast<std::size_t>(finding.covariate);
    const int digits = k < 3 ? 0 : 2;
    return fmt::format(
        "{} of {:.{}f}{}{} is outside what the networks were trained on ({:.{}f} to {:.{}f}), so the shape "
        "may be wrong; {}",
        name_of(finding.covariate), finding.value, digits, units[k], finding.predicted ? ", as the picture looks," : "",
        finding.low, digits, finding.high, digits, advice_on(finding));
}

}  // namespace maquette::recon::encoders
