#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/diffusion/novel_view_weights.h"
#include "recon/diffusion/usual_views.h"
#include "recon/refine/refinement_network.h"
#include "recon/train/preference_pairs.h"
#include "render/grid.h"

namespace maquette::recon {

/// How pairs of views are made by computed preference.
struct PreferenceMakingOptions {
    std::filesystem::path dataset;  ///< file of `data build`
    std::filesystem::path pairs;    ///< pair file to write or to go on with
    int wanted = 400;               ///< pairs that are no ties, those in the file counted; 0: as many as time allows
    double minutes = 0;             ///< wall time of this run; 0: no limit
    int candidates = 4;             ///< views generated of each pose
    int sampler_steps = diffusion::usual_view_steps;  ///< DDIM
    double weight = 0.3;                              ///< of a generated view beside the photo, as the refiner is told
    double margin = 0.01;                             ///< IoU between best and worst; less is a tie
    int max_shots = 5;                                ///< of the priors
    double jittered_fraction = 0.5;                   ///< queries whose photo's camera is disturbed
    double camera_jitter = 5;                         ///< degrees, typical error of these
    double least_turn = 40;                           ///< degrees from the photo's direction to the target's
    std::uint64_t seed = 1;
    int threads = 0;  ///< 0: all cores; a query is made by one
};

struct MakingProgress {
    long long queries = 0;  ///< judged, those of earlier runs counted
    long long pairs = 0;    ///< of these, that are no ties
    double fraction = 0;    ///< of what was asked for, 0..1
    double seconds_a_query = 0;
};

/// Conditions and pictures of views generated from a photo, rewards left empty. pictures: [K, 4, S, S].
/// photo: with its camera; coarse: shape that the network was shown, null: none.
JudgedViews generated_for_judging(const diffusion::NovelViewWeights& weights, const View& photo,
                                  const render::VoxelGrid* coarse, const CropCamera& target,
                                  std::span<const std::uint64_t> seeds, int sampler_steps);

/// Generates views of training shapes, several of each pose by different noise, judges each by how much it helps the
/// refiner towards the true shape (judge_views), and appends all of it to the pair file. The same queries in every run
/// of a seed; a run killed at any moment goes on where it was. Returns early when stopped, with what there is on the
/// disk. Throws UsageError on options out of range, InputError where dataset or pair file does not fit.
void make_preference_pairs(const diffusion::NovelViewWeights& weights, const RefinementNetwork& judge,
                           const PreferenceMakingOptions& options,
                           const std::function<void(const MakingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
