#include "viewer/studio/result_views.h"

#include <fmt/format.h>

#include <random>
#include <utility>
#include <vector>

#include "priors/default_locations.h"
#include "recon/cli/shipped_weights.h"
#include "render/error.h"
#include "viewer/studio/studio.h"

namespace maquette::viewer {
namespace {

std::string difference(const ViewBasis& basis, const Studio& studio) {
    if (basis.inputs != studio.inputs().photos) return "the photos changed";
    if (basis.prior != studio.prior()) return "the prior changed";
    if (basis.weights != diffusion_weights_of(studio.options()) ||
        basis.preferences != diffusion_preferences_of(studio.options())) {
        return "the diffusion network changed";
    }
    const auto& tracks = studio.report().tracks;
    if (tracks.empty()) return "the result is gone";
    // What came of them is no change of what they were drawn from.
    if (tracks.back()->generated) return {};
    const auto& now = tracks.back()->entries.back().snapshot;
    const bool same = basis.shape == now || basis.shape->occupancy.values == now->occupancy.values;
    return same ? "" : "the result changed";
}

}  // namespace

std::filesystem::path diffusion_weights_of(const ViewOptions& options) {
    return options.diffusion_weights.empty()
               ? priors::assets_folder() / "weights" / (std::string(recon::cli::novel_view_model) + ".safetensors")
               : options.diffusion_weights;
}

std::filesystem::path diffusion_preferences_of(const ViewOptions& options) {
    return recon::cli::resolve_preferences(options.diffusion_preferences, options.diffusion_weights);
}

std::string why_no_diffusion(const ViewOptions& options) {
    try {
        const auto path =
            recon::cli::resolve_weights(options.diffusion_weights, recon::cli::novel_view_model, "--diffusion-weights");
        return std::filesystem::exists(path) ? "" : fmt::format("{}: there is no such weights file", path.string());
    } catch (const InputError& error) {
        return error.what();
    }
}

std::string why_no_views(const Studio& studio) {
    const recon::SessionReport& report = studio.report();
    if (std::string missing = why_no_diffusion(studio.options()); !missing.empty()) return missing;
    if (!report.architecture.empty() && !report.needs_cameras) {
        return fmt::format("{} takes no cameras, so that generated views have no place; choose the network {}",
                           report.architecture, recon::cli::flagship_model);
    }
    if (report.state == recon::SessionState::running || !report.activity.empty()) {
        return "views are generated from a result; wait for the run, or pause it";
    }
    if (report.tracks.empty() || report.iteration == 0) {
        return "views are generated from the photos and a result; run first";
    }
    const auto& photos = report.tracks.back()->views;
    if (!photos || photos->empty() || !photos->front().camera) {
        return "the camera of the first photo is not known; take a step, or align it";
    }
    if (studio.options().views_from_diffusion == 0) return "no view is asked for; raise their number";
    return {};
}

std::string why_stale(const Studio& studio) {
    if (studio.generated().views().empty()) return {};
    const auto& basis = studio.generated().basis();
    return basis ? difference(*basis, studio) : "they are of an earlier result";
}

std::shared_ptr<const ViewBasis> basis_from(const Studio& studio, const recon::Track& track) {
    if (!track.views || track.views->empty() || !track.views->front().camera) return nullptr;
    return std::make_shared<const ViewBasis>(ViewBasis{.inputs = studio.inputs().photos,
                                                       .prior = track.prior,
                                                       .shape = track.entries.back().snapshot,
                                                       .photos = track.views,
                                                       .weights = diffusion_weights_of(studio.options()),
                                                       .preferences = diffusion_preferences_of(studio.options()),
                                                       .threshold = studio.threshold()});
}

bool uses_views(const recon::SessionReport& report) {
    return !report.tracks.empty() && report.tracks.back()->generated != nullptr;
}

void generate_views(Studio& studio, std::optional<std::uint64_t> seed) {
    if (const std::string why = why_no_views(studio); !why.empty()) {
        studio.fail(why);
        return;
    }
    GeneratedViews& views = studio.generated();
    const auto basis = basis_from(studio, *studio.report().tracks.back());
    const bool again = views.basis() && views.basis()->shape == basis->shape && why_stale(studio).empty();
    const std::uint64_t usual = again ? views.unused_seed() : studio.options().diffusion_seed;
    studio.view_rating().end();
    views.generate(basis, studio.options(), seed.value_or(usual));
}

void regenerate_view(Studio& studio, int id, std::optional<std::uint64_t> seed) {
    std::string why = why_no_diffusion(studio.options());
    if (why.empty()) why = why_stale(studio);
    if (why.empty()) {
        studio.generated().regenerate(id, studio.options().diffusion_steps, seed);
    } else {
        studio.fail(fmt::format("the view cannot be generated anew: {}", why));
    }
}

void rate_view(Studio& studio, int id) {
    std::string why = why_no_diffusion(studio.options());
    if (why.empty()) why = why_stale(studio);
    if (why.empty()) {
        studio.view_rating().begin(id, studio.ratings_file(), std::random_device{}());
    } else {
        studio.fail(fmt::format("the view cannot be rated: {}", why));
    }
}

void use_views(Studio& studio) {
    if (const std::string why = why_stale(studio); !why.empty()) {
        studio.fail(fmt::format("the generated views cannot be used: {}; generate them anew", why));
        return;
    }
    std::vector<recon::View> used;
    int number = 0;
    for (const GeneratedView& view : studio.generated().views()) {
        ++number;
        if (!view.on) continue;
        used.push_back(*view.drawn.view);
        used.back().name = fmt::format("generated view {}", number);
        used.back().weight = static_cast<float>(studio.options().diffusion_weight);
    }
    if (used.empty() && !uses_views(studio.report())) {
        studio.fail("no generated view is there, or on; generate some, or switch one on");
        return;
    }
    studio.view_rating().end();
    studio.run_with_views(std::move(used));
}

void drop_stale_views(Studio& studio) {
    GeneratedViews& views = studio.generated();
    const auto drawing = views.drawing_all();
    const std::string why = drawing ? difference(*drawing, studio) : why_stale(studio);
    if (!why.empty() && !views.idle()) {
        if (drawing) studio.say(fmt::format("Generating views was stopped: {}", why));
        views.cancel();
    }
    if (!drawing && !why.empty()) studio.view_rating().end();
}

}  // namespace maquette::viewer
