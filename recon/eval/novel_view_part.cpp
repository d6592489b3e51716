#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/picture_figures.h"
#include "recon/diffusion/shape_picture.h"
#include "recon/diffusion/view_generation.h"
#include "recon/eval/diffusion_parts.h"
#include "render/io/contact_sheet.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

constexpr int all_angles = 0;
constexpr int shown_angle = 90;  ///< of the picture in the report
constexpr std::size_t shown_queries = 10;

const char* const ours = "ours";

std::vector<int> reported_angles() {
    std::vector<int> angles(view_angles.begin(), view_angles.end());
    angles.push_back(all_angles);
    return angles;
}

struct Figures {
    std::vector<double> psnr;
    std::vector<double> ssim;
    std::vector<double> mask_iou;
};

/// Pictures of one query's targets by method, in the order of the report's rows.
std::vector<std::pair<std::string, torch::Tensor>> pictures_of(const DiffusionBench& bench, const ViewQuery& query,
                                                               const std::vector<CropCamera>& cameras,
                                                               std::uint64_t seed) {
    const auto& networks = bench.networks();
    const int size = bench.picture_size();
    const auto n = static_cast<std::int64_t>(cameras.size());
    std::vector<std::pair<std::string, torch::Tensor>> pictures;
    pictures.emplace_back(
        "the photo, copied",
        diffusion::picture_tensor(query.photo, size).unsqueeze(0).expand({n, diffusion::picture_channels, size, size}));
    const float threshold = networks.refiner->threshold();
    const auto mesh = diffusion::coloured_shape(query.coarse, threshold, {&query.photo, 1});
    std::vector<render::Camera> posed;
    for (const auto& camera : cameras) posed.push_back(camera_of(camera, size));
    pictures.emplace_back("the coarse shape in the photo's colours", diffusion::pictures_of_shape(mesh, posed, size));
    diffusion::ViewGenerationOptions options;
    options.seed = seed;
    const auto made = [&](const diffusion::NovelViewWeights& weights, const render::VoxelGrid* coarse) {
        return generate_views(weights, query.photo, coarse, cameras, options);
    };
    if (networks.without_geometry) {
        pictures.emplace_back("trained without geometry", made(*networks.without_geometry, nullptr));
    }
    pictures.emplace_back("ours, geometry withheld", made(*networks.novel_view, nullptr));
    pictures.emplace_back(ours, made(*networks.novel_view, &query.coarse));
    return pictures;
}

void add_cells(std::vector<render::SheetCell>& cells, const ViewQuery& query, std::size_t target,
               const torch::Tensor& truth, const std::vector<std::pair<std::string, torch::Tensor>>& pictures) {
    const auto row = static_cast<std::int64_t>(target);
    cells.push_back({query.photo.rgb, "photo"});
    cells.push_back({diffusion::image_of(truth[row]), "true view"});
    for (const auto& [name, made] : pictures) {
        if (name != "the photo, copied") cells.push_back({diffusion::image_of(made[row]), name});
    }
}

}  // namespace

