#include "viewer/studio/session_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <system_error>

#include "priors/category_prior.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"
#include "viewer/studio/saved_views.h"
#include "viewer/studio/session_json.h"
#include "viewer/studio/view_tensors.h"

namespace maquette::viewer {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* format_name = "maquette-session";
constexpr int format_version = 1;
constexpr const char* description = "session.json";
constexpr const char* generated_pictures = "generated.safetensors";
constexpr std::size_t most_tracks = 10000;

json optional_camera(const std::optional<recon::CropCamera>& camera) {
    return camera ? json_of(*camera) : json();
}

json given_camera(const PhotoInput& photo) {
    if (!photo.given || !photo.given->calibrated) return {};
    return {{"camera", json_of(*photo.given->calibrated)}, {"lens", json_of(photo.given->lens)}};
}

/// What was cut out comes back with the same bits; the photos themselves are kept for people.
json write_photos(const fs::path& folder, const SavedSession& session) {
    json photos = json::array();
    render::SafetensorsFile views;
    for (std::size_t i = 0; i < session.inputs.photos.size(); ++i) {
        const PhotoInput& photo = session.inputs.photos[i];
        const std::string number = std::to_string(i + 1);
        put_view(views, number, *photo.view);
        std::error_code missing;
        const std::string copy = fmt::format("photos/{}{}", number, fs::path(photo.path).extension().string());
        fs::create_directories(folder / "photos");
        const bool copied = fs::copy_file(photo.path, folder / copy, missing);
        json entry = {{"path", photo.path},
                      {"name", photo.view->name},
                      {"copy", copied ? json(copy) : json()},
                      {"weight", photo.weight},
                      {"on", photo.on},
                      {"camera", optional_camera(photo.camera)},
                      {"direction", optional_camera(photo.direction)},
                      {"scribbles", json_of(photo.scribbles)},
                      {"given", given_camera(photo)},
                      {"view_camera", photo.view->camera ? json_of(*photo.view->camera) : json()},
                      {"found", json()}};
        for (const recon::View& view : session.views) {
            if (view.name == photo.view->name && view.camera) entry["found"] = json_of(*view.camera);
        }
        photos.push_back(std::move(entry));
    }
    render::write_safetensors(folder / "views.safetensors", views);
    return photos;
}

/// Returns the description of its generated views.
json write_run(const fs::path& path, const recon::Track& track) {
    const int resolution = track.entries.front().snapshot->occupancy.resolution;
    std::vector<float> values;
    for (const recon::TrackEntry& entry : track.entries) {
        const auto& field = entry.snapshot->occupancy.values;
        values.insert(values.end(), field.begin(), field.end());
    }
    render::SafetensorsFile file;
    file.tensors["occupancy"] = render::TensorData::from_floats(
        values, {static_cast<std::int64_t>(track.entries.size()), resolution, resolution, resolution});
    json generated = json_of_views(track.generated ? *track.generated : std::vector<recon::View>{}, file);
    render::write_safetensors(path, file);
    return generated;
}

json run_json(const recon::Track& track, int prior, json generated) {
    json entries = json::array();
    for (const recon::TrackEntry& entry : track.entries) {
        entries.push_back({{"iteration", entry.snapshot->iteration},
                           {"iterations", entry.snapshot->iterations},
                           {"change", entry.snapshot->change},
                           {"seconds", entry.snapshot->seconds},
                           {"silhouette", entry.silhouette ? json(*entry.silhouette) : json()}});
    }
    json figures = json::array();
    for (const recon::StepFigures& step : track.figures) {
        figures.push_back({step.change, step.silhouette, step.seconds});
    }
    json cameras = json::array();
    for (const recon::View& view : track.views ? *track.views : std::vector<recon::View>{}) {
        if (view.camera) cameras.push_back({{"photo", view.name}, {"camera", json_of(*view.camera)}});
    }
    return {{"name", track.name},
            {"cameras", cameras},
            {"generated", std::move(generated)},
            {"prior", prior},
            {"prior_name", track.prior->name},
            {"entries", entries},
            {"figures", figures}};
}

void write_into(const fs::path& folder, const SavedSession& session) {
    json runs = json::array();
    std::map<const priors::CategoryPrior*, int> written;
    for (std::size_t i = 0; i < session.tracks.size(); ++i) {
        const recon::Track& track = *session.tracks[i];
        int number = 0;  // of a prior without exemplars, whose mean is the run's first shape
        if (!track.prior->exemplars.empty()) {
            const auto [place, is_new] = written.try_emplace(track.prior.get(), static_cast<int>(written.size()) + 1);
            number = place->second;
            if (is_new) priors::save_prior(folder / fmt::format("priors/{}.safetensors", number), *track.prior);
        }
        runs.push_back(run_json(track, number, write_run(folder / fmt::format("runs/{}.safetensors", i + 1), track)));
    }
    render::SafetensorsFile pictures;
    const json generated = {{"views", json_of_views(session.generated, pictures)},
                            {"from_run", session.generated_from ? json(*session.generated_from + 1) : json()}};
    if (!session.generated.empty()) render::write_safetensors(folder / generated_pictures, pictures);
    json prior = json::array();
    for (const PriorPart& part : session.inputs.prior) prior.push_back({{"name", part.name}, {"weight", part.weight}});
    const json whole = {{"format", format_name},
                        {"version", format_version},
                        {"model", session.model},
                        {"iterations", session.iterations},
                        {"photos", write_photos(folder, session)},
                        {"prior", prior},
                        {"exemplars", session.inputs.exemplars},
                        {"generated", generated},
                        {"runs", runs}};
    render::write_file_atomically(folder / description, whole.dump(1) + "\n");
}

recon::View view_from(const json& entry, const render::SafetensorsFile& views, const std::string& number) {
    recon::View view = take_view(views, number);
    view.name = entry.at("name").get<std::string>();
    if (!entry.at("view_camera").is_null()) view.camera = camera_from(entry["view_camera"]);
    return view;
}

void read_photos(const fs::path& folder, const json& photos, SavedSession& session) {
    const render::SafetensorsFile views = render::read_safetensors(folder / "views.safetensors");
    for (std::size_t i = 0; i < photos.size(); ++i) {
        const json& entry = photos[i];
        auto view = std::make_shared<recon::View>(view_from(entry, views, std::to_string(i + 1)));
        PhotoInput photo{.path = entry.at("path").get<std::string>(),
                         .view = view,
                         .weight = static_cast<float>(number_from(entry, "weight")),
                         .on = entry.at("on").get<bool>()};
        if (photo.weight <= 0) throw InputError("a photo's weight is not above 0");
        // A session may have come from another machine.
        if (!fs::exists(photo.path) && entry.at("copy").is_string()) {
            photo.path = (folder / entry["copy"].get<std::string>()).string();
        }
        if (!entry.at("camera").is_null()) photo.camera = crop_camera_from(entry["camera"]);
        if (!entry.at("direction").is_null()) photo.direction = crop_camera_from(entry["direction"]);
        // Sessions that were saved before there were scribbles have neither.
        photo.scribbles = scribbles_from(entry.value("scribbles", json::array()));
        if (const json given = entry.value("given", json()); !given.is_null()) {
            photo.given = std::make_shared<const recon::cli::GivenCamera>(recon::cli::GivenCamera{
                .calibrated = camera_from(given.at("camera")), .lens = lens_from(given.at("lens"))});
        }
        if (photo.on) {
            session.views.push_back(*view);
            session.views.back().weight = photo.weight;
            if (!entry.at("found").is_null()) session.views.back().camera = camera_from(entry["found"]);
        }
        session.inputs.photos.push_back(std::move(photo));
    }
}

std::shared_ptr<recon::Track> track_from(const json& entry, const fs::path& file) {
    auto track = std::make_shared<recon::Track>();
    track->name = entry.at("name").get<std::string>();
    const json& entries = entry.at("entries");
    const auto data = render::read_safetensors(file);
    const render::TensorData& occupancy = tensor_named(data, "occupancy");
    constexpr std::int64_t r = priors::prior_resolution;
    const std::vector<std::int64_t> wanted = {static_cast<std::int64_t>(entries.size()), r, r, r};
    if (entries.empty() || occupancy.shape != wanted) {
        throw InputError(fmt::format("{}: not one shape of {}^3 a step", file.string(), r));
    }
    const std::vector<float> values = fractions_of(occupancy, "a shape");
    for (std::size_t i = 0; i < entries.size(); ++i) {
        auto snapshot = std::make_shared<recon::RefinementSnapshot>();
        snapshot->iteration = static_cast<int>(number_from(entries[i], "iteration"));
        snapshot->iterations = static_cast<int>(number_from(entries[i], "iterations"));
        snapshot->change = number_from(entries[i], "change");
        snapshot->seconds = number_from(entries[i], "seconds");
        const bool ordered = track->entries.empty() ? snapshot->iteration == 0
                                                    : snapshot->iteration > track->entries.back().snapshot->iteration;
        if (!ordered) throw InputError("the steps of a run are not in order");
        snapshot->occupancy = render::VoxelGrid(priors::prior_resolution);
        const std::size_t cells = snapshot->occupancy.values.size();
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(i * cells), cells, snapshot->occupancy.values.begin());
        std::optional<double> silhouette;
        if (!entries[i].at("silhouette").is_null()) silhouette = number_from(entries[i], "silhouette");
        track->entries.push_back({std::move(snapshot), silhouette});
    }
    if (auto views = views_from(entry.value("generated", json::array()), data); !views.empty()) {
        track->generated = std::make_shared<const std::vector<recon::View>>(std::move(views));
    }
    for (const auto& step : entry.at("figures").get<std::vector<std::array<float, 3>>>()) {
        track->figures.push_back({step[0], step[1], step[2]});
    }
    return track;
}

