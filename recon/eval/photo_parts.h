#pragma once

#include "recon/eval/part_report.h"
#include "recon/eval/photo_bench.h"
#include "recon/refine/refinement_network.h"

/// The questions of `eval photos`, one a function.
namespace maquette::recon {

/// Agreement of every way's masks with the true ones, by category, and pictures of them.
ReportPart mask_part(const PhotoBench& bench);

/// What the masks cost: IoU of the final shape from 1-shot priors with the camera given, with every way's mask against
/// the true one.
ReportPart masked_shape_part(const PhotoBench& bench, const RefinementNetwork& network);

}  // namespace maquette::recon
