#include "recon/cli/command_options.h"
#include "recon/cli/option_groups.h"

namespace maquette::recon::cli {

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

}  // namespace maquette::recon::cli
