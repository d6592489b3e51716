#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"

namespace maquette::recon::cli {

void TrainDpoOptions::visit(const OptionVisitor& visitor) {
    PreferenceMakingOptions& pairs = making;
    PreferenceOptions& preferences = training.preferences;
    visitor({.name = "pairs",
             .help = "File of judged views to train on, and to add to where more are made",
             .default_text = "OUTPUT/pairs.mqr"},
            &pairs.pairs);
    visitor(
        {.name = "make-pairs",
         .help = "Pairs to make by judging views of training shapes, ties not counted, up to this many in the file; "
                 "0: no number",
         .low = 0,
         .high = 1e6},
        &pairs.wanted);
    visitor({.name = "pair-minutes", .help = "Time to make pairs in, minutes; 0: no limit", .low = 0}, &pairs.minutes);
    visitor({.name = "ratings",
             .help = "Choices between two generated views (JSON lines, as the window writes them) to train on",
             .default_text = "none"},
            &ratings);
    visitor({.name = "train", .help = "Train; --no-train makes pairs alone"}, &train);
    visitor({.name = "objective",
             .help = "dpo; or for comparison: winners, fine-tuning on the preferred views alone, or shuffled, "
                     "preferences by lot",
             .choices = {"dpo", "winners", "shuffled"}},
            &preferences.objective);
    visitor({.name = "weights", .help = "Weights (.safetensors) of novel-view to tune", .default_text = "shipped"},
            &training.base);
    visitor(
        {.name = "refiner-weights", .help = "Weights file of the refiner that judges views", .default_text = "shipped"},
        &refiner_weights);
    visitor({.name = "camera-weights",
             .help = "Weights file of the camera estimator, for rated photos without a camera",
             .default_text = "shipped"},
            &camera_weights);
    visitor({.name = "margin",
             .help = "IoU between the best view of a pose and the worst; a pair with less is a tie and left out",
             .low = 0,
             .high = 1},
            &training.margin);
    visitor({.name = "candidates", .help = "Views generated of each pose", .low = 2, .high = 64}, &pairs.candidates);
    visitor({.name = "sampler-steps",
             .help = "Steps of the sampler, in making pairs and in which noise levels are trained on",
             .low = 1,
             .high = 1000},
            &pairs.sampler_steps);
    visitor({.name = "view-weight",
             .help = "How much a generated view counts beside the photo, as the judge is told",
             .low = 0.01,
             .high = 1},
            &pairs.weight);
    visitor({.name = "max-shots", .help = "Priors are means of 1 to this many shapes", .low = 1, .high = 100},
            &pairs.max_shots);
    visitor({.name = "jittered-fraction", .help = "Share of photos whose camera is disturbed", .low = 0, .high = 1},
            &pairs.jittered_fraction);
    visitor({.name = "camera-jitter", .help = "Typical error of these cameras, degrees", .low = 0, .high = 45},
            &pairs.camera_jitter);
    visitor({.name = "beta",
             .help = "How strongly preferences count against keeping to the weights before; 0: calibrated by 20 probe "
                     "steps",
             .low = 0,
             .high = 1e9},
            &preferences.beta);
    visitor({.name = "winner-anchor",
             .help = "Weight, times beta, against errors of preferred views that exceed those of the weights before",
             .low = 0,
             .high = 1000},
            &preferences.winner_anchor);
    visitor({.name = "winner-limit",
             .help = "End where the preferred views' error exceeds that of the weights before by this share",
             .low = 0,
             .high = 100},
            &preferences.winner_limit);
    visitor({.name = "times", .help = "Noise levels to train on", .choices = {"sampler", "all"}}, &preferences.times);
    visitor({.name = "photo-dropout", .help = "Share of pairs trained without the photo", .low = 0, .high = 1},
            &preferences.photo_dropout);
    visitor({.name = "geometry-dropout", .help = "Share of pairs trained without geometry", .low = 0, .high = 1},
            &preferences.geometry_dropout);
    visitor({.name = "held-out", .help = "Share of pairs to validate on", .low = 0, .high = 0.9},
            &preferences.held_out);
    visitor({.name = "warm-up", .help = "Steps over which the learning rate rises; then it stays", .low = 1},
            &training.constant_after);
    visit_schedule(visitor, training);
}

}  // namespace maquette::recon::cli
