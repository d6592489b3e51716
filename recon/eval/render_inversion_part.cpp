#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <array>
#include <limits>
#include <map>

#include "recon/diffusion/bound_novel_view.h"
#include "recon/diffusion/novel_view_pictures.h"
#include "recon/diffusion/picture_edit.h"
#include "recon/diffusion/picture_figures.h"
#include "recon/diffusion/shape_picture.h"
#include "recon/diffusion/time_grid.h"
#include "recon/eval/diffusion_parts.h"
#include "render/io/line_plot.h"

namespace maquette::recon {
namespace {

constexpr std::array<double, 5> strengths = {0.1, 0.2, 0.4, 0.6, 0.8};
constexpr int steps = 20;
constexpr std::size_t most_queries = 77;

/// Photo withheld, so that the noise found is what the geometry leaves open.
class GeometryAlone : public diffusion::Denoiser {
public:
    explicit GeometryAlone(const diffusion::ConditionalDenoiser& denoiser) : denoiser_(&denoiser) {}
    [[nodiscard]] diffusion::Parameterization parameterization() const override {
        return denoiser_->parameterization();
    }
    [[nodiscard]] torch::Tensor predict(const torch::Tensor& x, const diffusion::NoiseLevel& level) const override {
        return denoiser_->predict(x, level, {.photo = false, .geometry = true});
    }

private:
    const diffusion::ConditionalDenoiser* denoiser_;
};

struct Figures {
    std::vector<double> psnr;
    std::vector<double> mask_iou;
};

}  // namespace

ReportPart render_inversion_part(const DiffusionBench& bench) {
    ReportPart part{.title = "Inverted renders", .key = "render_inversion"};
    const at::NoGradGuard no_gradient;
    const auto& queries = bench.queries();
    const auto& weights = *bench.networks().novel_view;
    const std::vector<double> none(queries.size(), std::numeric_limits<double>::quiet_NaN());
    const auto grid = diffusion::time_grid(diffusion::NoiseSchedule::cosine(), {.steps = steps});
    std::map<std::string, std::map<double, Figures>> figures;
    const std::size_t stride = std::max<std::size_t>(1, queries.size() / most_queries);
    std::size_t asked = 0;
    for (std::size_t q = 0; q < queries.size(); q += stride) {
        bench.announce("inverted renders", static_cast<double>(q) / static_cast<double>(queries.size()));
        const auto& query = queries[q];
        if (query.targets.empty()) continue;
        ++asked;
        std::vector<CropCamera> cameras;
        std::vector<render::Camera> posed;
        std::vector<torch::Tensor> truths;
        for (const auto& target : query.targets) {
            cameras.push_back(crop_camera_of(*target.truth.camera));
            posed.push_back(camera_of(cameras.back(), bench.picture_size()));
            truths.push_back(diffusion::picture_tensor(target.truth, bench.picture_size()));
        }
        const auto truth = at::stack(truths);
        const auto mesh =
            diffusion::coloured_shape(query.coarse, bench.networks().refiner->threshold(), {&query.photo, 1});
        const auto renders = diffusion::pictures_of_shape(mesh, posed, bench.picture_size());
        const diffusion::BoundNovelView bound(weights, query.photo, &query.coarse, cameras);
        const GeometryAlone source(bound.denoiser());
        const diffusion::GuidedDenoiser target(bound.denoiser(), {});
        const auto put = [&](const std::string& name, double strength, const torch::Tensor& made) {
            auto& f = figures[name].try_emplace(strength, Figures{none, none}).first->second;
            f.psnr[q] = diffusion::mean_of(diffusion::psnr(made, truth));
            f.mask_iou[q] = diffusion::mean_of(diffusion::mask_overlap(made, truth));
        };
        put("the render as it is", 0, renders);
        for (const double strength : strengths) {
            const auto edited = [&](diffusion::SamplerKind kind) {
                return edit_pictures(source, target, renders, grid, {.sampler = {.kind = kind}, .strength = strength});
            };
            put("edict", strength, edited(diffusion::SamplerKind::edict));
            put("ddim inversion", strength, edited(diffusion::SamplerKind::ddim));
            put("sdedit", strength, noise_and_redraw(target, renders, grid, strength, bench.seed() + 100 * q));
        }
    }
    ReportTable table{"", {"method", "strength", "PSNR, dB", "mask IoU"}, {}};
    std::map<std::string, std::pair<double, double>> best;  ///< strength and PSNR
    std::vector<render::PlotSeries> curves;
    for (const auto& [name, rows] : figures) {
        render::PlotSeries curve{.name = name};
        for (const auto& [strength, f] : rows) {
            const Interval psnr = bootstrap(bench.by_shape(f.psnr));
            const Interval overlap = bootstrap(bench.by_shape(f.mask_iou));
            table.rows.push_back({name, fmt::format("{:g}", strength), interval_text(psnr, 2), interval_text(overlap)});
            part.figures[name][fmt::format("{:g}", strength)] = {{"psnr", interval_json(psnr)},
                                                                 {"mask_iou", interval_json(overlap)}};
            const auto known = best.find(name);
            if (known == best.end() || psnr.mean > known->second.second) best[name] = {strength, psnr.mean};
            curve.x.push_back(strength);
            curve.y.push_back(psnr.mean);
        }
        curves.push_back(std::move(curve));
    }
    ReportTable differences{"EDICT over, each at its best strength by PSNR", {"over", "PSNR, dB", "mask IoU"}, {}};
    if (best.contains("edict")) {
        const auto& edict = figures["edict"][best["edict"].first];
        for (const auto& [name, strength] : best) {
            if (name == "edict") continue;
            const auto& other = figures[name][strength.first];
            const Interval psnr = bootstrap_difference(bench.by_shape(edict.psnr), bench.by_shape(other.psnr));
            const Interval overlap =
                bootstrap_difference(bench.by_shape(edict.mask_iou), bench.by_shape(other.mask_iou));
            differences.rows.push_back({name, interval_text(psnr, 2, true), interval_text(overlap, 3, true)});
            part.figures["edict_over"][name] = {{"psnr", interval_json(psnr)}, {"mask_iou", interval_json(overlap)}};
        }
    }
    part.notes.push_back(
        fmt::format("{} photos, {} steps; the coarse shape in the photo's colours, rendered at the "
                    "target pose, is inverted with the photo withheld and drawn again with it",
                    asked, steps));
    part.tables.push_back(std::move(table));
    part.tables.push_back(std::move(differences));
    part.pictures.push_back(
        {"render_inversion", "PSNR by strength.",
         render::line_plot(curves,
                           {.title = "Redrawn renders against true views", .x = {"strength"}, .y = {"PSNR, dB"}})});
    return part;
}

}  // namespace maquette::recon
