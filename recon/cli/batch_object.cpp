#include "recon/cli/batch_object.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>
#include <vector>

#include "recon/cli/object_run.h"
#include "recon/cli/preview.h"
#include "render/error.h"
#include "render/image_operations.h"
#include "render/io/atomic_file.h"
#include "render/io/compact_glb.h"
#include "render/io/contact_sheet.h"
#include "render/io/image_io.h"
#include "render/mesh_decimation.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* report_name = "run.json";
constexpr const char* model_name = "gallery_model.glb";
constexpr const char* photo_name = "gallery_photo.jpg";
constexpr const char* picture_name = "gallery_picture.jpg";

render::Image photo_square(const std::string& photo, int side) {
    const render::Image image = render::read_image(photo);
    const int longest = std::max(image.width, image.height);
    const auto shrunk = [&](int length) {
        return std::max(1, static_cast<int>(std::lround(1.0 * length * side / longest)));
    };
    // Shrunk first: a photo may have a hundred million pixels.
    return render::composite_over(render::resize(image, shrunk(image.width), shrunk(image.height)), 255, 255, 255);
}

/// The photos of one object in about one square.
render::Image photos_together(const std::vector<std::string>& photos, int side) {
    if (photos.size() == 1) return photo_square(photos.front(), side);
    const int columns = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(photos.size()))));
    const int cell = std::max(side / columns, 8);
    std::vector<render::SheetCell> cells;
    cells.reserve(photos.size());
    for (const std::string& photo : photos) cells.push_back({photo_square(photo, cell), {}});
    return render::contact_sheet(cells, {.columns = columns, .cell_width = cell, .cell_height = cell});
}

std::string camera_text(const json& camera) {
    std::string text =
        fmt::format("azimuth {:.0f}\u00B0, elevation {:.0f}\u00B0, {}", camera.at("azimuth").get<double>(),
                    camera.at("elevation").get<double>(), camera.at("source").get<std::string>());
    if (camera.contains("confidence") && camera.at("source") == "estimated") {
        text += fmt::format(" ({:.0f} % sure)", 100 * camera.at("confidence").get<double>());
    }
    return text;
}

std::string cameras_text(const json& cameras) {
    std::string text;
    for (const json& camera : cameras) text += (text.empty() ? "" : "; ") + camera_text(camera);
    return text.empty() ? "not needed" : text;
}

bool is_file(const fs::path& file) {
    std::error_code error;
    return fs::is_regular_file(file, error);
}

}  // namespace

void check_batch_options(const ReconstructOptions& options) {
    if (!options.photos.empty()) {
        throw UsageError(fmt::format("{} is given beside --batch; put it into the folder, or leave --batch out",
                                     options.photos.front()));
    }
    if (!options.masks.empty() || !options.boxes.empty()) {
        throw UsageError("--mask and --box are for one object; with --batch give pictures with transparency");
    }
    if (!options.preview.empty() || !options.report.empty()) {
        throw UsageError("--preview and --report are for one object; with --batch each has its own in its folder");
    }
    if (options.output.has_parent_path() || options.output == model_name) {
        throw UsageError(
            fmt::format("--output {}: with --batch it names the mesh in every object's folder, so give a "
                        "plain name such as out.glb, other than {}; --out is the folder for all",
                        options.output.string(), model_name));
    }
}

BatchObject::BatchObject(const BatchSettings& settings, const BatchItem& item)
    : settings_(&settings),
      name_(item.name),
      folder_(settings.results / "items" / item.name),
      options_(settings.options) {
    options_.photos = item.photos;
    const auto prior = settings.priors.find(item.name);
    options_.prior = prior == settings.priors.end() ? std::vector<std::string>{} : prior->second;
    if (!item.cameras.empty()) options_.cameras = item.cameras.string();
    options_.output = folder_ / options_.output;
    options_.report = folder_ / report_name;
}

