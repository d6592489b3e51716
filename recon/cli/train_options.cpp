#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"

namespace maquette::recon::cli {

void TrainWallaceOptions::visit(const OptionVisitor& visitor) {
    visit_trainer(visitor, training);
    visitor({.name = "refine-iterations",
             .help = "Steps on each batch, the prediction fed back as the prior",
             .low = 1,
             .high = 8},
            &training.refine_iterations);
    visitor({.name = "mirror", .help = "Mirror pictures together with shapes"}, &training.mirror);
    visitor({.name = "zero-prior-fraction", .help = "Share of samples trained without a prior", .low = 0, .high = 1},
            &training.zero_prior_fraction);
    visitor({.name = "max-shots", .help = "Priors are means of 1 to this many shapes", .low = 1, .high = 100},
            &training.max_shots);
}

void TrainRefinerOptions::visit(const OptionVisitor& visitor) {
    visit_trainer(visitor, training);
    LiftedBatchSettings& samples = training.samples;
    visitor({.name = "several-views-fraction",
             .help = "Share of batches whose objects are seen from several sides",
             .low = 0,
             .high = 1},
            &samples.several_views_fraction);
    visitor({.name = "max-views", .help = "Views of an object at the most", .low = 1, .high = 16}, &samples.max_views);
    visitor({.name = "max-shots", .help = "Priors are means of 1 to this many shapes", .low = 1, .high = 100},
            &samples.max_shots);
    visitor({.name = "zero-prior-fraction", .help = "Share of samples trained without a prior", .low = 0, .high = 1},
            &samples.zero_prior_fraction);
    visitor({.name = "wrong-prior-fraction",
             .help = "Share of samples trained with the prior of another category",
             .low = 0,
             .high = 1},
            &samples.wrong_prior_fraction);
    visitor({.name = "kin-prior-fraction",
             .help = "Share of samples whose prior is their own shape, stretched and warped",
             .low = 0,
             .high = 1},
            &samples.kin_prior_fraction);
    visitor({.name = "unnamed-kin-fraction", .help = "The same among shapes of no named category", .low = 0, .high = 1},
            &samples.unnamed_kin_fraction);
    visitor({.name = "smallest-scale",
             .help = "Axes of shapes are scaled by random factors from this to 1; 1: not at all",
             .low = 0.3,
             .high = 1},
            &samples.smallest_scale);
    visitor({.name = "camera-jitter", .help = "Typical random error of the cameras, degrees", .low = 0, .high = 45},
            &samples.camera_jitter);
    visitor({.name = "framed-jitter",
             .help = "The same of cameras that are framed by the prior, degrees",
             .low = 0,
             .high = 45},
            &samples.framed_jitter);
    visitor({.name = "framed-fraction",
             .help = "Share of views framed by the prior, as estimated cameras are",
             .low = 0,
             .high = 1},
            &samples.framed_fraction);
    visitor({.name = "degraded-fraction",
             .help = "Share of views with ragged masks, blur, noise, JPEG and other colours",
             .low = 0,
             .high = 1},
            &samples.degraded_fraction);
    visitor({.name = "mirror", .help = "Mirror pictures together with shapes"}, &samples.mirror);
    visitor({.name = "exemplars", .help = "Let the network ask the prior's shapes themselves beside their mean"},
            &samples.exemplars);
    visitor({.name = "second-step-fraction",
             .help = "Share of batches that train the second step, from the first one's result",
             .low = 0,
             .high = 1},
            &training.second_step_fraction);
    visitor({.name = "aimed-fraction",
             .help = "Share of batches whose cameras the network itself has corrected before",
             .low = 0,
             .high = 1},
            &training.aimed_fraction);
    visitor({.name = "only",
             .help = "What to learn: all, or one head on the rest as it is (see --start-from): aim corrects cameras, "
                     "detail is the implicit surface",
             .choices = {"all", "aim", "detail"}},
            &training.only);
    visitor({.name = "shapes",
             .help = "Training shapes of named categories to learn from, drawn by lot; 0: all shapes",
             .low = 0},
            &training.shapes);
    visitor({.name = "bfloat16", .help = "Convolutions in bfloat16, on CPUs that know it"}, &training.bfloat16);
}

void TrainCameraOptions::visit(const OptionVisitor& visitor) {
    visit_trainer(visitor, training);
    CameraBatchSettings& samples = training.samples;
    visitor({.name = "photos-a-prior", .help = "Photos of a batch that share a prior", .low = 1, .high = 4096},
            &samples.photos_a_prior);
    visitor({.name = "compared-a-prior",
             .help = "Photos a prior that are compared with hypotheses; all are matched",
             .low = 1,
             .high = 4096},
            &samples.compared_a_prior);
    visitor({.name = "hypotheses", .help = "Hypotheses compared with a photo", .low = 5, .high = 64},
            &samples.hypotheses);
    visitor({.name = "max-shots", .help = "Priors are means of 1 to this many shapes", .low = 1, .high = 100},
            &samples.max_shots);
    visitor({.name = "single-shot-fraction", .help = "Share of priors of one shape alone", .low = 0, .high = 1},
            &samples.single_shot_fraction);
    visitor({.name = "own-shape-fraction",
             .help = "Share of samples whose prior is the photo's own shape",
             .low = 0,
             .high = 1},
            &samples.own_shape_fraction);
    visitor({.name = "degraded-fraction",
             .help = "Share of views with ragged masks, blur, noise, JPEG and other colours",
             .low = 0,
             .high = 1},
            &samples.degraded_fraction);
    visitor({.name = "mirror", .help = "Mirror pictures together with shapes"}, &samples.mirror);
}

void TrainNovelViewOptions::visit(const OptionVisitor& visitor) {
    visit_trainer(visitor, training);
    NovelViewBatchSettings& samples = training.samples;
    visitor({.name = "width",
             .help = "Channels at the finest resolution, a multiple of 32: the size of the network",
             .low = 32,
             .high = 512},
            &training.width);
    visitor({.name = "patch",
             .help = "Pixels a side that are one place for the network, 2 or 4: coarser ones train several times as "
                     "fast",
             .low = 2,
             .high = 4},
            &training.patch);
    visitor({.name = "validation-pairs",
             .help = "Views generated at each validation; the figure is their mean",
             .low = 1,
             .high = 10000},
            &training.validation_pairs);
    visitor({.name = "geometry", .help = "Show the network a coarse version of the shape at the target pose"},
            &samples.geometry);
    visitor({.name = "photo-dropout", .help = "Share of samples trained without the photo", .low = 0, .high = 1},
            &samples.photo_dropout);
    visitor({.name = "geometry-dropout", .help = "Share of samples trained without geometry", .low = 0, .high = 1},
            &samples.geometry_dropout);
    visitor({.name = "max-shots",
             .help = "Coarse shapes lean towards the mean of 1 to this many others",
             .low = 1,
             .high = 100},
            &samples.max_shots);
    visitor({.name = "degraded-fraction",
             .help = "Share of photos with ragged masks, blur, noise, JPEG and other colours",
             .low = 0,
             .high = 1},
            &samples.degraded_fraction);
    visitor({.name = "mirror", .help = "Mirror pictures together with shapes"}, &samples.mirror);
}

void TrainMaskOptions::visit(const OptionVisitor& visitor) {
    visitor(
        {.name = "backgrounds",
         .help = "Folder of photos to put objects before, with all folders in it; a tenth is held out for validation",
         .default_text = "none"},
        &training.backgrounds);
    visitor({.name = "cutouts",
             .help = "Folder of photographs of objects with a transparent background, to put there besides renders; a "
                     "tenth is held out for validation",
             .default_text = "none"},
            &training.cutouts);
    visit_trainer(visitor, training);
    MaskBatchSettings& samples = training.samples;
    visitor(
        {.name = "image-size",
         .help = "Pixels a side of what is trained on, a multiple of 32; photos are looked at with 128, fewer train "
                 "faster to --start-from",
         .low = 32,
         .high = 256},
        &samples.image_size);
    visitor({.name = "cutout-fraction",
             .help = "Share of objects that are photographs, where --cutouts are given",
             .low = 0,
             .high = 1},
            &samples.cutout_fraction);
    visitor({.name = "box-fraction", .help = "Share of pictures with a box around their object", .low = 0, .high = 1},
            &samples.box_fraction);
    visitor(
        {.name = "others-fraction", .help = "Share of pictures with other objects behind theirs", .low = 0, .high = 1},
        &samples.others_fraction);
    visitor({.name = "patch-fraction",
             .help = "Share of pictures with pieces of other photos in their background",
             .low = 0,
             .high = 1},
            &samples.patch_fraction);
    visitor({.name = "texture-fraction", .help = "Share of objects with the texture of a photo", .low = 0, .high = 1},
            &samples.texture_fraction);
    visitor({.name = "border-fraction", .help = "Share of objects that the photo's border cuts", .low = 0, .high = 1},
            &samples.border_fraction);
    visitor({.name = "padded-fraction",
             .help = "Share of pictures that are not photo everywhere, as crops and letterboxes are not",
             .low = 0,
             .high = 1},
            &samples.padded_fraction);
    visitor({.name = "validation-pictures", .help = "Pictures of each validation", .low = 1, .high = 10000},
            &training.validation_pictures);
}

}  // namespace maquette::recon::cli
