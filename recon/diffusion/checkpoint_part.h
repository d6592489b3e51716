#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "render/io/safetensors_reader.h"

namespace maquette::recon::diffusion {

/// The files of one network in a folder of diffusers' layout: config.json and weights in one safetensors file, or in
/// several with an index. Of the weights only the headers are held.
class CheckpointPart {
public:
    /// folder: such as CHECKPOINT/unet. Throws InputError that names what is missing or malformed and says what to do,
    /// such as how to convert pickle files, which are not read.
    explicit CheckpointPart(const std::filesystem::path& folder);

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] bool contains(const std::string& name) const { return readers_.contains(name); }
    /// The file that holds a contained tensor.
    [[nodiscard]] render::SafetensorsReader& reader(const std::string& name) const { return *readers_.at(name); }

private:
    void open(const std::filesystem::path& weights);
    void open_index(const std::filesystem::path& index);

    std::filesystem::path folder_;
    std::map<std::string, std::shared_ptr<render::SafetensorsReader>> readers_;  ///< by tensor
};

/// Text of a small file. Throws InputError where it is missing.
std::string read_checkpoint_text(const std::filesystem::path& path);

/// Throws InputError unless `folder` is one that may hold a checkpoint in diffusers' layout.
void check_checkpoint_folder(const std::filesystem::path& folder);

}  // namespace maquette::recon::diffusion