json BatchObject::expected() {
    json facts = settings_->fingerprints.of(options_);
    const std::string digest = render::sha256_of(facts.dump(-1, ' ', false, json::error_handler_t::replace));
    return {{"object", name_}, {"fingerprint", digest}, {"depends_on", std::move(facts)}};
}

bool BatchObject::is_done() {
    const json wanted = expected();
    if (!is_file(options_.report)) return false;
    json report = json::parse(render::read_file(options_.report), nullptr, false);
    if (!report.is_object() || !report.contains("batch") || !report.contains("outputs")) return false;
    if (report["batch"].value("fingerprint", "") != wanted["fingerprint"]) return false;
    std::vector<fs::path> files = {options_.output, folder_ / model_name, folder_ / photo_name, folder_ / picture_name,
                                   folder_ / fs::path(report["outputs"].value("preview", "")).filename()};
    for (const json& alternative : report.value("alternatives", json::array())) {
        files.push_back(folder_ / fs::path(alternative.value("mesh", "")).filename());
    }
    if (!std::all_of(files.begin(), files.end(), is_file)) return false;
    report_ = std::move(report);
    return true;
}

void BatchObject::write_gallery_files(const ReconstructOptions& options, const render::TriangleMesh& mesh) const {
    render::write_image(folder_ / photo_name,
                        photos_together(options.photos, gallery::gallery_photo_size(settings_->objects)));
    render::write_image(folder_ / picture_name, result_picture(mesh));
    const int triangles = gallery::gallery_triangles(settings_->objects);
    render::write_file_atomically(folder_ / model_name, render::compact_glb(render::decimated(mesh, triangles)));
}

void BatchObject::reconstruct(const std::stop_token& stop) {
    json facts = expected();
    // A result of other inputs is none from now on, whenever this ends.
    fs::remove(options_.report);
    ReconstructOptions options = options_;
    const std::vector<fs::path> outputs = resolve_outputs(options);
    json notes = json::array();
    const ObjectRunSettings settings{.label = settings_->progress_bars ? name_ : "",
                                     .note = [&](const std::string& note) { notes.push_back(note); }};
    StageTimer timer;
    const ObjectRun run =
        run_object(options, outputs, settings_->networks, settings_->known_priors, settings, timer, stop);
    if (run.interrupted()) {
        for (const fs::path& output : outputs) fs::remove(output);
        fs::remove(options.preview);
        throw Interrupted(fmt::format("interrupted in the middle of {}", name_));
    }
    write_gallery_files(options, run.runs.front().mesh);
    timer.end_stage("gallery");
    json report = report_of(run, settings_->networks, timer);
    report["batch"] = std::move(facts);
    report["notes"] = std::move(notes);
    const std::string text = report.dump(2, ' ', false, json::error_handler_t::replace);
    render::write_file_atomically(options.report, text + "\n");
    report_ = std::move(report);
}

gallery::GalleryObject BatchObject::for_gallery() const {
    const json& prior = report_.at("prior");
    const json& agreement = prior.at("agreement");
    gallery::GalleryObject object{.name = name_,
                                  .prior = prior.at("exemplars").empty() ? "none" : prior.at("name").get<std::string>(),
                                  .agreement_is_low = prior.at("agreement_is_low").get<bool>(),
                                  .camera = cameras_text(report_.at("cameras")),
                                  .seconds = report_.at("timings").at("total_wall").get<double>(),
                                  .triangles = report_.at("figures").at("triangles").get<std::size_t>(),
                                  .notes = report_.at("notes").get<std::vector<std::string>>(),
                                  .photo = folder_ / photo_name,
                                  .model = folder_ / model_name,
                                  .result = fs::path("items") / name_ / options_.output.filename()};
    if (!agreement.is_null()) object.agreement = agreement.get<double>();
    return object;
}

fs::path BatchObject::picture() const {
    return folder_ / picture_name;
}

}  // namespace maquette::recon::cli
