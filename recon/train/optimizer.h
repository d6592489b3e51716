#pragma once

#include <string>

#include "recon/refine/parameters.h"
#include "render/io/safetensors.h"

namespace maquette::recon {

struct OptimizerSettings {
    std::string name = "adamw";  ///< adamw (Loshchilov & Hutter 2019) | adadelta (Zeiler 2012; rho 0.95, as in Keras)
    double weight_decay = 0;     ///< decoupled, per unit of learning rate; not applied to biases
};

/// Updates parameters from their gradients. Its state goes through safetensors, so that a checkpoint holds no pickle.
/// LibTorch's own optimisers lack Adadelta and save archives only.
class Optimizer {
public:
    /// Throws UsageError on an unknown name.
    Optimizer(OptimizerSettings settings, const Parameters& parameters);

    /// One update with `learning_rate`; parameters without a gradient stay. Clears the gradients.
    void step(Parameters& parameters, double learning_rate);

    void save(render::SafetensorsFile& file) const;
    /// Throws InputError when the state is missing or misshapen.
    void load(const render::SafetensorsFile& file, const std::string& what);

private:
    OptimizerSettings settings_;
    Parameters first_;   ///< adamw: mean gradient; adadelta: mean squared gradient
    Parameters second_;  ///< adamw: mean squared gradient; adadelta: mean squared update
    long long steps_ = 0;
};

/// Scales all gradients so that their global norm is at most `limit`. Returns the norm before. Not finite: returned
/// as it is and the gradients are cleared, so that one bad batch cannot spoil the weights.
double clip_gradients(const Parameters& parameters, double limit);

/// average <- decay * average + (1 - decay) * parameters, decay ramped up over the first steps.
void update_average(Parameters& average, const Parameters& parameters, double decay, long long step);

/// Linear warm-up over `warmup` (fraction), then a half cosine to zero. progress: 0..1.
double cosine_schedule(double progress, double warmup);

}  // namespace maquette::recon
