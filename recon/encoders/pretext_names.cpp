#include "recon/encoders/pretext_names.h"

namespace maquette::recon::encoders {

const std::vector<std::string>& pretext_names() {
    static const std::vector<std::string> names = {"rotation", "jigsaw", "instance", "autoencoder", "supervised"};
    return names;
}

}  // namespace maquette::recon::encoders
