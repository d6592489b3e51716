#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "render/io/atomic_file.h"
#include "render/io/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace maquette::recon::diffusion {

/// What data/make_tiny_zero123.py wrote.
inline std::filesystem::path checkpoint_data() {
    return std::filesystem::path(MAQUETTE_ASSETS).parent_path() / "tests/recon/diffusion/data";
}

/// A copy of the small checkpoint that a test may change.
class CheckpointFolder {
public:
    CheckpointFolder() {
        std::filesystem::copy(checkpoint_data() / "tiny_zero123", path(), std::filesystem::copy_options::recursive);
    }

    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "checkpoint"; }

    /// The one weights file of a part: "unet".
    [[nodiscard]] std::filesystem::path weights_path(const std::string& part) const {
        return path() / part / (part == "image_encoder" ? "model.safetensors" : "diffusion_pytorch_model.safetensors");
    }
    [[nodiscard]] render::SafetensorsFile weights(const std::string& part) const {
        return render::read_safetensors(weights_path(part));
    }
    void set_weights(const std::string& part, const render::SafetensorsFile& file) const {
        render::write_safetensors(weights_path(part), file);
    }

    [[nodiscard]] nlohmann::json config(const std::string& part, const std::string& file = "config.json") const {
        return nlohmann::json::parse(render::read_file(path() / part / file));
    }
    void set_config(const std::string& part, const nlohmann::json& object,
                    const std::string& file = "config.json") const {
        write(part + "/" + file, object.dump());
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path() / name, std::ios::binary) << text;
    }

private:
    test::TemporaryFolder folder_;
};

/// Any safetensors file: header as given, padded, and data.
inline std::string safetensors_bytes(std::string header, const std::string& data) {
    header.resize((header.size() + 7) / 8 * 8, ' ');
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header + data;
}

/// The same tensors as bfloat16, which is the upper half of a float.
inline std::string as_bfloat16(const render::SafetensorsFile& file) {
    nlohmann::json header = nlohmann::json::object();
    std::string data;
    for (const auto& [name, tensor] : file.tensors) {
        const std::size_t begin = data.size();
        for (const float value : tensor.to_floats()) data.append(reinterpret_cast<const char*>(&value) + 2, 2);
        header[name] = {{"dtype", "BF16"}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
    }
    return safetensors_bytes(header.dump(), data);
}

}  // namespace maquette::recon::diffusion
