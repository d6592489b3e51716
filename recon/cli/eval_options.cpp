#include <fmt/format.h>
#include <fmt/ranges.h>

#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"
#include "recon/cli/shipped_weights.h"
#include "recon/eval/diffusion_suite.h"
#include "recon/eval/encoder_suite.h"
#include "recon/eval/photo_suite.h"

namespace maquette::recon::cli {

void EvalOptions::visit(const OptionVisitor& visitor) {
    visitor(
        {.name = "suite",
         .help =
             "novel: categories never trained on; base: held-out libraries; icons: catalogue pictures of novel "
             "shapes; validation: what choices are made on; diffusion: generated views and what they are worth; "
             "encoders: image encoders and the priors they propose; photos: objects cut out of any background; assets: "
             "the files that reconstruct writes",
         .positional = true,
         .required = true},
        &suite);
    visit_dataset(visitor, settings.dataset);
    visitor({.name = "model", .help = "Network whose rows to make", .choices = {"all", flagship_model, wallace_model}},
            &model);
    visitor({.name = "weights", .help = "Weights file (.safetensors) of the one model", .default_text = "shipped"},
            &weights);
    visitor({.name = "camera-weights",
             .help = "Weights file (.safetensors) of the camera estimator",
             .default_text = "shipped"},
            &camera_weights);
    visitor(
        {.name = "trust-prior",
         .help = "auto: the flagship's result is mixed with what the photos tell alone where they do not agree with "
                 "the prior; full: it is not",
         .choices = {"auto", "full"}},
        &settings.trust_prior);
    visitor({.name = "diffusion-weights",
             .help = "Weights file (.safetensors) of the novel-view network; suite diffusion",
             .default_text = "shipped"},
            &diffusion_weights);
    visitor({.name = "preferences",
             .help = "Differences (.safetensors, of `maquette train dpo`) whose wins are counted; suite diffusion",
             .default_text = "none"},
            &preferences);
    visitor({.name = "rivals",
             .help = "Rivals of these differences, other differences or whole weights; suite diffusion",
             .default_text = "none"},
            &rivals);
    visitor({.name = "without-geometry-weights",
             .help = "Weights file of a rival trained with --no-geometry; suite diffusion"},
            &without_geometry_weights);
    visitor(
        {.name = "split",
         .help =
             "Shapes of suites diffusion and photos and of encoders' proposals; validation: what choices are made on",
         .choices = {"novel", "validation"}},
        &split);
    visitor({.name = "parts",
             .help = fmt::format("Parts of suite diffusion, of {}; of suite encoders, of {}; of suite photos, of {}",
                                 fmt::join(diffusion_part_names(), ", "), fmt::join(encoder_part_names(), ", "),
                                 fmt::join(photo_part_names(), ", ")),
             .default_text = "all"},
            &parts);
    visitor({.name = "encoders",
             .help = "Weights of encoders, or folders with weights.safetensors in them; suite encoders",
             .default_text = "results/encoders"},
            &encoders);
    visitor({.name = "descriptor",
             .help = "Joined encoders (.safetensors) that propose priors; suite encoders",
             .default_text = "shipped, where there are any"},
            &descriptor);
    visitor({.name = "label-efficiency",
             .help = "Folder of refiners trained on few shapes, in folders named like 50-random and 50-rotation; suite "
                     "encoders",
             .default_text = "not measured"},
            &label_efficiency);
    visitor({.name = "covariates",
             .help = "Folder of `maquette train covariate-study`; suite encoders",
             .default_text = "not measured"},
            &covariates);
    visitor({.name = "capture-domain",
             .help = "Weights of `maquette train covariates`; suite encoders",
             .default_text = "shipped, where there are any"},
            &capture_domain);
    visitor({.name = "mask-weights",
             .help = "Network that finds objects, weights of `maquette train mask` or an .onnx file of your own; suite "
                     "photos",
             .default_text = "shipped, where there are any"},
            &mask_weights);
    visitor({.name = "backgrounds",
             .help = "Folders of photos to put objects before, which nothing was trained on; suite photos",
             .default_text = "those of the packages opencv-doc and python3-skimage"},
            &backgrounds);
    visitor({.name = "objects",
             .help = "Folder of photographs of objects with a transparent background, to put before them; suite photos",
             .default_text = "those shipped"},
            &objects);
    visitor({.name = "composites", .help = "Pictures of suite photos", .low = 1, .high = 100000}, &composites);
    visitor({.name = "json", .help = "Report to write (JSON)"}, &json);
    visitor({.name = "markdown", .help = "Report to write (Markdown); pictures go beside it"}, &markdown);
    visitor({.name = "keep",
             .help = "Keep the parts that the report at --json already holds and that are not measured now; suites "
                     "with --parts"},
            &keep);
    visitor({.name = "views",
             .help = "Query views of each shape; suite diffusion: 2 at the most, assets: 1",
             .low = 1,
             .high = 24},
            &settings.views);
    visitor({.name = "draws", .help = "Draws of the prior for each query", .low = 1, .high = 100}, &settings.draws);
    visitor(
        {.name = "shapes-per-category", .help = "Shapes of each category; 0: all, fewer for a quick look", .low = 0},
        &settings.shapes_per_category);
    visitor({.name = "seed", .help = "Seed of the draws and intervals", .low = 0}, &settings.seed);
    visit_threads(visitor, threads);
}

void CompareOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "prediction", .help = "Mesh to judge", .positional = true, .required = true}, &prediction);
    visitor({.name = "truth", .help = "Mesh to judge it by", .positional = true, .required = true}, &truth);
    visitor({.name = "no-normalise",
             .help = "Take both as they stand (object units: a longest side of about 1 around the origin)"},
            &no_normalise);
    visitor({.name = "align", .help = "Try the quarter turns about the up axis and take the best IoU"}, &align);
    visitor({.name = "samples", .help = "Points sampled on each surface", .low = 100, .high = 1e6}, &samples);
    visit_json(visitor, json);
}

void InfoOptions::visit(const OptionVisitor& visitor) {
    visit_json(visitor, json);
}

}  // namespace maquette::recon::cli
