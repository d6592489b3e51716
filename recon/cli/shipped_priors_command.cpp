#include <fmt/format.h>

#include <map>
#include <set>

#include "priors/attribution.h"
#include "priors/category_prior.h"
#include "priors/default_locations.h"
#include "priors/shape_catalogue.h"
#include "recon/cli/commands.h"
#include "recon/cli/progress_bar.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

using Entries = std::vector<const priors::CatalogueEntry*>;

bool may_be_shipped(const std::string& licence) {
    return licence.starts_with("CC0") || licence.starts_with("CC-BY-3.0") || licence.starts_with("CC-BY-4.0");
}

/// Categories with held-out shapes (base) and novel ones. Base exemplars are training shapes alone.
std::map<std::string, Entries> shapes_by_category(const priors::ShapeCatalogue& catalogue) {
    std::set<std::string> evaluated;
    for (const auto& entry : catalogue.entries()) {
        if (entry.split == priors::Split::held_out || entry.split == priors::Split::novel) {
            evaluated.insert(entry.category);
        }
    }
    std::map<std::string, Entries> shapes;
    std::set<int> clusters;
    for (const auto& entry : catalogue.entries()) {
        const bool usable = entry.split == priors::Split::train || entry.split == priors::Split::novel;
        if (!usable || !evaluated.contains(entry.category) || !may_be_shipped(entry.licence)) {
            continue;
        }
        if (entry.duplicate_cluster < 0 || clusters.insert(entry.duplicate_cluster).second) {
            shapes[entry.category].push_back(&entry);
        }
    }
    return shapes;
}

Entries evenly_spread(const Entries& entries, int count) {
    const auto wanted = std::min(entries.size(), static_cast<std::size_t>(count));
    Entries chosen;
    chosen.reserve(wanted);
    for (std::size_t i = 0; i < wanted; ++i) {
        chosen.push_back(entries[i * entries.size() / wanted]);
    }
    return chosen;
}

}  // namespace

int run_data_priors(const DataPriorsOptions& options) {
    const priors::ShapeCatalogue catalogue(priors::assets_folder() / "shapes.csv", options.packages);
    const auto shapes = shapes_by_category(catalogue);
    std::vector<priors::Provenance> sources;
    ProgressBar bar("data priors");
    std::size_t done = 0;
    for (const auto& [category, entries] : shapes) {
        bar.update(static_cast<double>(done++) / static_cast<double>(shapes.size()), category, 0);
        const Entries chosen = evenly_spread(entries, options.exemplars);
        std::vector<priors::Exemplar> exemplars(chosen.size());
        render::parallel_for(chosen.size(), 1, [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                exemplars[i] =
                    priors::make_exemplar(catalogue.load_mesh(*chosen[i]), priors::provenance_of(*chosen[i]));
            }
        });
        for (const auto& exemplar : exemplars) {
            sources.push_back(exemplar.provenance);
        }
        priors::save_prior(options.output / (category + ".safetensors"),
                           priors::make_prior(category, std::move(exemplars)));
    }
    priors::write_attribution(options.output / "ATTRIBUTION.md", sources);
    fmt::print("{} priors with {} exemplars in {}\n", shapes.size(), sources.size(), options.output.string());
    return exit_done;
}

}  // namespace maquette::recon::cli
