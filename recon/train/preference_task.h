#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "recon/diffusion/noise_schedule.h"
#include "recon/diffusion/preference_loss.h"
#include "recon/train/preference_options.h"
#include "recon/train/preference_subject.h"
#include "recon/train/trainer.h"
#include "recon/train/trainer_options.h"

namespace maquette::recon {

/// Trains a network to draw more like the preferred pictures (Wallace et al., "Diffusion Model Alignment Using Direct
/// Preference Optimization", CVPR 2024; the authors' constants where there are such). Both pictures of a pair get the
/// same time and noise. Errors are those of the noise, whatever the network predicts: at one x the noise is linear in
/// the output, so that its error is the output's times a factor of the level, alpha for a velocity.
///
/// Its figure is the share of held-out pairs, each at several times, that the network ranks right against the
/// reference; of `winners` how much less the held-out winners' error is, 0: as it was.
class PreferenceTask : public TrainingTask {
public:
    using WriteWeights = std::function<void(const std::filesystem::path&, const Parameters&,
                                            const std::map<std::string, std::string>& metadata)>;

    /// trainer: batch size, seed, learning rate, weight decay and gradient clip are used. subject: borrowed.
    /// Throws InputError where there are fewer than two groups of pairs, UsageError on options out of range.
    PreferenceTask(const PreferenceSubject& subject, const PreferenceOptions& options, const TrainerOptions& trainer,
                   std::string architecture, std::string data_digest, WriteWeights write);

    [[nodiscard]] std::string architecture() const override { return architecture_; }
    [[nodiscard]] std::vector<ParameterShape> parameter_shapes() const override { return subject_->parameter_shapes(); }
    [[nodiscard]] std::string data_digest() const override { return data_digest_; }
    [[nodiscard]] Parameters first_parameters(std::uint64_t /*seed*/) const override { return subject_->reference(); }

    void begin_batch(long long number) override;
    torch::Tensor loss(const Parameters& parameters, int iteration) override;
    [[nodiscard]] Validation validate(const Parameters& average) override;
    /// winner_error, loser_error, reference_winner_error, reference_loser_error (means over the batch); of the
    /// preference objectives implicit_accuracy, median_margin and beta, too.
    [[nodiscard]] std::map<std::string, double> figures() const override { return figures_; }
    [[nodiscard]] std::string reason_to_stop() const override;
    [[nodiscard]] std::string memory() const override;
    void recall(const std::string& memory) override;
    void write_weights(const std::filesystem::path& path, const Parameters& average,
                       const std::map<std::string, std::string>& metadata) const override;

    /// 0 as long as it is not calibrated.
    [[nodiscard]] double beta() const { return beta_; }

private:
    struct Batch {
        std::vector<PreferenceSubject::Row> rows;  ///< [N]
        torch::Tensor winners;                     ///< [N, C, S, S]
        torch::Tensor losers;
        torch::Tensor noise;
    };

    [[nodiscard]] Batch draw(long long number) const;
    [[nodiscard]] Batch batch_of(std::vector<PreferenceSubject::Row> rows, std::uint64_t noise_seed) const;
    /// Whether a pair's pictures change places.
    [[nodiscard]] bool turned(int pair) const;
    [[nodiscard]] diffusion::PreferenceErrors errors(const Parameters& parameters, const Batch& batch) const;
    [[nodiscard]] double calibrated_beta() const;

    const PreferenceSubject* subject_;
    PreferenceOptions options_;
    TrainerOptions trainer_;
    std::string architecture_;
    std::string data_digest_;
    WriteWeights write_;
    std::vector<diffusion::NoiseLevel> levels_;  ///< of the sampler, the data's left out
    std::vector<int> training_;                  ///< pairs
    std::vector<int> held_out_;
    Batch batch_;
    double beta_ = 0;
    std::map<std::string, double> figures_;
    // Sums over the steps so far, older ones counting less.
    double winner_sum_ = 0;
    double reference_sum_ = 0;
    long long summed_ = 0;
};

}  // namespace maquette::recon
