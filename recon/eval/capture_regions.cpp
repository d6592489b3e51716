#include "recon/eval/capture_regions.h"

#include <utility>

#include "recon/encoders/capture.h"
#include "render/median.h"

namespace maquette::recon {
namespace {

float value_of(const CaptureSamples& samples, std::int64_t row, encoders::Covariate covariate) {
    return samples.covariates.data_ptr<float>()[row * static_cast<std::int64_t>(encoders::covariate_count) +
                                                static_cast<std::int64_t>(covariate)];
}

double median_of(const CaptureSamples& samples, encoders::Covariate covariate) {
    std::vector<float> values;
    for (std::int64_t row = 0; row < samples.size(); ++row) values.push_back(value_of(samples, row, covariate));
    return render::median_of(std::move(values));
}

}  // namespace

std::vector<int> CaptureRegions::of(const CaptureSamples& samples) const {
    std::vector<int> regions;
    for (std::int64_t row = 0; row < samples.size(); ++row) {
        const int above = value_of(samples, row, encoders::Covariate::elevation) > elevation ? 1 : 0;
        const int strong = value_of(samples, row, encoders::Covariate::field_of_view) > field_of_view ? 1 : 0;
        regions.push_back(above + 2 * strong);
    }
    return regions;
}

CaptureRegions regions_of(const CaptureSamples& samples) {
    return {median_of(samples, encoders::Covariate::elevation), median_of(samples, encoders::Covariate::field_of_view)};
}

std::string region_name(int region) {
    static const std::array<std::string, capture_region_count> names = {
        "from below, weak perspective", "from above, weak perspective", "from below, strong perspective",
        "from above, strong perspective"};
    return names.at(static_cast<std::size_t>(region));
}

const std::vector<std::string>& covariate_arm_names() {
    static const std::vector<std::string> names = {"none", "input", "regress", "both", "forget", "placebo"};
    return names;
}

}  // namespace maquette::recon