/// The run's photos with its own cameras; null where the session has one of them no more.
std::shared_ptr<const std::vector<recon::View>> views_of_run(const json& run, const SavedSession& session) {
    auto views = std::make_shared<std::vector<recon::View>>();
    for (const json& entry : run.value("cameras", json::array())) {
        const auto name = entry.at("photo").get<std::string>();
        const auto found = std::find_if(session.views.begin(), session.views.end(),
                                        [&](const recon::View& view) { return view.name == name; });
        if (found == session.views.end()) return nullptr;
        views->push_back(*found);
        views->back().camera = camera_from(entry.at("camera"));
    }
    if (views->empty()) return nullptr;
    return views;
}

void read_runs(const fs::path& folder, const json& runs, SavedSession& session) {
    if (runs.size() > most_tracks) throw InputError(fmt::format("{} runs", runs.size()));
    std::map<int, std::shared_ptr<const priors::CategoryPrior>> priors;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        auto track = track_from(runs[i], folder / fmt::format("runs/{}.safetensors", i + 1));
        track->views = views_of_run(runs[i], session);
        const int number = runs[i].at("prior").get<int>();
        if (number == 0) {
            auto prior = std::make_shared<priors::CategoryPrior>();
            prior->name = runs[i].at("prior_name").get<std::string>();
            prior->mean = track->entries.front().snapshot->occupancy;
            // Runs from the same prior share it, as they did.
            for (const auto& before : session.tracks) {
                const auto& other = before->prior;
                if (other->exemplars.empty() && other->name == prior->name &&
                    other->mean.values == prior->mean.values) {
                    track->prior = other;
                }
            }
            if (!track->prior) track->prior = std::move(prior);
        } else {
            auto& prior = priors[number];
            if (!prior) {
                prior = std::make_shared<const priors::CategoryPrior>(
                    priors::load_prior(folder / fmt::format("priors/{}.safetensors", number)));
            }
            track->prior = prior;
        }
        session.tracks.push_back(std::move(track));
    }
}

