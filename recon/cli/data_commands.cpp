#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "priors/attribution.h"
#include "priors/default_locations.h"
#include "priors/prior_library.h"
#include "recon/cli/commands.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/progress_bar.h"
#include "recon/data/shape_dataset.h"
#include "render/error.h"
#include "render/io/contact_sheet.h"
#include "render/io/image_io.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;
using SplitCounts = std::map<std::string, std::map<std::string, int>>;

constexpr int sheet_cell = 128;

std::filesystem::path shape_table() {
    return priors::assets_folder() / "shapes.csv";
}

void print_counts(const SplitCounts& counts) {
    for (const auto& [split, categories] : counts) {
        int total = 0;
        for (const auto& [category, count] : categories) {
            total += count;
        }
        fmt::print("{}: {} shapes in {} categories\n", split, total, categories.size());
        for (const auto& [category, count] : categories) {
            fmt::print("  {:<24} {:>4}\n", category, count);
        }
    }
}

}  // namespace

int run_data_fetch(const DataFetchOptions& options) {
    priors::fetch_shape_packages(options.packages, options.all);
    fmt::print("shapes are in {}; next: `maquette data build`\n", options.packages.string());
    return exit_done;
}

int run_data_build(const DataBuildOptions& options) {
    check_writable(options.output);
    render::set_thread_count(options.threads);
    const priors::ShapeCatalogue catalogue(shape_table(), options.packages);
    const InterruptGuard interrupt;
    {
        ProgressBar bar("data build");
        build_dataset(
            catalogue, options.output,
            {.views = options.views,
             .image_size = options.image_size,
             .seed = options.seed,
             .with_optional = options.all},
            [&bar](const BuildProgress& progress) {
                bar.update(progress.total > 0 ? static_cast<double>(progress.done) / progress.total : 1,
                           fmt::format("{} of {}, {}", progress.done, progress.total, progress.current),
                           progress.seconds_left);
            },
            interrupt.token());
    }
    if (interrupt.requested()) {
        throw Interrupted(fmt::format("interrupted; {} keeps the shapes done so far, the same command continues",
                                      options.output.string()));
    }
    fmt::print("{}: {} shapes, {} MB\n", options.output.string(), ShapeDataset(options.output).shapes().size(),
               std::filesystem::file_size(options.output) >> 20U);
    return exit_done;
}

int run_data_info(const DataInfoOptions& options) {
    const ShapeDataset dataset(options.dataset);
    SplitCounts counts;
    int views = 0;
    int icons = 0;
    for (const DatasetShape& shape : dataset.shapes()) {
        ++counts[priors::to_string(shape.split)][shape.category];
        views += shape.view_count;
        icons += shape.has_icon ? 1 : 0;
    }
    if (options.json) {
        fmt::print("{}\n", json{{"path", options.dataset.string()},
                                {"digest", dataset.digest()},
                                {"shapes", dataset.shapes().size()},
                                {"views", views},
                                {"icons", icons},
                                {"splits", counts}}
                               .dump(2));
        return exit_done;
    }
    print_counts(counts);
    fmt::print("{} shapes, {} views, {} catalogue pictures, {} MB\ndigest {}\n", dataset.shapes().size(), views, icons,
               std::filesystem::file_size(options.dataset) >> 20U, dataset.digest());
    return exit_done;
}

int run_data_sheet(const DataSheetOptions& options) {
    check_extension(options.output, {".png", ".jpg", ".jpeg", ".webp"});
    check_writable(options.output);
    const ShapeDataset dataset(options.dataset);
    std::vector<render::SheetCell> cells;
    std::set<std::string> categories;
    int shown = 0;
    for (std::size_t i = 0; i < dataset.shapes().size(); ++i) {
        const DatasetShape& shape = dataset.shapes()[i];
        categories.insert(shape.category);
        if (shape.category != options.category || shown == options.shapes) {
            continue;
        }
        ++shown;
        for (int view = 0; view < options.views; ++view) {
            const bool there = view < shape.view_count;
            cells.push_back({there ? dataset.view_colour(static_cast<int>(i), view).rgb : render::Image{},
                             view == 0 ? shape.name : priors::to_string(shape.split)});
        }
    }
    if (cells.empty()) {
        const std::string nearest = priors::nearest_name(options.category, {categories.begin(), categories.end()});
        throw InputError(
            fmt::format("no shape of category '{}' in {}{}", options.category, options.dataset.string(),
                        nearest.empty() ? "; see `maquette data info`" : fmt::format("; did you mean '{}'?", nearest)));
    }
    const int shapes_a_row = std::max(1, 12 / options.views);
    render::write_image(options.output, render::contact_sheet(cells, {.columns = shapes_a_row * options.views,
                                                                      .cell_width = sheet_cell,
                                                                      .cell_height = sheet_cell,
                                                                      .title = options.category}));
    fmt::print("{}\n", options.output.string());
    return exit_done;
}

int run_data_attribution(const DataAttributionOptions& options) {
    check_writable(options.output);
    const priors::ShapeCatalogue catalogue(shape_table(), options.packages);
    std::vector<priors::Provenance> shapes;
    for (const priors::CatalogueEntry& entry : catalogue.entries()) {
        if (entry.split != priors::Split::excluded) {
            shapes.push_back(priors::provenance_of(entry));
        }
    }
    priors::write_attribution(options.output, shapes);
    fmt::print("{}: {} shapes\n", options.output.string(), shapes.size());
    return exit_done;
}

}  // namespace maquette::recon::cli
