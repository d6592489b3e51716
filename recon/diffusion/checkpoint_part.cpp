#include "recon/diffusion/checkpoint_part.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::diffusion {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_text = std::size_t{64} << 20U;

constexpr std::array weight_files = {"diffusion_pytorch_model.safetensors", "model.safetensors",
                                     "diffusion_pytorch_model.fp16.safetensors", "model.fp16.safetensors"};
constexpr std::array index_files = {"diffusion_pytorch_model.safetensors.index.json", "model.safetensors.index.json",
                                    "diffusion_pytorch_model.safetensors.index.fp16.json",
                                    "model.safetensors.index.fp16.json"};

constexpr const char* layout_hint =
    "a checkpoint is a folder in diffusers' layout: unet/, vae/, image_encoder/, cc_projection/ (or "
    "clip_camera_projection/) with config.json and .safetensors files, and scheduler/scheduler_config.json";

constexpr const char* conversion_hint =
    "pickle files are not read, because they can run code; convert the checkpoint to safetensors where you have Python "
    "and diffusers: its scripts/convert_zero123_to_diffusers.py --checkpoint_path FILE.ckpt --original_config_file "
    "CONFIG.yaml --to_safetensors --dump_path FOLDER, or, for a folder with .bin files, "
    "pipeline.save_pretrained(FOLDER, safe_serialization=True); then give --checkpoint FOLDER";

bool is_pickle(const fs::path& path) {
    static const std::set<std::string> extensions = {".ckpt", ".pth", ".pt", ".bin", ".pkl"};
    return extensions.contains(path.extension().string());
}

/// Files in a folder, by name.
std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (!entry.is_directory(ignored)) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::optional<fs::path> first_pickle(const std::vector<fs::path>& files) {
    const auto found = std::find_if(files.begin(), files.end(), is_pickle);
    return found == files.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::string read_checkpoint_text(const fs::path& path) {
    if (!fs::is_regular_file(path)) {
        throw InputError(fmt::format("{}: missing; {}", path.string(), layout_hint));
    }
    return render::read_file(path, largest_text);
}

void check_checkpoint_folder(const fs::path& folder) {
    if (!fs::exists(folder)) throw InputError(fmt::format("{}: does not exist; {}", folder.string(), layout_hint));
    if (!fs::is_directory(folder)) {
        throw InputError(is_pickle(folder)
                             ? fmt::format("{}: {}", folder.string(), conversion_hint)
                             : fmt::format("{}: one file and no folder; {}", folder.string(), layout_hint));
    }
    if (fs::is_directory(folder / "unet")) return;
    const auto pickle = first_pickle(files_in(folder));
    throw InputError(pickle ? fmt::format("{}: {}", pickle->string(), conversion_hint)
                            : fmt::format("{}: no folder unet in it; {}", folder.string(), layout_hint));
}

CheckpointPart::CheckpointPart(const fs::path& folder) : folder_(folder) {
    if (!fs::is_directory(folder)) {
        throw InputError(fmt::format("{}: missing; {}", folder.string(), layout_hint));
    }
    const auto present = [&](const char* name) { return fs::exists(folder / name); };
    if (const auto* file = std::find_if(weight_files.begin(), weight_files.end(), present);
        file != weight_files.end()) {
        open(folder / *file);
        return;
    }
    if (const auto* index = std::find_if(index_files.begin(), index_files.end(), present); index != index_files.end()) {
        open_index(folder / *index);
        return;
    }
    const auto files = files_in(folder);
    std::vector<fs::path> weights;
    std::copy_if(files.begin(), files.end(), std::back_inserter(weights),
                 [](const fs::path& file) { return file.extension() == ".safetensors"; });
    if (weights.size() == 1) {
        open(weights.front());
        return;
    }
    if (const auto pickle = first_pickle(files); pickle && weights.empty()) {
        throw InputError(fmt::format("{}: {}", pickle->string(), conversion_hint));
    }
    throw InputError(fmt::format("{}: {} safetensors files, none of them named as expected; put one of {} there",
                                 folder.string(), weights.size(), fmt::join(weight_files, ", ")));
}

void CheckpointPart::open(const fs::path& weights) {
    const auto reader = std::make_shared<render::SafetensorsReader>(weights);
    for (const auto& name : reader->names()) readers_[name] = reader;
}

void CheckpointPart::open_index(const fs::path& index) {
    const auto object = nlohmann::json::parse(read_checkpoint_text(index), nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || !object.contains("weight_map") || !object["weight_map"].is_object()) {
        throw InputError(fmt::format("{}: no index of weights: no object 'weight_map' in it", index.string()));
    }
    std::map<std::string, std::shared_ptr<render::SafetensorsReader>> opened;
    for (const auto& [name, file] : object["weight_map"].items()) {
        const std::string file_name = file.is_string() ? file.get<std::string>() : std::string();
        if (file_name.empty() || fs::path(file_name).filename() != file_name) {
            throw InputError(
                fmt::format("{}: tensor '{}' is said to be in {}, which is no name of a file beside the index",
                            index.string(), name, file.dump()));
        }
        auto& reader = opened[file_name];
        if (!reader) reader = std::make_shared<render::SafetensorsReader>(folder_ / file_name);
        if (!reader->contains(name)) {
            throw InputError(fmt::format("{}: no tensor '{}', which {} says it holds; copy or download both again",
                                         reader->path().string(), name, index.filename().string()));
        }
        readers_[name] = reader;
    }
}

std::vector<std::string> CheckpointPart::names() const {
    std::vector<std::string> names;
    for (const auto& [name, reader] : readers_) names.push_back(name);
    return names;
}

}  // namespace maquette::recon::diffusion