/// Sessions that were saved before there were such views have none.
void read_generated(const fs::path& folder, const json& whole, SavedSession& session) {
    const json generated = whole.value("generated", json::object());
    const json views = generated.value("views", json::array());
    if (views.empty()) return;
    session.generated = generated_views_from(views, render::read_safetensors(folder / generated_pictures));
    if (generated.at("from_run").is_null()) return;
    const auto run = generated["from_run"].get<std::size_t>();
    if (run == 0 || run > session.tracks.size()) throw InputError("generated views of a run that is not there");
    session.generated_from = run - 1;
}

/// The finished folder takes the place of what is there.
void put_in_place(const fs::path& made, const fs::path& folder) {
    std::error_code error;
    if (!fs::exists(folder)) {
        fs::rename(made, folder, error);
    } else if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
        fs::remove_all(made, error);
        return;
    } else {
        // Some file systems exchange nothing: between the two renames only the old session's other name is there.
        const fs::path old = made.string() + ".old";
        fs::rename(folder, old, error);
        if (!error) fs::rename(made, folder, error);
        if (!error) fs::remove_all(old, error);
    }
    if (error) throw InputError(fmt::format("{}: cannot be written ({})", folder.string(), error.message()));
}

}  // namespace

void write_session(const fs::path& given, const SavedSession& session) {
    const fs::path folder = fs::absolute(given).lexically_normal();
    // "folder/" has no name of its own.
    const fs::path target = folder.has_filename() ? folder : folder.parent_path();
    if (fs::exists(target) && !fs::is_empty(target) && !fs::exists(target / description)) {
        throw InputError(fmt::format("{}: is there and no saved session; choose another name", target.string()));
    }
    const fs::path made = target.string() + fmt::format(".saving-{}", ::getpid());
    std::error_code error;
    fs::remove_all(made, error);
    try {
        fs::create_directories(made);
        write_into(made, session);
        put_in_place(made, target);
    } catch (const fs::filesystem_error& failure) {
        fs::remove_all(made, error);
        throw InputError(fmt::format("{}: cannot be written ({})", target.string(), failure.code().message()));
    } catch (...) {
        fs::remove_all(made, error);
        throw;
    }
}

