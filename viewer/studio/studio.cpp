#include "viewer/studio/studio.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "priors/default_locations.h"
#include "recon/cli/capture_warnings.h"
#include "recon/cli/photo.h"
#include "recon/cli/prior_ranking.h"
#include "recon/cli/shipped_weights.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/shipped_engine.h"
#include "recon/refine/stretched_framing.h"
#include "render/error.h"
#include "render/io/binvox.h"
#include "render/io/mesh_io.h"
#include "render/io/safetensors.h"
#include "viewer/studio/rating_log.h"
#include "viewer/studio/result_views.h"

namespace maquette::viewer {
namespace {

recon::SessionEngine engine_of(const ViewOptions& options) {
    const std::filesystem::path camera_weights =
        options.camera_weights.empty()
            ? priors::assets_folder() / "weights" / (std::string(recon::cli::camera_model) + ".safetensors")
            : options.camera_weights;
    return recon::engine_from_weights(recon::cli::resolve_weights(options.weights, options.model), camera_weights);
}

recon::RunSettings run_settings(const ViewOptions& options) {
    return {.iterations = options.iterations,
            .tolerance = options.tolerance,
            .trust_prior = options.trust_prior == "full",
            .silhouette_steps = options.silhouette_steps};
}

std::string lower_extension(const std::filesystem::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return extension;
}

bool newly_doubted(const recon::SessionReport& before, const recon::SessionReport& now) {
    if (now.tracks.empty() || !now.tracks.back()->doubted) return false;
    return before.tracks.empty() || before.tracks.back()->id != now.tracks.back()->id || !before.tracks.back()->doubted;
}

bool is_photo(const std::filesystem::path& path) {
    const std::string extension = lower_extension(path);
    for (const char* known : {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"}) {
        if (extension == known) return true;
    }
    return false;
}

}  // namespace

Studio::Studio(const ViewOptions& options, recon::SessionEngine engine, const std::function<void()>& notify)
    : options_(options),
      shelf_(priors::default_prior_library()),
      report_(std::make_shared<recon::SessionReport>()),
      generated_(notify, [this](const std::string& message) { fail(message); }),
      shapes_(notify),
      masks_(notify, [this](const std::string& message) { fail(message); }),
      session_(engine.load ? std::move(engine) : engine_of(options),
               {.run = run_settings(options), .history_bytes = static_cast<std::size_t>(options.history) << 20U},
               notify),
      pictures_(notify, [this](const std::string& message) { fail(message); }),
      tasks_(notify, [this](const std::string& message) { fail(message); }) {
    if (!options.cameras.empty()) {
        given_cameras_ = recon::cli::read_camera_file(options.cameras, options.photos);
    }
    // A script says itself which prior to take.
    prior_wanted_ = options.prior.empty() && options.script.empty();
    std::vector<PriorPart> parts;
    for (const std::string& argument : options.prior) parts.push_back(parsed_prior(argument));
    if (!parts.empty()) set_prior(std::move(parts));
    const auto is_session = [](const std::string& path) { return std::filesystem::is_directory(path); };
    std::vector<std::string> photos;
    for (const std::string& path : options.photos) {
        is_session(path) ? open_session(path) : photos.push_back(path);
    }
    add_photos(photos);
    set_truth(options.truth);
    shelf_.refresh(pictures_);
}

bool Studio::poll() {
    bool changed = tasks_.finish();
    changed = pictures_.finish() || changed;
    changed = generated_.poll() || changed;
    changed = masks_.poll() || changed;
    if (auto report = session_.take_report()) {
        if (!report->error.empty() && report->error != report_->error) fail(report->error);
        if (newly_doubted(*report_, *report)) {
            say(fmt::format(
                "Prior \"{}\" and photo hardly agree: it may be of another kind of thing. Try another prior, "
                "or none.",
                report->tracks.back()->prior->name));
        }
        report_ = std::move(report);
        changed = true;
    }
    drop_stale_views(*this);
    view_rating_.check();
    masks_.check(inputs());
    return changed;
}

bool Studio::at_rest() {
    return tasks_.idle() && pictures_.idle() && generated_.idle() && masks_.idle() && shapes_.idle() && !run_after_ &&
           session_.wait_until_rest(0);
}

std::string Studio::activity() const {
    if (!report_->activity.empty()) return report_->activity;
    if (const double share = generated_.progress(); share > 0) {
        return fmt::format("Generating views, {:.0f} %", 100 * share);
    }
    const std::string task = tasks_.activity();
    return task.empty() ? pictures_.activity() : task;
}

const recon::Track* Studio::track(int id) const {
    for (const auto& track : report_->tracks) {
        if (track->id == id) return track.get();
    }
    return nullptr;
}

void Studio::open(const std::vector<std::filesystem::path>& files) {
    std::vector<std::string> photos;
    std::vector<PriorPart> parts;
    for (const auto& file : files) {
        if (std::filesystem::is_directory(file)) {
            open_session(file);
        } else if (is_photo(file)) {
            photos.push_back(file.string());
        } else if (lower_extension(file) == ".safetensors") {
            open_tensors(file);
        } else {
            parts.push_back({file.string(), 1});
        }
    }
    if (!photos.empty()) add_photos(photos);
    if (!parts.empty()) set_prior(std::move(parts));
}

void Studio::open_tensors(const std::filesystem::path& file) {
    tasks_.add("Reading " + file.filename().string(), {}, [this, file]() -> TaskQueue::Finish {
        const auto metadata = render::read_safetensors(file).metadata;
        const auto named = metadata.find("architecture");
        return [this, file, architecture = named == metadata.end() ? std::string() : named->second] {
            if (architecture.empty()) {
                set_prior({{file.string(), 1}});
                return;
            }
            ViewOptions options = options_;
            if (architecture == recon::camera_architecture) {
                options.camera_weights = file;
            } else if (architecture == recon::cli::novel_view_model) {
                options.diffusion_weights = file;
            } else {
                options.model = architecture;
                options.weights = file;
            }
            set_options(options);
            if (error().empty()) say(fmt::format("{} is the {} network now", file.filename().string(), architecture));
        };
    });
}

void Studio::add_photos(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        recon::cli::GivenCamera given;
        const std::size_t index = inputs().photos.size() + static_cast<std::size_t>(&path - paths.data());
        if (index < given_cameras_.size()) given = given_cameras_[index];
        tasks_.add(
            "Reading " + std::filesystem::path(path).filename().string(), {},
            [this, path, given]() mutable -> TaskQueue::Finish {
                recon::cli::CutPhoto cut = recon::cli::cut_photo(path, {.matting = options_.matting});
                if (given.calibrated && given.calibrated->width == 0) {
                    given.calibrated->width = cut.image.width;
                    given.calibrated->height = cut.image.height;
                }
                recon::cli::Photo photo =
                    recon::cli::photo_of(std::move(cut), given.calibrated, recon::view_size, given.lens);
                std::vector<std::string> warnings = std::move(photo.warnings);
                for (auto& warning : recon::cli::capture_warnings(photo, given)) {
                    warnings.push_back(std::move(warning));
                }
                auto view = std::make_shared<const recon::View>(std::move(photo.view));
                auto known = std::make_shared<const recon::cli::GivenCamera>(given);
                return [this, path, known, warnings = std::move(warnings), view = std::move(view)] {
                    if (!warnings.empty()) say(fmt::format("{}", fmt::join(warnings, "\n")));
                    opened_.emplace_back(path);
                    Inputs to = inputs();
                    to.photos.push_back({.path = path, .view = view, .direction = known->direction, .given = known});
                    change(std::move(to));
                    if (prior_wanted_) propose_prior();
                };
            });
    }
}

void Studio::edit_mask(std::size_t photo) {
    if (photo < inputs().photos.size()) masks_.begin(photo, inputs().photos[photo], options_.matting);
}

void Studio::use_mask() {
    masks_.finish([this](const CorrectedPhoto& corrected) {
        Inputs to = inputs();
        if (corrected.photo >= to.photos.size()) return;
        PhotoInput& photo = to.photos[corrected.photo];
        photo.view = corrected.view;
        photo.scribbles = corrected.scribbles;
        if (photo.camera) photo.camera = recropped(*photo.camera, corrected);
        change(std::move(to));
    });
}

void Studio::change(Inputs to, int gesture) {
    const Inputs before = inputs();
    if (inputs_.change(std::move(to), gesture)) apply(before);
}

void Studio::set_prior(std::vector<PriorPart> parts, int gesture) {
    Inputs to = inputs();
    // A number of exemplars is about the prior it was chosen for.
    if (to.prior != parts) to.exemplars = 0;
    to.prior = std::move(parts);
    prior_wanted_ = false;
    change(std::move(to), gesture);
}

void Studio::set_camera(std::size_t photo, const std::optional<recon::CropCamera>& camera) {
    Inputs to = inputs();
    if (photo >= to.photos.size()) return;
    to.photos[photo].camera = camera;
    change(std::move(to));
}

void Studio::set_exemplars(int count, int gesture) {
    Inputs to = inputs();
    to.exemplars = count;
    change(std::move(to), gesture);
}

void Studio::undo() {
    const Inputs before = inputs();
    if (inputs_.undo()) apply(before);
}

void Studio::redo() {
    const Inputs before = inputs();
    if (inputs_.redo()) apply(before);
}

void Studio::propose_prior() {
    if (inputs().photos.empty()) return;
    prior_wanted_ = false;
    auto view = inputs().photos.front().view;
    tasks_.add("Looking for a prior", "propose", [this, view]() -> TaskQueue::Finish {
        const auto ranking = recon::cli::rank_priors(*view, shelf_.library());
        return [this, name = ranking.empty() ? std::string("none") : ranking.front().name] { set_prior({{name, 1}}); };
    });
}

void Studio::apply(const Inputs& before) {
    if (before.photos != inputs().photos) send_views();
    if (before.prior != inputs().prior || before.exemplars != inputs().exemplars) send_prior();
}

std::vector<recon::View> Studio::views_to_send() const {
    std::vector<recon::View> views;
    for (const PhotoInput& photo : inputs().photos) {
        if (!photo.on) continue;
        views.push_back(*photo.view);
        views.back().weight = photo.weight;
        if (photo.camera) {
            views.back().camera = recon::camera_of(*photo.camera, recon::view_size);
        } else if (photo.direction && prior_) {
            const auto outline = recon::outline_points(prior_->mean);
            views.back().camera = recon::camera_of(recon::framed_stretched(*photo.direction, outline, photo.view->mask),
                                                   recon::view_size);
        }
    }
    return views;
}

void Studio::send_views() {
    session_.set_views(views_to_send());
    if (run_after_ && prior_ && !inputs().photos.empty()) run();
}

void Studio::send_prior() {
    tasks_.add("Opening the prior", "prior",
               [this, arguments = prior_arguments(inputs().prior), count = inputs().exemplars]() -> TaskQueue::Finish {
                   auto prior = std::make_shared<priors::CategoryPrior>(shelf_.library().resolve(arguments));
                   const int all = static_cast<int>(prior->exemplars.size());
                   if (count > 0 && count < all) {
                       *prior = priors::random_subset(*prior, count, 1);
                       prior->name = fmt::format("{}, {} of {}", prior->name, count, all);
                   }
                   return [this, all, prior = std::move(prior)] {
                       exemplars_ = all;
                       prior_ = prior;
                       const auto& photos = inputs().photos;
                       const bool framed = std::any_of(photos.begin(), photos.end(), [](const PhotoInput& photo) {
                           return photo.direction && !photo.camera;
                       });
                       if (framed) send_views();
                       session_.set_prior(prior);
                       if (run_after_ && !inputs().photos.empty()) run();
                   };
               });
}

void Studio::run() {
    error_.clear();
    // While inputs are on their way, running waits for them.
    run_after_ = inputs().photos.empty() || !prior_;
    if (run_after_ && tasks_.idle()) {
        run_after_ = false;
        fail(inputs().photos.empty() ? "no photo to reconstruct from; drop one onto the window"
                                     : "no prior chosen; pick one from the list");
    }
    if (!run_after_) session_.run();
}

void Studio::run_with_views(std::vector<recon::View> generated) {
    error_.clear();
    session_.set_generated(std::move(generated));
    session_.run();
}

void Studio::pause() {
    run_after_ = false;
    session_.pause();
}

void Studio::step() {
    error_.clear();
    session_.step();
}

void Studio::reset() {
    error_.clear();
    session_.reset();
}

void Studio::set_iterations(int iterations) {
    options_.iterations = iterations;
    session_.set_run(run_settings(options_));
}

void Studio::set_options(const ViewOptions& to) {
    ViewOptions options = options_;
    options.model = to.model;
    options.weights = to.weights;
    options.camera_weights = to.camera_weights;
    options.diffusion_weights = to.diffusion_weights;
    options.diffusion_preferences = to.diffusion_preferences;
    // Weights are of one model.
    if (options.model != options_.model && options.weights == options_.weights) options.weights.clear();
    for (const auto& path : {options.weights, options.camera_weights, options.diffusion_weights}) {
        if (path.empty() || std::filesystem::exists(path)) continue;
        fail(fmt::format("{}: there is no such weights file", path.string()));
        return;
    }
    if (options.model != recon::cli::flagship_model && options.model != recon::cli::wallace_model) {
        fail(fmt::format("network \"{}\": the window runs {} and {}", options.model, recon::cli::flagship_model,
                         recon::cli::wallace_model));
        return;
    }
    const bool another = options.model != options_.model || options.weights != options_.weights ||
                         options.camera_weights != options_.camera_weights;
    try {
        if (another) session_.set_engine(engine_of(options));
        options_ = options;
    } catch (const Error& error) {
        fail(error.what());
        return;
    }
    const auto before = run_settings(options_);
    static_cast<recon::cli::RefinementOptions&>(options_) = to;
    static_cast<recon::cli::GeneratedViewOptions&>(options_) = to;
    if (run_settings(options_) != before) session_.set_run(run_settings(options_));
}

std::filesystem::path Studio::ratings_file() const {
    return options_.ratings.empty() ? default_ratings_file() : options_.ratings;
}

void Studio::set_truth(const std::filesystem::path& path) {
    if (path.empty()) {
        truth_.reset();
        return;
    }
    tasks_.add("Reading the true shape", "truth", [this, path]() -> TaskQueue::Finish {
        auto shape = read_true_shape(path);
        return [this, shape = std::move(shape)] { truth_ = shape; };
    });
}

void Studio::save_session(const std::filesystem::path& folder) {
    if (folder.empty()) {
        fail("no folder to save the session in; give its path");
        return;
    }
    auto saved = std::make_shared<SavedSession>();
    saved->inputs = inputs();
    saved->model = options_.model;
    saved->iterations = options_.iterations;
    saved->views = *report_->views;
    saved->tracks = report_->tracks;
    saved->generated = generated_.views();
    for (std::size_t i = 0; generated_.basis() && why_stale(*this).empty() && i < saved->tracks.size(); ++i) {
        if (saved->tracks[i]->entries.back().snapshot == generated_.basis()->shape) saved->generated_from = i;
    }
    tasks_.add("Saving the session", {}, [this, folder, saved]() -> TaskQueue::Finish {
        write_session(folder, *saved);
        return [this, folder] {
            opened_.push_back(folder);
            say(fmt::format("Saved {}", folder.string()));
        };
    });
}

void Studio::open_session(const std::filesystem::path& folder) {
    prior_wanted_ = false;
    tasks_.add("Opening the session", {}, [this, folder]() -> TaskQueue::Finish {
        auto saved = std::make_shared<SavedSession>(read_session(folder));
        return [this, folder, saved] {
            take_saved(std::move(*saved));
            opened_.push_back(folder);
            say(fmt::format("Opened {}", folder.string()));
        };
    });
}

void Studio::take_saved(SavedSession saved) {
    run_after_ = false;
    ViewOptions options = options_;
    options.model = saved.model;
    options.iterations = saved.iterations;
    set_options(options);
    inputs_.change(std::move(saved.inputs));
    if (saved.tracks.empty()) {
        generated_.restore(std::move(saved.generated), nullptr);
        send_views();
        send_prior();
        return;
    }
    prior_ = saved.tracks.back()->prior;
    generated_.restore(std::move(saved.generated),
                       saved.generated_from ? basis_from(*this, *saved.tracks[*saved.generated_from]) : nullptr);
    exemplars_ = std::max(static_cast<int>(prior_->exemplars.size()), saved.inputs.exemplars);
    session_.restore({.given = views_to_send(), .used = std::move(saved.views), .tracks = std::move(saved.tracks)});
}

void Studio::export_shape(const std::filesystem::path& path, const ShapeWish& wish, int resolution) {
    if (!wish.snapshot) {
        fail("nothing to export yet; run a step first");
        return;
    }
    tasks_.add("Writing " + path.filename().string(), {}, [this, path, wish, resolution]() -> TaskQueue::Finish {
        if (lower_extension(path) == ".binvox") {
            render::write_binvox(path, render::resampled(wish.snapshot->occupancy, resolution), wish.threshold);
        } else {
            ShapeWish fine = wish;
            fine.resolution = resolution;
            render::write_mesh(path, surface_of(fine));
        }
        return [this, path] { say(fmt::format("Wrote {}", path.string())); };
    });
}

}  // namespace maquette::viewer
