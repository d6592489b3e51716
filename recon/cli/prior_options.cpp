#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"

namespace maquette::recon::cli {

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

}  // namespace maquette::recon::cli
