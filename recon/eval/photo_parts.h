#pragma once

#include <string>

#include "recon/eval/part_report.h"
#include "recon/eval/photo_bench.h"
#include "recon/refine/refinement_network.h"

/// The questions of `eval photos`, one a function.
namespace maquette::recon {

/// What a bench's objects are, as parts are named by it.
struct BenchSubject {
    std::string title;   ///< Cut-outs ...
    std::string prefix;  ///< of keys, headlines and pictures; empty or "real_"
    std::string objects;
};

/// Agreement of every way's masks with the true ones, by category, and pictures of them.
ReportPart mask_part(const PhotoBench& bench, const BenchSubject& subject);

/// What the masks cost: IoU of the final shape from 1-shot priors with the camera given, with every way's mask against
/// the true one. The bench's objects are shapes of `dataset`.
ReportPart masked_shape_part(const ShapeDataset& dataset, const PhotoBench& bench, const RefinementNetwork& network);

}  // namespace maquette::recon
