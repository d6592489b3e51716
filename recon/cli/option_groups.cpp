#include "recon/cli/option_groups.h"

namespace maquette::recon::cli {

void visit_threads(const OptionVisitor& visitor, int& threads) {
    visitor({.name = "threads", .help = "Threads to use; 0: all cores", .low = 0, .high = 1024}, &threads);
}

void visit_dataset(const OptionVisitor& visitor, std::filesystem::path& dataset) {
    visitor({.name = "dataset", .help = "Shape file written by `maquette data build`"}, &dataset);
}

void visit_packages(const OptionVisitor& visitor, std::filesystem::path& packages) {
    visitor({.name = "packages", .help = "Folder that `maquette data fetch` fills"}, &packages);
}

void visit_json(const OptionVisitor& visitor, bool& json) {
    visitor({.name = "json", .help = "Print JSON in place of text"}, &json);
}

void visit_prior(const OptionVisitor& visitor, std::vector<std::string>& prior) {
    visitor({.name = "prior",
             .help = "Shape to start from: a name of `maquette prior list`, a mesh file, a prior file, or 'none'; "
                     "NAME:WEIGHT and repeat the option to blend",
             .default_text = "the one that looks closest"},
            &prior);
}

void visit_matting(const OptionVisitor& visitor, std::filesystem::path& matting) {
    visitor({.name = "matting",
             .help = "Network of your own that finds the object before any background (.onnx): see the README",
             .default_text = "shipped, where there is one"},
            &matting);
}

void visit_schedule(const OptionVisitor& visitor, TrainerOptions& training) {
    visit_dataset(visitor, training.dataset);
    visitor({.name = "output", .help = "Folder for checkpoints, log and weights", .short_name = 'o'}, &training.output);
    visitor({.name = "resume", .help = "Continue from the newest checkpoint in the output folder"}, &training.resume);
    visitor({.name = "optimizer", .help = "Optimiser", .choices = {"adamw", "adadelta"}}, &training.optimizer);
    visitor({.name = "learning-rate", .help = "Peak learning rate (adadelta: 1.0)", .low = 1e-8, .high = 10},
            &training.learning_rate);
    visitor({.name = "weight-decay", .help = "Weight decay", .low = 0, .high = 1}, &training.weight_decay);
    visitor({.name = "batch-size", .help = "Samples a step; lower it to save memory", .low = 1, .high = 1024},
            &training.batch_size);
    visitor({.name = "steps", .help = "Optimiser steps at the most", .low = 1}, &training.steps);
    visitor({.name = "max-minutes", .help = "Wall time at the most over all resumed runs, minutes", .low = 0.01},
            &training.max_minutes);
    visitor({.name = "ema-decay", .help = "Decay of the averaged weights", .low = 0, .high = 0.99999},
            &training.ema_decay);
    visitor({.name = "gradient-clip", .help = "Largest global gradient norm", .low = 1e-6, .high = 1e6},
            &training.gradient_clip);
    visitor({.name = "seed", .help = "Seed of everything random", .low = 0}, &training.seed);
    visitor({.name = "validate-every", .help = "Steps between validations", .low = 1, .high = 1e6},
            &training.validate_every);
    visitor({.name = "checkpoint-minutes", .help = "Minutes between checkpoints", .low = 0, .high = 1440},
            &training.checkpoint_minutes);
    visit_threads(visitor, training.threads);
}

void visit_trainer(const OptionVisitor& visitor, TrainerOptions& training) {
    visit_schedule(visitor, training);
    visitor({.name = "start-from",
             .help = "Weights (.safetensors) to begin with; what is not in them begins untrained",
             .default_text = "none"},
            &training.start_from);
}

void visit_drawing(const OptionVisitor& visitor, const std::string& prefix, double& from_render, int& optimise) {
    visitor(
        {.name = prefix + "from-render",
         .help = "Draw each view from the render of the result so far in the photo's colours, which is inverted and "
                 "drawn again (EDICT): how little the render is trusted; 1: nothing but its noise is kept; 0: from "
                 "noise",
         .low = 0,
         .high = 1},
        &from_render);
    visitor({.name = prefix + "optimise",
             .help = "Iterations that change each view's noise until outlines, and the shape refined with the view, "
                     "agree with the photos (DOODL); each takes as long as three to eight views; 0: none",
             .low = 0,
             .high = 1000},
            &optimise);
}

}  // namespace maquette::recon::cli
