#include "recon/cli/command_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "recon/cli/shipped_weights.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/pretext_names.h"
#include "recon/eval/diffusion_suite.h"
#include "recon/eval/encoder_suite.h"
#include "recon/eval/photo_suite.h"

namespace maquette::recon::cli {
namespace {

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

}  // namespace

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

void RefinementOptions::visit_refinement(const OptionVisitor& visitor) {
    visitor({.name = "iterations",
             .help = "Refinement steps; 0: what did best on validation, every photo at least once",
             .low = 0,
             .high = 100,
             .default_text = "as validated"},
            &iterations);
    visitor({.name = "tolerance",
             .help = "Stop refining after a step that changes the occupancies by less than this on average; 0: take "
                     "every step",
             .low = 0,
             .high = 1},
            &tolerance);
    visitor({.name = "threshold",
             .help = "Occupancy from which space counts as solid",
             .low = 0.01,
             .high = 0.99,
             .default_text = "the network's"},
            &threshold);
    visitor(
        {.name = "silhouette-steps",
         .help = "Test-time refinement: steps that fit the result to the photos' outlines; 0: none; -1: 30 where all "
                 "cameras are given, none where one is estimated",
         .low = -1,
         .high = 1000},
        &silhouette_steps);
    visitor({.name = "trust-prior",
             .help = "full: the prior counts whatever the photos show; auto: less where photos and prior do not agree "
                     "(flagship)",
             .choices = {"auto", "full"}},
            &trust_prior);
    visitor({.name = "outline",
             .help = "complete: what the photos' outlines show and the shape lacks, such as legs and handles, is added "
                     "to the mesh, and what sticks out of them goes; refined: the mesh is what the network made",
             .choices = {"complete", "refined"}},
            &outline);
}

void GeneratedViewOptions::visit_generated_views(const OptionVisitor& visitor) {
    visitor(
        {.name = "views-from-diffusion",
         .help = "Views that the photos lack, generated from the first photo and the result so far, with which it is "
                 "refined again; 0: none",
         .low = 0,
         .high = 16},
        &views_from_diffusion);
    visitor(
        {.name = "diffusion-weight", .help = "How much a generated view counts beside a photo", .low = 0.01, .high = 1},
        &diffusion_weight);
    visitor({.name = "diffusion-steps", .help = "Steps of the sampler", .low = 1, .high = 1000}, &diffusion_steps);
    visitor({.name = "diffusion-seed", .help = "Seed of the generated views", .low = 0}, &diffusion_seed);
    visitor({.name = "diffusion-weights",
             .help = "Weights file (.safetensors) of the diffusion network",
             .default_text = "shipped"},
            &diffusion_weights);
    visitor(
        {.name = "diffusion-preferences",
         .help = "Differences (.safetensors, of `maquette train dpo`) that tune these weights by preferences, or none",
         .default_text = "shipped, with shipped weights"},
        &diffusion_preferences);
}

void ReconstructOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "photo",
             .help = "Pictures of ONE object (png, jpg, webp), each another view of it; best on a transparent or plain "
                     "background",
             .positional = true,
             .default_text = "the demo picture"},
            &photos);
    visitor({.name = "prior",
             .help = "Shape to start from: a name of `maquette prior list`, a mesh file, a prior file, or 'none'; "
                     "NAME:WEIGHT and repeat the option to blend",
             .default_text = "closest by pixels"},
            &prior);
    visitor(
        {.name = "prior-alternatives",
         .help = "Other priors to try on the same photos in the same run, separated by commas; each as one --prior, "
                 "each with a mesh of its own (OUTPUT_NAME)"},
        &prior_alternatives);
    visitor(
        {.name = "batch",
         .help = "Folder of pictures, each of another object (a sub-folder: several pictures of one), to reconstruct "
                 "in one go; what was done before is kept. Its priors.json, where there is one, names priors by "
                 "object",
         .default_text = "one object"},
        &batch);
    visitor({.name = "out",
             .help = "Folder for the results of --batch: a gallery (index.html), contact sheet, and a folder an object",
             .default_text = "BATCH_results"},
            &out);
    visitor({.name = "cameras",
             .help = "Cameras of the photos, where they are known: cameras.json (see the README), a COLMAP text model "
                     "(folder with cameras.txt and images.txt), or a transforms.json of Blender, instant-ngp or "
                     "nerfstudio",
             .default_text = "estimated"},
            &cameras);
    visitor({.name = "mask",
             .help = "Picture of the photo's size that says where the object is: white on black, or its alpha; for "
                     "several photos one each, - for none",
             .default_text = "alpha, or found"},
            &masks);
    visitor({.name = "box",
             .help = "X,Y,WIDTH,HEIGHT in pixels around the object, all of it inside; for several photos one each, - "
                     "for none",
             .default_text = "the most central thing that stands out"},
            &boxes);
    visit_matting(visitor, matting);
    visitor({.name = "model",
             .help = "Refinement network: flagship, or wallace2019, the published one, which takes no cameras",
             .choices = {flagship_model, wallace_model}},
            &model);
    visitor({.name = "weights", .help = "Weights file (.safetensors)", .default_text = "shipped"}, &weights);
    visitor({.name = "camera-weights",
             .help = "Weights file (.safetensors) of the camera estimator",
             .default_text = "shipped"},
            &camera_weights);
    visit_refinement(visitor);
    visitor({.name = "resolution",
             .help = "Grid of the surface extraction, cells a side; lower it to save memory",
             .low = 32,
             .high = 256},
            &resolution);
    visit_generated_views(visitor);
    visitor({.name = "diffusion-rounds",
             .help = "How often views are generated anew from the result before",
             .low = 1,
             .high = 10},
            &diffusion_rounds);
    visit_drawing(visitor, "diffusion-", diffusion_from_render, diffusion_optimise);
    visitor(
        {.name = "colours",
         .help = "photo: colour the mesh by the photos, what none shows like its mirror image or what is next to it; "
                 "prior: by the mesh file that is the prior",
         .choices = {"photo", "prior", "none"}},
        &colours);
    visitor({.name = "texture",
             .help = "Side of the texture in glb and obj, texels, from the photos as sharp as they are; 0: a colour a "
                     "vertex, as ply has it",
             .low = 0,
             .high = 4096},
            &texture);
    visitor({.name = "triangles",
             .help = "Triangles at the most, fewer by edge collapses that keep the shape; 0: as many as come",
             .low = 0,
             .high = 5e6},
            &triangles);
    visitor({.name = "size-cm",
             .help = "Longest side of the real object in centimetres: the mesh is written in metres (glb, obj, ply) or "
                     "millimetres (stl); 0: as it is in the cube it was made in, whose side is 1",
             .low = 0,
             .high = 1e6},
            &size_cm);
    visitor({.name = "up",
             .help = "Axis that points up in the file; z: for CAD and 3D printing. glb is always y, as glTF says",
             .choices = {"y", "z"}},
            &up);
    visitor(
        {.name = "closed",
         .help = "Write the mesh only if it is watertight and manifold, which the report says of every mesh; auto: for "
                 "stl",
         .choices = {"auto", "on", "off"}},
        &closed);
    visitor({.name = "output",
             .help = "Mesh to write: glb, obj, ply, stl, or binvox by extension; with --batch its name in every "
                     "object's folder",
             .short_name = 'o'},
            &output);
    visitor({.name = "preview",
             .help = "Picture to write: photo, prior and result from four sides",
             .default_text = "OUTPUT_preview.png"},
            &preview);
    visitor({.name = "report", .help = "Run report to write (JSON)", .default_text = "OUTPUT.json"}, &report);
    visitor({.name = "device",
             .help = "Where our own kernels run; auto: on a GPU where there is one. The networks run on the CPU",
             .choices = {"auto", "cpu", "cuda"}},
            &device);
    visit_threads(visitor, threads);
}

void NovelViewOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "photo",
             .help = "Picture of the object on a transparent or plain background",
             .positional = true,
             .required = true},
            &photo);
    visitor({.name = "azimuth",
             .help = "Where to look from, degrees; 0: the front, positive towards the object's +X",
             .low = -360,
             .high = 360},
            &azimuth);
    visitor({.name = "elevation", .help = "Where to look from, degrees above the horizon", .low = -89, .high = 89},
            &elevation);
    visitor({.name = "output", .help = "Picture to write (png, webp)", .short_name = 'o'}, &output);
    visitor({.name = "prior",
             .help = "Shape that the coarse reconstruction starts from, as in reconstruct",
             .default_text = "closest by pixels"},
            &prior);
    visitor({.name = "cameras", .help = "Camera of the photo (JSON): see the README", .default_text = "estimated"},
            &cameras);
    visit_matting(visitor, matting);
    visitor({.name = "geometry", .help = "Show the network the coarse reconstruction at the target pose"}, &geometry);
    visitor(
        {.name = "sampler", .help = "How the view is drawn", .choices = {"ddim", "ddpm", "edict", "bdia", "o-belm"}},
        &sampler);
    visitor({.name = "steps", .help = "Denoising steps; 0: 5, with --checkpoint 20", .low = 0, .high = 1000}, &steps);
    visitor({.name = "photo-guidance",
             .help = "How strongly the photo counts; 1: as trained, above: exaggerated, twice the time",
             .low = 0,
             .high = 20,
             .default_text = "1, with --checkpoint 3"},
            &photo_guidance);
    visitor({.name = "geometry-guidance",
             .help = "How strongly the coarse reconstruction counts; 1: as trained",
             .low = 0,
             .high = 20},
            &geometry_guidance);
    visitor({.name = "seed", .help = "Seed of the noise: another view that is as likely", .low = 0}, &seed);
    visit_drawing(visitor, "", from_render, optimise);
    visitor({.name = "report", .help = "Run report to write (JSON)", .default_text = "none"}, &report);
    visitor({.name = "weights", .help = "Weights file (.safetensors)", .default_text = "shipped"}, &weights);
    visitor(
        {.name = "checkpoint",
         .help = "Folder of a Zero-1-to-3 checkpoint in diffusers' layout (.safetensors), which is used in place of "
                 "our own network: it needs the photo alone; azimuth and elevation are then relative to the photo, "
                 "unless --cameras says where it was taken from",
         .default_text = "none"},
        &checkpoint);
    visitor(
        {.name = "preferences",
         .help = "Differences (.safetensors, of `maquette train dpo`) that tune these weights by preferences, or none",
         .default_text = "shipped, with shipped weights"},
        &preferences);
    visitor({.name = "refiner-weights", .help = "Weights file of the refiner", .default_text = "shipped"},
            &refiner_weights);
    visitor({.name = "camera-weights", .help = "Weights file of the camera estimator", .default_text = "shipped"},
            &camera_weights);
    visit_threads(visitor, threads);
}

