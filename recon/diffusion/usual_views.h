#pragma once

namespace maquette::recon::diffusion {

/// How views are drawn and count where nobody says otherwise. Chosen on validation shapes: more steps draw sharper
/// views that overlap the true ones less, and views of more weight draw the final shape towards their mistakes.
inline constexpr int usual_views = 3;
inline constexpr int usual_view_steps = 2;
inline constexpr float usual_view_weight = 0.15F;

/// Of a Zero-1-to-3 checkpoint.
inline constexpr int usual_checkpoint_steps = 20;

}  // namespace maquette::recon::diffusion