SavedSession read_session(const fs::path& folder) {
    const fs::path path = folder / description;
    if (!fs::exists(path)) throw InputError(fmt::format("{}: no saved session in it", folder.string()));
    const json whole = json::parse(render::read_file(path), nullptr, false);
    if (!whole.is_object() || whole.value("format", json()) != format_name) {
        throw InputError(fmt::format("{}: not a saved session", path.string()));
    }
    if (whole.value("version", json()) != format_version) {
        throw InputError(fmt::format("{}: of another version of this program", path.string()));
    }
    SavedSession session;
    try {
        session.model = whole.at("model").get<std::string>();
        session.iterations = std::clamp(static_cast<int>(number_from(whole, "iterations")), 0, 100);
        for (const json& part : whole.at("prior")) {
            session.inputs.prior.push_back(
                {part.at("name").get<std::string>(), static_cast<float>(number_from(part, "weight"))});
        }
        session.inputs.exemplars =
            std::clamp(static_cast<int>(number_from(whole, "exemplars")), 0, priors::max_exemplars);
        read_photos(folder, whole.at("photos"), session);
        read_runs(folder, whole.at("runs"), session);
        read_generated(folder, whole, session);
    } catch (const json::exception& error) {
        throw InputError(fmt::format("{}: {}", path.string(), error.what()));
    } catch (const InputError& error) {
        throw InputError(fmt::format("{}: {}", folder.string(), error.what()));
    }
    return session;
}

}  // namespace maquette::viewer
