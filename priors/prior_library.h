#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

/// The named priors: those shipped (assets/priors) and the user's own (by default $XDG_DATA_HOME/maquette/priors),
/// one safetensors file each. A user's prior hides a shipped one of the same name.
class PriorLibrary {
public:
    struct Entry {
        std::string name;
        std::filesystem::path path;
        bool shipped = false;
    };

    PriorLibrary(std::filesystem::path shipped_folder, std::filesystem::path user_folder);

    /// Sorted by name.
    [[nodiscard]] std::vector<Entry> list() const;

    /// Throws InputError naming the nearest known name.
    [[nodiscard]] CategoryPrior load(const std::string& name) const;

    /// Into the user's folder. Returns the path. Throws InputError on a name with other than letters, digits, - and _.
    std::filesystem::path save(const CategoryPrior& prior) const;

    /// What `--prior` takes: a library name, a mesh file (any format of read_mesh, normalised to the object frame), a
    /// prior file (.safetensors), or "none"; each optionally with ":weight". Several parts are blended.
    [[nodiscard]] CategoryPrior resolve(const std::vector<std::string>& parts) const;

    /// The mesh that `parts` name, in the object frame as `resolve` takes it, with its colours and materials, where
    /// they name one mesh file and nothing else.
    [[nodiscard]] static std::optional<render::TriangleMesh> source_mesh(const std::vector<std::string>& parts);

private:
    std::filesystem::path shipped_folder_;
    std::filesystem::path user_folder_;
};

/// The candidate with the smallest edit distance, or empty when none is near (more than half of the letters differ).
std::string nearest_name(const std::string& wanted, const std::vector<std::string>& candidates);

}  // namespace maquette::priors
