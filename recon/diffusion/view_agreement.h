#pragma once

namespace maquette::recon::diffusion {

/// How far one generated view breaks what is known of the object (PictureScore), as drawn and as improved.
struct ViewAgreement {
    double before = 0;
    double after = 0;
};

}  // namespace maquette::recon::diffusion