void PriorListOptions::visit(const OptionVisitor& visitor) {
    visit_json(visitor, json);
}

void PriorBuildOptions::visit(const OptionVisitor& visitor) {
    visitor(
        {.name = "name", .help = "Name of the prior: letters, digits, - and _", .positional = true, .required = true},
        &name);
    visitor({.name = "mesh",
             .help = "Example shapes (obj, glb, ply, stl, off and others)",
             .positional = true,
             .required = true},
            &meshes);
    visitor(
        {.name = "up", .help = "Axis of the files that points up: x, y, z, -x, -y or -z", .default_text = "guessed"},
        &up);
    visitor({.name = "front",
             .help = "Axis of the files that points out of the front: x, y, z, -x, -y or -z",
             .default_text = "guessed"},
            &front);
    visitor({.name = "creator", .help = "Who made the shapes, kept in the prior"}, &creator);
    visitor({.name = "licence", .help = "Licence of the shapes, kept in the prior"}, &licence);
    visitor({.name = "picture", .help = "Picture to write, for checking the axes", .default_text = "beside the prior"},
            &picture);
}

void PriorShowOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "prior",
             .help = "Name, mesh file or prior file; NAME:WEIGHT several times for a blend",
             .positional = true,
             .required = true},
            &prior);
    visitor({.name = "output", .help = "Picture to write", .short_name = 'o', .default_text = "NAME.png"}, &output);
}

void PriorBlendOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "part",
             .help = "PRIOR:WEIGHT, e.g. chair:0.7 sofa:0.3; weights are made to sum to 1",
             .positional = true,
             .required = true},
            &parts);
    visitor({.name = "name", .help = "Save the blend under this name", .default_text = "the parts' names joined"},
            &name);
    visitor({.name = "picture", .help = "Picture to write", .default_text = "beside the prior"}, &picture);
}

void PriorRankOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "photo", .help = "Picture of the object", .positional = true, .required = true}, &photo);
    visit_matting(visitor, matting);
    visitor({.name = "count", .help = "Priors to print", .low = 1, .high = 1000}, &count);
    visitor({.name = "by",
             .help = "encoders: what trained encoders make of the photo; pixels: outlines and greys; auto: encoders "
                     "where there are any",
             .choices = {"auto", "encoders", "pixels"}},
            &by);
    visitor({.name = "encoders",
             .help = "Joined encoders (.safetensors, of `maquette train ensemble`)",
             .default_text = "shipped"},
            &encoders);
    visit_json(visitor, json);
}

void DataFetchOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "packages", .help = "Folder to download and unpack into"}, &packages);
    visitor({.name = "all", .help = "Also the aircraft and cars of the cross suite (620 MB more)"}, &all);
}

void DataBuildOptions::visit(const OptionVisitor& visitor) {
    visit_packages(visitor, packages);
    visitor({.name = "output", .help = "Shape file to write or to continue", .short_name = 'o'}, &output);
    visitor({.name = "views", .help = "Views rendered of each shape", .low = 1, .high = 256}, &views);
    visitor({.name = "image-size", .help = "Side of the views, pixels", .low = 32, .high = 512}, &image_size);
    visitor({.name = "seed", .help = "Seed of poses and lights", .low = 0}, &seed);
    visitor({.name = "all", .help = "Also the aircraft and cars of the cross suite"}, &all);
    visit_threads(visitor, threads);
}

void DataInfoOptions::visit(const OptionVisitor& visitor) {
    visit_dataset(visitor, dataset);
    visit_json(visitor, json);
}

void DataSheetOptions::visit(const OptionVisitor& visitor) {
    visitor({.name = "category", .help = "Category to show", .positional = true, .required = true}, &category);
    visit_dataset(visitor, dataset);
    visitor({.name = "output", .help = "Picture to write", .short_name = 'o'}, &output);
    visitor({.name = "views", .help = "Views of each shape", .low = 1, .high = 24}, &views);
    visitor({.name = "shapes", .help = "Shapes at the most", .low = 1, .high = 200}, &shapes);
}

void DataAttributionOptions::visit(const OptionVisitor& visitor) {
    visit_packages(visitor, packages);
    visitor({.name = "output", .help = "Markdown file to write", .short_name = 'o'}, &output);
}

void DataPriorsOptions::visit(const OptionVisitor& visitor) {
    visit_packages(visitor, packages);
    visitor({.name = "output", .help = "Folder for the priors and their ATTRIBUTION.md", .short_name = 'o'}, &output);
    visitor({.name = "exemplars", .help = "Exemplars of each category", .low = 1, .high = 64}, &exemplars);
}

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
    visit_trainer(visitor, training);
    MaskBatchSettings& samples = training.samples;
    visitor(
        {.name = "image-size",
         .help = "Pixels a side of what is trained on, a multiple of 32; photos are looked at with 128, fewer train "
                 "faster to --start-from",
         .low = 32,
         .high = 256},
        &samples.image_size);
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
    visitor({.name = "split",
             .help = "Shapes of suites diffusion and photos; validation: what choices are made on",
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
