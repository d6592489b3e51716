#pragma once

#include <filesystem>
#include <memory>

#include "recon/encoders/capture_domain.h"
#include "recon/encoders/photo_descriptor.h"
#include "recon/eval/encoder_bench.h"
#include "recon/eval/part_report.h"
#include "recon/refine/refinement_network.h"

/// The questions of `eval encoders`, one a function.
namespace maquette::recon {

/// Linear and nearest-neighbour probes of every encoder on pictures of its own domain, few-shot, exemplar recognition,
/// random labels, implicit dimensionality, and the pretext tasks on shapes and domains never seen.
ReportPart pretext_part(const EncoderBench& bench);

/// Ways to join the encoders of domain renders into one representation: psi (ensemble.h), mean, concatenation, whitened
/// concatenation; in domain, on novel categories, on another domain.
ReportPart ensemble_part(const EncoderBench& bench);

/// What a proposed prior is worth: categories retrieved for photos of a split's shapes from renders of other shapes,
/// and the final shape with the proposed category's prior against that with the true one's. network: of the refiner.
ReportPart proposal_part(const EncoderBench& bench, const std::shared_ptr<const encoders::PhotoDescriptor>& descriptor,
                         const RefinementNetwork& network, priors::Split split);

/// Covariate encoders that were not shown a region of captures, in that region.
/// study: folder of `train covariate-study`; empty: not measured.
ReportPart covariates_part(const EncoderBench& bench, const std::filesystem::path& study);

/// How surely captures unlike those of training are said to be, and others not.
ReportPart capture_range_part(const EncoderBench& bench, const encoders::CaptureDomain& domain);

/// Refiners trained on few shapes, from an encoder and from nothing.
/// runs: a folder with NAME/weights.safetensors each, NAME = "<shapes>-<beginning>" (50-random, 50-rotation).
ReportPart initialisation_part(const EncoderBench& bench, const std::filesystem::path& runs);

}  // namespace maquette::recon
