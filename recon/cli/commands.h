#pragma once

#include "recon/cli/command_options.h"

namespace maquette::recon::cli {

/// Each runs one command to its end and returns the exit code (0, or 130 when a partial result was kept). Failures
/// are thrown: UsageError, InputError, Interrupted, Error.
int run_reconstruct(const ReconstructOptions& options);
int run_novel_view(const NovelViewOptions& options);
int run_prior_list(const PriorListOptions& options);
int run_prior_build(const PriorBuildOptions& options);
int run_prior_show(const PriorShowOptions& options);
int run_prior_blend(const PriorBlendOptions& options);
int run_prior_rank(const PriorRankOptions& options);
int run_data_fetch(const DataFetchOptions& options);
int run_data_build(const DataBuildOptions& options);
int run_data_info(const DataInfoOptions& options);
int run_data_sheet(const DataSheetOptions& options);
int run_data_attribution(const DataAttributionOptions& options);
int run_data_priors(const DataPriorsOptions& options);
int run_train_wallace(const TrainWallaceOptions& options);
int run_train_refiner(const TrainRefinerOptions& options);
int run_train_camera(const TrainCameraOptions& options);
int run_train_novel_view(const TrainNovelViewOptions& options);
int run_train_mask(const TrainMaskOptions& options);
int run_train_encoder(const TrainEncoderOptions& options);
int run_train_covariates(const TrainCovariatesOptions& options);
int run_train_covariate_study(const TrainCovariateStudyOptions& options);
int run_train_ensemble(const TrainEnsembleOptions& options);
int run_train_dpo(const TrainDpoOptions& options);
int run_eval(const EvalOptions& options);
int run_compare(const CompareOptions& options);
int run_info(const InfoOptions& options);

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_input = 3;
inline constexpr int exit_interrupted = 130;

}  // namespace maquette::recon::cli
