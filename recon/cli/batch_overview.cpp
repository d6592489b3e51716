#include "recon/cli/batch_overview.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <span>

#include "priors/default_locations.h"
#include "recon/cli/build_facts.h"
#include "recon/cli/preset.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/contact_sheet.h"
#include "render/io/image_io.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t objects_a_sheet = 100;
constexpr int cell = 200;  // pixels

std::string result_caption(const gallery::GalleryObject& object) {
    return object.agreement ? fmt::format("{}, agrees {:.2f}", object.prior, *object.agreement) : object.prior;
}

render::Image sheet_of(std::span<const BatchPicture> done, const std::string& title) {
    std::vector<render::SheetCell> cells;
    for (const BatchPicture& object : done) {
        cells.push_back({render::read_image(object.shown.photo), object.shown.name});
        cells.push_back({render::read_image(object.picture), result_caption(object.shown)});
    }
    // Pairs are twice as wide as high.
    const int pairs = std::max(1, static_cast<int>(std::ceil(std::sqrt(static_cast<double>(done.size()) / 2))));
    return render::contact_sheet(cells,
                                 {.columns = 2 * pairs, .cell_width = cell, .cell_height = cell, .title = title});
}

void write_sheets(const BatchOverview& overview, const fs::path& results) {
    const std::span<const BatchPicture> all = overview.done;
    for (std::size_t first = 0, number = 1; first < all.size(); first += objects_a_sheet, ++number) {
        const auto some = all.subspan(first, std::min(objects_a_sheet, all.size() - first));
        const std::string name = number == 1 ? "contact_sheet.png" : fmt::format("contact_sheet_{}.png", number);
        render::write_image(results / name, sheet_of(some, overview.title));
    }
}

std::string summary_of(const BatchOverview& overview) {
    std::string text =
        fmt::format("{} of {} object{}", overview.done.size(), overview.objects, overview.objects == 1 ? "" : "s");
    if (!overview.failures.empty()) text += fmt::format(", {} failed", overview.failures.size());
    if (overview.interrupted) text += ", interrupted";
    return text;
}

void write_page(const BatchOverview& overview, const fs::path& results, const fs::path& shell) {
    gallery::Gallery page{.title = overview.title, .summary = summary_of(overview), .failures = overview.failures};
    for (const BatchPicture& object : overview.done) page.objects.push_back(object.shown);
    gallery::write_gallery(results / "index.html", shell, page);
}

json facts_of(const BatchOverview& overview, const ReconstructOptions& given) {
    json objects = json::array();
    for (const BatchPicture& object : overview.done) {
        objects.push_back({{"name", object.shown.name}, {"mesh", object.shown.result.generic_string()}});
    }
    json failures = json::array();
    for (const auto& failure : overview.failures) {
        failures.push_back({{"name", failure.name}, {"message", failure.message}});
    }
    ReconstructOptions options = given;
    return {{"command", "reconstruct --batch"},
            {"options", options_as_json([&](const OptionVisitor& visitor) { options.visit(visitor); })},
            {"versions", build_versions()},
            {"objects", overview.objects},
            {"kept", overview.kept},
            {"done", objects},
            {"failed", failures},
            {"interrupted", overview.interrupted}};
}

}  // namespace

fs::path gallery_shell() {
    fs::path shell = priors::assets_folder() / "gallery" / "page.html";
    if (!fs::is_regular_file(shell)) {
        throw InputError(
            fmt::format("{} is missing, of which galleries are made; take it from where the other assets "
                        "are from",
                        shell.string()));
    }
    return shell;
}

void write_overview(const BatchOverview& overview, const fs::path& results, const fs::path& shell,
                    const ReconstructOptions& options) {
    write_sheets(overview, results);
    write_page(overview, results, shell);
    const std::string text = facts_of(overview, options).dump(2, ' ', false, json::error_handler_t::replace);
    render::write_file_atomically(results / "batch.json", text + "\n");
}

}  // namespace maquette::recon::cli
