#pragma once

#include "recon/eval/diffusion_bench.h"
#include "recon/eval/part_report.h"

/// The questions of `eval diffusion`, one a function. All figures are on the bench's shapes; differences are paired
/// over shapes.
namespace maquette::recon {

/// Generated views against true ones by angle; rivals: the photo itself, the coarse shape with the photo's colours, the
/// network without geometry.
ReportPart novel_view_part(const DiffusionBench& bench);

/// What generated views are worth for the final shape, with the camera given and estimated.
ReportPart final_shape_part(const DiffusionBench& bench);

/// Exactness of inversion by sampler, steps and precision.
ReportPart round_trip_part(const DiffusionBench& bench);

/// Inverted renders of the coarse shape, redrawn under the photo, by strength and method.
ReportPart render_inversion_part(const DiffusionBench& bench);

/// Views whose latent is optimised for what the photo shows to be true; rivals: one-step guidance, the best of as many
/// seeds as the same evaluations allow. Memory of its gradient.
ReportPart latent_part(const DiffusionBench& bench);

/// How often a view of a tuned network serves the final shape better than the base's.
ReportPart preference_part(const DiffusionBench& bench);

/// Seconds of a view, and how much of them the network takes.
ReportPart speed_part(const DiffusionBench& bench);

}  // namespace maquette::recon
