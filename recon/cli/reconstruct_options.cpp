#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"
#include "recon/cli/shipped_weights.h"

namespace maquette::recon::cli {

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
    visit_prior(visitor, prior);
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
             .default_text = "the one that looks closest"},
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

}  // namespace maquette::recon::cli
