#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/pretext_names.h"

namespace maquette::recon::cli {

void TrainEncoderOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "task",
             .help = "Pretext task: rotation, jigsaw, instance (discrimination), autoencoder; or the reference that is "
                     "told the categories",
             .choices = encoders::pretext_names()},
            &training.task);
    visitor({.name = "domain", .help = "What the pictures show", .choices = encoders::domain_names()},
            &training.domain);
    visitor({.name = "photos", .help = "Folder of unlabelled pictures for --domain photos", .default_text = "none"},
            &training.photos);
    visit_trainer(visitor, training);
    visitor({.name = "cut-out-fraction",
             .help = "Share of renders that are cut out over black with their mask; the others have a background",
             .low = 0,
             .high = 1},
            &training.cut_out_fraction);
    visitor({.name = "views", .help = "Views of each shape at the most", .low = 1, .high = 256}, &training.views);
    visitor({.name = "permutations", .help = "Permutations that the jigsaw tells apart", .low = 2, .high = 10000},
            &training.permutations);
    visitor({.name = "bfloat16", .help = "Convolutions in bfloat16, on CPUs that know it"}, &training.bfloat16);
}

void TrainEnsembleOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "encoder",
             .help = "Weights (.safetensors) of `maquette train encoder`, several",
             .positional = true,
             .required = true},
            &encoders);
    visit_dataset(visitor, dataset);
    visitor({.name = "output", .help = "Weights file to write: the encoders, joined", .short_name = 'o'}, &output);
    visitor({.name = "views", .help = "Pictures of each training shape to fit on", .low = 1, .high = 256}, &views);
    visitor({.name = "seed", .help = "Seed of pictures and heads", .low = 0}, &seed);
    visit_threads(visitor, threads);
}

void TrainCovariatesOptions::visit(const OptionVisitor& visitor) {
    visit_trainer(visitor, training);
    visitor({.name = "views", .help = "Views of each shape at the most", .low = 1, .high = 256}, &training.views);
    visitor({.name = "regression",
             .help = "Weight of the regression of covariates on the features; below 0: features are to forget them",
             .low = -10,
             .high = 10},
            &training.regression);
    visitor({.name = "unknown-fraction", .help = "Share of covariates that are withheld", .low = 0, .high = 1},
            &training.unknown_fraction);
    visitor({.name = "degraded-fraction", .help = "Share of photos that are spoilt", .low = 0, .high = 1},
            &training.degraded_fraction);
    visitor({.name = "false-alarms",
             .help = "Share of photos taken as in training that may be said not to be",
             .low = 0.001,
             .high = 0.5},
            &training.false_alarms);
}

void TrainCovariateStudyOptions::visit(const OptionVisitor& visitor) {
    visit_dataset(visitor, study.dataset);
    visitor({.name = "output", .help = "Folder for the networks, one file each", .short_name = 'o'}, &study.output);
    visitor({.name = "views", .help = "Views of each shape at the most", .low = 1, .high = 256}, &study.views);
    visitor({.name = "seeds", .help = "Networks of each kind", .low = 1, .high = 100}, &study.seeds);
    visitor({.name = "steps", .help = "Optimiser steps of each", .low = 1}, &study.steps);
    visitor({.name = "batch-size", .help = "Photos a step", .low = 65, .high = 4096}, &study.batch_size);
    visit_threads(visitor, study.threads);
}

}  // namespace maquette::recon::cli
