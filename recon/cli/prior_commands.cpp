#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "priors/default_locations.h"
#include "priors/prior_builder.h"
#include "priors/prior_picture.h"
#include "recon/cli/commands.h"
#include "recon/cli/output_files.h"
#include "recon/cli/photo.h"
#include "recon/cli/prior_ranking.h"
#include "recon/refine/refinement_network.h"
#include "render/error.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

std::optional<priors::Axis> axis(const std::string& text, const std::string& option) {
    return text.empty() ? std::nullopt : std::optional(priors::axis_from_string(text, option));
}

/// Saves the prior in the user's library and its picture beside it. Returns the picture's path.
std::filesystem::path save_with_picture(const priors::CategoryPrior& prior, const std::filesystem::path& picture) {
    if (!picture.empty()) {
        check_writable(picture);
    }
    const std::filesystem::path saved = priors::default_prior_library().save(prior);
    std::filesystem::path shown = picture.empty() ? beside(saved, ".png") : picture;
    render::write_image(shown, priors::prior_picture(prior));
    fmt::print("saved prior {}: {} exemplar{}, {}\n", prior.name, prior.exemplars.size(),
               prior.exemplars.size() == 1 ? "" : "s", saved.string());
    return shown;
}

}  // namespace

int run_prior_list(const PriorListOptions& options) {
    const priors::PriorLibrary library = priors::default_prior_library();
    json listed = json::array();
    for (const priors::PriorLibrary::Entry& entry : library.list()) {
        const priors::CategoryPrior prior = library.load(entry.name);
        if (options.json) {
            listed.push_back({{"name", entry.name},
                              {"exemplars", prior.exemplars.size()},
                              {"shipped", entry.shipped},
                              {"path", entry.path.string()}});
        } else {
            fmt::print("{:<24} {:>3} exemplar{} {}\n", entry.name, prior.exemplars.size(),
                       prior.exemplars.size() == 1 ? " " : "s", entry.shipped ? "" : " (yours)");
        }
    }
    if (options.json) {
        fmt::print("{}\n", listed.dump(2));
    } else if (library.list().empty()) {
        fmt::print("no priors yet; make one with `maquette prior build NAME MESH`\n");
    }
    return exit_done;
}

int run_prior_build(const PriorBuildOptions& options) {
    const priors::BuildOptions build{.up = axis(options.up, "--up"),
                                     .front = axis(options.front, "--front"),
                                     .creator = options.creator,
                                     .licence = options.licence};
    const std::vector<std::filesystem::path> files(options.meshes.begin(), options.meshes.end());
    const priors::BuiltPrior built = priors::build_prior(options.name, files, build);
    const std::filesystem::path picture = save_with_picture(built.prior, options.picture);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const priors::AxisGuess& guess = built.axes[i];
        fmt::print("  {}: up {}, front {} ({}{})\n", files[i].string(), priors::to_string(guess.axes.up),
                   priors::to_string(guess.axes.front), guess.reason,
                   guess.confidence < 1 ? fmt::format(", {:.0f} % sure", 100 * guess.confidence) : "");
    }
    fmt::print(
        "look at {}: the first picture of each row must show the front, upright; if not, build again with "
        "--up and --front\n",
        picture.string());
    return exit_done;
}

int run_prior_show(const PriorShowOptions& options) {
    const priors::CategoryPrior prior = priors::default_prior_library().resolve(options.prior);
    const std::filesystem::path output =
        options.output.empty() ? std::filesystem::path(prior.name + ".png") : options.output;
    check_extension(output, {".png", ".jpg", ".jpeg", ".webp"});
    check_writable(output);
    render::write_image(output, priors::prior_picture(prior, {.cell_size = 200, .title = {}}));
    fmt::print("{}: {} exemplars\n", prior.name, prior.exemplars.size());
    for (std::size_t i = 0; i < prior.exemplars.size(); ++i) {
        const priors::Provenance& origin = prior.exemplars[i].provenance;
        fmt::print("  {:>5.1f} %  {}{}{}{}\n", 100 * prior.weights[i], origin.name,
                   origin.creator.empty() ? "" : ", by " + origin.creator,
                   origin.source.empty() ? "" : ", " + origin.source,
                   origin.licence.empty() ? "" : ", " + origin.licence);
    }
    fmt::print("{}\n", output.string());
    return exit_done;
}

int run_prior_blend(const PriorBlendOptions& options) {
    priors::CategoryPrior prior = priors::default_prior_library().resolve(options.parts);
    if (options.name.empty()) {
        std::vector<std::string> names;
        for (const std::string& part : options.parts) {
            names.push_back(std::filesystem::path(part.substr(0, part.rfind(':'))).stem().string());
        }
        prior.name = fmt::format("{}", fmt::join(names, "-"));
    } else {
        prior.name = options.name;
    }
    fmt::print("{}\n", save_with_picture(prior, options.picture).string());
    return exit_done;
}

int run_prior_rank(const PriorRankOptions& options) {
    const View photo = read_view(options.photo, {}, options.matting);
    configure_compute(0);
    const PriorRanker ranker(priors::default_prior_library(), ranking_method_from_string(options.by), options.encoders);
    const auto start = std::chrono::steady_clock::now();
    std::vector<RankedPrior> ranking = ranker.rank(photo);
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
    ranking.resize(std::min<std::size_t>(ranking.size(), static_cast<std::size_t>(options.count)));
    json listed = json::array();
    for (const RankedPrior& prior : ranking) {
        if (options.json) {
            listed.push_back({{"name", prior.name},
                              {"distance", prior.distance},
                              {"azimuth", prior.azimuth},
                              {"exemplar", prior.exemplar},
                              {"by", ranker.method()}});
        } else {
            fmt::print("{:<24} distance {:.3f}, seen from azimuth {:.0f}{}\n", prior.name, prior.distance,
                       prior.azimuth, prior.exemplar.empty() ? "" : ", like " + prior.exemplar);
        }
    }
    if (options.json) {
        fmt::print("{}\n", listed.dump(2));
    } else {
        fmt::print(stderr, "by {}, {:.0f} ms\n", ranker.method(), spent.count());
    }
    return exit_done;
}

}  // namespace maquette::recon::cli
