#pragma once

#include <functional>
#include <stop_token>

#include "recon/train/novel_view_batch_settings.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// How `train novel-view` runs. Defaults are those of the shipped weights.
struct NovelViewTrainingOptions : TrainerOptions {
    NovelViewBatchSettings samples;  ///< batch size and seed are those of the trainer
    int width = 64;                  ///< channels at the finest resolution, a multiple of 32
    int patch = 2;                   ///< pixels a side that are one place for the network: 2 or 4
    int validation_pairs = 48;       ///< photo and target of validation shapes, drawn once
};

/// Trains the novel-view network (see run_training): it predicts the velocity at times drawn evenly over the cosine
/// schedule, errors of x0 weighted by min(signal-to-noise ratio + 1, 5): the velocity's own weight, capped as by Hang
/// et al., "Efficient Diffusion Training via Min-SNR Weighting Strategy", ICCV 2023. Where there is almost no signal
/// their weight is almost none, and a network that says x0 learns nothing of how views begin. Its figure is the PSNR of
/// x0 as the network says it at four levels of noise, for fixed validation pairs, decibels: samples' own PSNR prefers
/// blurry weights. Throws InputError when the dataset does not fit.
void train_novel_view(const NovelViewTrainingOptions& options,
                      const std::function<void(const TrainingProgress&)>& progress, const std::stop_token& stop);

}  // namespace maquette::recon