ReportPart novel_view_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Novel views", .key = "novel_view"};
    const at::NoGradGuard no_gradient;
    const auto& queries = bench.queries();
    const double none = std::numeric_limits<double>::quiet_NaN();
    std::vector<std::string> methods;
    std::map<std::string, std::map<int, Figures>> figures;
    std::vector<render::SheetCell> cells;
    std::set<int> shown_categories;
    int columns = 1;
    for (std::size_t q = 0; q < queries.size(); ++q) {
        bench.announce("novel views", static_cast<double>(q) / static_cast<double>(queries.size()));
        const auto& query = queries[q];
        if (query.targets.empty()) continue;
        std::vector<CropCamera> cameras;
        std::vector<torch::Tensor> truths;
        for (const auto& target : query.targets) {
            cameras.push_back(crop_camera_of(*target.truth.camera));
            truths.push_back(diffusion::picture_tensor(target.truth, bench.picture_size()));
        }
        const auto truth = at::stack(truths);
        const auto pictures = pictures_of(bench, query, cameras, bench.seed() + 100 * q);
        for (const auto& [name, made] : pictures) {
            if (figures[name].empty()) {
                methods.push_back(name);
                const std::vector<double> empty(queries.size(), none);
                for (const int angle : reported_angles()) figures[name][angle] = {empty, empty, empty};
            }
            const auto psnr = diffusion::psnr(made, truth);
            const auto ssim = diffusion::structural_similarity(made, truth);
            const auto overlap = diffusion::mask_overlap(made, truth);
            auto& all = figures[name][all_angles];
            all.psnr[q] = diffusion::mean_of(psnr);
            all.ssim[q] = diffusion::mean_of(ssim);
            all.mask_iou[q] = diffusion::mean_of(overlap);
            for (std::size_t t = 0; t < cameras.size(); ++t) {
                auto& at_angle = figures[name][query.targets[t].angle];
                at_angle.psnr[q] = psnr[t];
                at_angle.ssim[q] = ssim[t];
                at_angle.mask_iou[q] = overlap[t];
            }
        }
        const auto ninety = std::find_if(query.targets.begin(), query.targets.end(),
                                         [](const ViewTarget& target) { return target.angle == shown_angle; });
        if (ninety == query.targets.end() || cells.size() >= shown_queries * static_cast<std::size_t>(columns))
            continue;
        // One of each category, then whatever comes.
        if (!shown_categories.insert(query.category).second && shown_categories.size() < bench.categories().size())
            continue;
        columns = static_cast<int>(pictures.size()) + 1;
        add_cells(cells, query, static_cast<std::size_t>(ninety - query.targets.begin()), truth, pictures);
    }

    ReportTable table{"", {"picture", "angle", "PSNR, dB", "SSIM", "mask IoU"}, {}};
    std::vector<render::PlotSeries> curves;
    for (const auto& name : methods) {
        render::PlotSeries curve{.name = name};
        for (const int angle : reported_angles()) {
            const auto& f = figures[name][angle];
            const auto scores = bench.by_shape(f.psnr);
            if (scores.empty()) continue;
            const Interval psnr = bootstrap(scores);
            const Interval ssim = bootstrap(bench.by_shape(f.ssim));
            const Interval overlap = bootstrap(bench.by_shape(f.mask_iou));
            const std::string label = angle == all_angles ? "all" : std::to_string(angle);
            table.rows.push_back({name, label, interval_text(psnr, 2), interval_text(ssim), interval_text(overlap)});
            part.figures[name][label] = {
                {"psnr", interval_json(psnr)}, {"ssim", interval_json(ssim)}, {"mask_iou", interval_json(overlap)}};
            if (angle == all_angles) continue;
            curve.x.push_back(angle);
            curve.y.push_back(psnr.mean);
            curve.low.push_back(psnr.low);
            curve.high.push_back(psnr.high);
        }
        curves.push_back(std::move(curve));
    }
    ReportTable differences{"Ours over, all angles", {"over", "PSNR, dB", "SSIM", "mask IoU"}, {}};
    for (const auto& name : methods) {
        if (name == ours) continue;
        const auto difference = [&](auto member) {
            return bootstrap_difference(bench.by_shape(figures[ours][all_angles].*member),
                                        bench.by_shape(figures[name][all_angles].*member));
        };
        const Interval psnr = difference(&Figures::psnr);
        const Interval ssim = difference(&Figures::ssim);
        const Interval overlap = difference(&Figures::mask_iou);
        differences.rows.push_back(
            {name, interval_text(psnr, 2, true), interval_text(ssim, 3, true), interval_text(overlap, 3, true)});
        part.figures["ours_over"][name] = {
            {"psnr", interval_json(psnr)}, {"ssim", interval_json(ssim)}, {"mask_iou", interval_json(overlap)}};
    }
    part.notes.push_back(
        fmt::format("{} photos of test shapes with their true cameras; at each angle of azimuth the view "
                    "that comes nearest, at most {} degrees off; elevations as they come",
                    queries.size(), view_angle_slack));
    part.tables.push_back(std::move(table));
    part.tables.push_back(std::move(differences));
    part.pictures.push_back({"novel_view_psnr", "PSNR by angle; bars: 95 % of bootstrap resamples of shapes.",
                             render::line_plot(curves, {.title = "Generated views against true ones",
                                                        .x = {"degrees from the photo"},
                                                        .y = {"PSNR, dB"}})});
    if (!cells.empty()) {
        part.pictures.push_back(
            {"novel_views", fmt::format("Views {} degrees from the photo.", shown_angle),
             render::contact_sheet(cells, {.columns = columns, .cell_width = 128, .cell_height = 128})});
    }
    return part;
}

}  // namespace maquette::recon
