#include "recon/cli/asset_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "priors/prior_library.h"
#include "recon/cli/asset_figures.h"
#include "recon/cli/exported_mesh.h"
#include "recon/cli/field_surface.h"
#include "recon/cli/foreign_mesh.h"
#include "recon/cli/object_run.h"
#include "recon/data/shape_dataset.h"
#include "recon/eval/metrics.h"
#include "recon/eval/prior_sampler.h"
#include "recon/eval/suite_parts.h"
#include "recon/refine/crop_camera.h"
#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/io/temporary_folder.h"
#include "render/mesh_topology.h"
#include "render/self_intersections.h"
#include "render/voxelize.h"

namespace maquette::recon::cli {
namespace {

constexpr float covered = 0.99F;
constexpr float same_surface = 0.05F;  // object units between neighbouring pixels
constexpr int compared_cells = 64;
constexpr int unseen_views = 4;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// How like the object a mesh is.
struct Likeness {
    double overlap = unknown;         ///< IoU with the true shape, compared_cells a side
    double outline = unknown;         ///< IoU with the photo's mask, from where the photo is believed to be taken
    double unseen_outline = unknown;  ///< the same with the true shape's in views that the photo does not show
};

struct Figures {
    int category = 0;
    double same_look = unknown;   ///< dB, theirs against ours
    double photo_look = unknown;  ///< dB, theirs against the photo
    double variation = unknown;   ///< degrees
    double true_variation = unknown;
    Likeness mesh;
    Likeness refined;  ///< what it is without complete_outlines
    double seconds = 0;
    bool solid = false;  ///< the stl is closed and manifold
    int crossing = 0;    ///< triangles of the stl that cut through others
};

render::Image with_mask(const DatasetView& view) {
    render::Image image(view.rgb.width, view.rgb.height, 4);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int c = 0; c < 3; ++c) image.at(x, y, c) = view.rgb.at(x, y, c);
            image.at(x, y, 3) = view.mask.at(x, y);
        }
    }
    return image;
}

/// The object as it is.
struct Truth {
    render::VoxelGrid occupancy;
    std::vector<DatasetView> unseen;
};

Truth truth_of(const ShapeDataset& dataset, int shape, int view) {
    Truth truth{dataset.occupancy(shape, compared_cells), {}};
    const int count = dataset.shapes()[static_cast<std::size_t>(shape)].view_count;
    for (int i = 1; i <= unseen_views; ++i) {
        truth.unseen.push_back(dataset.view(shape, (view + i * count / (unseen_views + 1)) % count));
    }
    return truth;
}

/// Files and networks that all objects share.
class Workshop {
public:
    explicit Workshop(const AssetSuiteOptions& options)
        : base_(base_options(options)),
          networks_(base_),
          known_(priors::PriorLibrary(folder_.path(), folder_.path())) {}

    [[nodiscard]] const LoadedNetworks& networks() const { return networks_; }

    Figures figures_of(const DatasetView& view, const Truth& truth, const priors::CategoryPrior& prior,
                       const std::stop_token& stop) {
        ReconstructOptions options = base_;
        const auto photo = folder_.path() / "photo.png";
        render::write_image(photo, with_mask(view));
        options.photos = {photo.string()};
        options.prior = {known_.library().save(prior).string()};
        options.output = folder_.path() / "object.glb";
        StageTimer timer;
        const auto outputs = resolve_outputs(options);
        const ObjectRun run =
            run_object(options, outputs, networks_, known_, {.note = [](const std::string&) {}}, timer, stop);
        Figures figures;
        figures.seconds = timer.total();
        const Reconstruction& result = run.runs.front();
        compare_looks(result, options.output, figures);
        check_stl(options, result, figures);
        measure_surface(view, result, figures);
        figures.mesh = likeness(result.mesh, result, truth);
        figures.refined = likeness(surface_of_field(result.field, run.threshold, options.resolution), result, truth);
        return figures;
    }

private:
    static ReconstructOptions base_options(const AssetSuiteOptions& options) {
        ReconstructOptions base;
        base.threads = options.threads;
        return base;
    }

