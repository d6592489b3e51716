#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "recon/encoders/capture.h"
#include "recon/refine/view.h"

namespace maquette::recon::encoders {

struct CaptureLimits;
struct CovariateNetwork;

/// Something about how a photo was taken that lies outside of what the networks were trained on.
struct CaptureFinding {
    Covariate covariate = Covariate::elevation;
    double value = 0;
    double low = 0;  ///< of the photos trained on
    double high = 0;
    bool predicted = false;  ///< read from the picture, else measured or said by the user
};

/// Knows how the photos were taken that networks were trained on. Immutable; safe to share between threads.
class CaptureDomain {
public:
    /// Weights of `maquette train covariates`. Throws InputError naming what is wrong.
    explicit CaptureDomain(const std::filesystem::path& weights);
    CaptureDomain(CovariateNetwork network, CaptureLimits limits);
    ~CaptureDomain();
    CaptureDomain(CaptureDomain&&) noexcept;
    CaptureDomain& operator=(CaptureDomain&&) noexcept;

    /// What is not as it was in training; empty: nothing. known: what measures of the view and its camera or the
    /// photo's file say; a camera's values that nobody knows are read from the picture, for which a photo of far
    /// outside gives no more than a guess, at the rim of what was seen in training.
    [[nodiscard]] std::vector<CaptureFinding> findings(const View& view, const Capture& known) const;

    /// Of elevation, roll, field of view and distance as the picture alone says them.
    [[nodiscard]] Capture predicted(const View& view) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "blur 0.81 is outside what the networks were trained on (0.20 to 0.64): ...", what to do included.
std::string sentence_of(const CaptureFinding& finding);

}  // namespace maquette::recon::encoders