    static Likeness likeness(const render::TriangleMesh& mesh, const Reconstruction& result, const Truth& truth) {
        Likeness likeness;
        likeness.overlap = iou(render::voxelize(mesh, compared_cells), truth.occupancy, 0.5F);
        const render::Renderer renderer(mesh);
        if (!result.cameras.empty()) {
            const auto camera = camera_of(result.cameras.front().camera, view_size);
            likeness.outline = mask_iou(renderer.render(camera, {}).mask, result.views.front().mask);
        }
        double sum = 0;
        for (const auto& view : truth.unseen) {
            render::FloatImage mask(view.mask.width, view.mask.height, 1);
            std::transform(view.mask.pixels.begin(), view.mask.pixels.end(), mask.pixels.begin(),
                           [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
            sum += mask_iou(renderer.render(view.camera, {}).mask, mask);
        }
        likeness.unseen_outline = sum / static_cast<double>(truth.unseen.size());
        return likeness;
    }

    static void compare_looks(const Reconstruction& result, const std::filesystem::path& file, Figures& figures) {
        const render::TriangleMesh theirs = read_by_assimp(file);
        const render::TriangleMesh& ours = result.textured ? *result.textured : result.mesh;
        if (theirs.empty() || result.cameras.empty()) return;
        const auto camera = camera_of(result.cameras.front().camera, view_size);
        const auto seen_by_them = unlit_picture(theirs, camera);
        const auto seen_by_us = unlit_picture(ours, camera);
        const View& photo = result.views.front();
        figures.same_look =
            picture_psnr(seen_by_them.rgb, seen_by_us.rgb, [](int, int) { return true; }).value_or(unknown);
        figures.photo_look = picture_psnr(seen_by_them.rgb, photo.rgb, [&](int x, int y) {
                                 return photo.mask.at(x, y) > covered && seen_by_them.mask.at(x, y) > covered;
                             }).value_or(unknown);
    }

    void check_stl(ReconstructOptions options, const Reconstruction& result, Figures& figures) const {
        options.output = folder_.path() / "object.stl";
        render::write_mesh(options.output, exported_mesh(options, result.mesh));
        const render::TriangleMesh read = render::welded(read_by_assimp(options.output), 0);
        figures.solid = !read.empty() && render::topology_of(read).closed();
        figures.crossing = render::count_self_intersecting_triangles(read);
    }

    /// From where the photo was taken, at the truth's own frame and camera: both are drawn alike.
    static void measure_surface(const DatasetView& view, const Reconstruction& result, Figures& figures) {
        const auto drawn = render::Renderer(result.mesh).render(view.camera, {});
        figures.variation = normal_variation(drawn.normal, drawn.depth, same_surface).value_or(unknown);
        figures.true_variation = normal_variation(view.normal, view.depth, same_surface).value_or(unknown);
    }

    render::TemporaryFolder folder_;
    ReconstructOptions base_;
    LoadedNetworks networks_;
    KnownPriors known_;
};

struct Sums {
    std::vector<ShapeScore> scores;
    double least = std::numeric_limits<double>::infinity();
    std::size_t passed = 0;
    void add(int category, double value, double target) {
        if (std::isnan(value)) return;
        scores.push_back({category, value});
        least = std::min(least, value);
        passed += value >= target ? 1 : 0;
    }
};

void add_looks(const std::vector<Figures>& all, ReportPart& part) {
    constexpr double own_target = 28;
    constexpr double photo_target = 22;
    ReportTable table{"Looks, seen from the photo's camera", {"compared", "PSNR, dB", "lowest", "at the target"}, {}};
    const auto row = [&](const std::string& name, const std::string& key, double target, auto member) {
        Sums sums;
        for (const auto& figures : all) sums.add(figures.category, figures.*member, target);
        if (sums.scores.empty()) return;
        const Interval mean = bootstrap(sums.scores);
        table.rows.push_back({name, interval_text(mean, 1), fmt::format("{:.1f}", sums.least),
                              fmt::format("{} of {} at {:g} or more", sums.passed, all.size(), target)});
        part.figures[key] = interval_json(mean);
        part.figures[key]["lowest"] = sums.least;
        part.figures[key]["share_at_target"] = static_cast<double>(sums.passed) / static_cast<double>(all.size());
        part.headlines[key] = mean.mean;
    };
    row("the glb by another reader, our own mesh", "glb_psnr", own_target, &Figures::same_look);
    row("the glb by another reader, the photo, inside both masks", "photo_psnr", photo_target, &Figures::photo_look);
    part.tables.push_back(std::move(table));
}

void add_solids(const std::vector<Figures>& all, ReportPart& part) {
    const auto count = [&](const auto& test) { return std::count_if(all.begin(), all.end(), test); };
    const auto closed = count([](const Figures& figures) { return figures.solid; });
    const auto uncrossed = count([](const Figures& figures) { return figures.crossing == 0; });
    part.tables.push_back({"Solids, the stl by another reader",
                           {"property", "files"},
                           {{"closed and manifold", fmt::format("{} of {}", closed, all.size())},
                            {"no triangle cuts through another", fmt::format("{} of {}", uncrossed, all.size())}}});
    const auto share = [&](auto number) { return static_cast<double>(number) / static_cast<double>(all.size()); };
    part.headlines["stl_closed_share"] = share(closed);
    part.headlines["stl_uncrossed_share"] = share(uncrossed);
}

void add_likeness(const std::vector<Figures>& all, ReportPart& part) {
    struct Row {
        const char* name;
        const char* key;
        double Likeness::*figure;
    };
    const std::array<Row, 3> rows = {
        {{"IoU with the true shape, 64 cells a side", "mesh_iou", &Likeness::overlap},
         {"outline in the photo's view, IoU", "outline_iou", &Likeness::outline},
         {"outline in four other views, IoU", "unseen_outline_iou", &Likeness::unseen_outline}}};
    static_assert(compared_cells == 64 && unseen_views == 4);
    ReportTable table{
        "Meshes with and without what --outline complete adds", {"figure", "complete", "refined", "difference"}, {}};
    for (const Row& row : rows) {
        std::vector<ShapeScore> complete;
        std::vector<ShapeScore> refined;
        for (const auto& figures : all) {
            if (std::isnan(figures.mesh.*row.figure)) continue;
            complete.push_back({figures.category, figures.mesh.*row.figure});
            refined.push_back({figures.category, figures.refined.*row.figure});
        }
        if (complete.empty()) continue;
        const Interval gain = bootstrap_difference(complete, refined);
        table.rows.push_back({row.name, interval_text(bootstrap(complete)), interval_text(bootstrap(refined)),
                              interval_text(gain, 3, true)});
        part.figures[row.key] = interval_json(bootstrap(complete));
        part.figures[fmt::format("{}_gain_of_completion", row.key)] = interval_json(gain);
    }
    part.tables.push_back(std::move(table));
}

void add_surfaces(const std::vector<Figures>& all, ReportPart& part) {
    std::vector<ShapeScore> ours;
    std::vector<ShapeScore> truth;
    double seconds = 0;
    for (const auto& figures : all) {
        seconds += figures.seconds / static_cast<double>(all.size());
        if (std::isnan(figures.variation) || std::isnan(figures.true_variation)) continue;
        ours.push_back({figures.category, figures.variation});
        truth.push_back({figures.category, figures.true_variation});
    }
    if (ours.empty()) return;
    part.tables.push_back({"Surfaces",
                           {"surface", "angle between neighbouring normals, median, degrees"},
                           {{"reconstructed", interval_text(bootstrap(ours), 2)},
                            {"true", interval_text(bootstrap(truth), 2)},
                            {"difference", interval_text(bootstrap_difference(ours, truth), 2, true)}}});
    part.figures["normal_variation"] = interval_json(bootstrap(ours));
    part.figures["true_normal_variation"] = interval_json(bootstrap(truth));
    part.headlines["normal_variation_excess"] = bootstrap_difference(ours, truth).mean;
    part.notes.push_back(fmt::format("{:.1f} s an object, files included", seconds));
}

}  // namespace

PartReport run_asset_suite(const AssetSuiteOptions& options,
                           const std::function<void(const std::string&, double)>& progress,
                           const std::stop_token& stop) {
    check_measured_split(options.split);
    const ShapeDataset dataset(options.dataset);
    const auto members =
        shapes_of(dataset, options.split == "novel" ? priors::Split::novel : priors::Split::validation);
    std::map<std::string, std::vector<int>> by_category;
    for (const int shape : members) {
        auto& shapes = by_category[dataset.shapes()[static_cast<std::size_t>(shape)].category];
        const bool full =
            options.shapes_per_category > 0 && shapes.size() >= static_cast<std::size_t>(options.shapes_per_category);
        if (!full) shapes.push_back(shape);
    }
    if (by_category.empty()) {
        throw InputError("the dataset holds no shapes of this split; build it from the whole catalogue");
    }
    const PriorSampler sampler(dataset, members);
    std::mt19937_64 random(options.seed);
    Workshop workshop(options);
    std::vector<Figures> all;
    std::size_t total = 0;
    for (const auto& [name, shapes] : by_category) total += shapes.size() * static_cast<std::size_t>(options.views);
    int category = 0;
    for (const auto& [name, shapes] : by_category) {
        for (const int shape : shapes) {
            const int views = dataset.shapes()[static_cast<std::size_t>(shape)].view_count;
            for (int i = 0; i < options.views; ++i) {
                if (stop.stop_requested()) throw Interrupted("evaluation interrupted; nothing was written");
                if (progress) progress(name, static_cast<double>(all.size()) / static_cast<double>(total));
                const int view = static_cast<int>(uniform_below(random, static_cast<std::uint64_t>(views)));
                auto prior = sampler.prior(sampler.draw(name, shape, 1, random));
                prior.name = "prior";
                all.push_back(
                    workshop.figures_of(dataset.view(shape, view), truth_of(dataset, shape, view), prior, stop));
                all.back().category = category;
            }
        }
        ++category;
    }
    PartReport report{.suite = "assets", .data_digest = dataset.digest()};
    add_weights_digest(report, workshop.networks().refiner_weights());
    add_weights_digest(report, workshop.networks().camera_weights());
    report.choices = {
        fmt::format("{} pictures of {} categories of split {}, seed {}, through the whole of `reconstruct` with its "
                    "defaults: camera estimated, 1-shot prior, {} cells, texture of {}",
                    all.size(), by_category.size(), options.split, options.seed, ReconstructOptions().resolution,
                    ReconstructOptions().texture),
        "figures are means over categories of category means; intervals are 95 % bootstrap over shapes"};
    ReportPart part{.title = "Exported files", .key = "files"};
    add_looks(all, part);
    add_solids(all, part);
    add_surfaces(all, part);
    add_likeness(all, part);
    report.parts.push_back(std::move(part));
    return report;
}

}  // namespace maquette::recon::cli
