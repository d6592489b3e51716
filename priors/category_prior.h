#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "render/grid.h"
#include "render/triangle_mesh.h"

namespace maquette::priors {

/// Where one exemplar came from and under which licence.
struct Provenance {
    std::string name;
    std::string creator;
    std::string source;   ///< library or file
    std::string licence;  ///< SPDX or as stated; "user" for the user's own meshes
};

struct Exemplar {
    render::VoxelGrid occupancy;          ///< 32^3, binary or real-valued
    render::SignedDistanceGrid distance;  ///< 32^3, clamped to +-0.125
    Provenance provenance;
};

/// One or a few example shapes of a kind of thing, in the object frame. The mean is real-valued, not binarised
/// (Wallace & Hariharan 2019): thresholding it erases thin and multimodal shapes.
struct CategoryPrior {
    std::string name;                 ///< a label for people; no computation reads it
    render::VoxelGrid mean;           ///< 32^3 weighted mean occupancy, 0..1
    std::vector<Exemplar> exemplars;  ///< 1..K
    std::vector<float> weights;       ///< [K], sum 1

    /// Prior that says nothing: zeros, no exemplars (the "empty prior" of the paper).
    static CategoryPrior empty(int resolution = 32);
};

inline constexpr int prior_resolution = 32;
inline constexpr float prior_distance_band = 0.125F;
inline constexpr int max_exemplars = 256;

/// Exemplar from a mesh that is already in the object frame. Distances are rounded to fp16, so that a prior has the
/// same bits before it is saved and after it is loaded. Throws InputError when the mesh is empty or leaves the grid.
Exemplar make_exemplar(const render::TriangleMesh& mesh, Provenance provenance);

/// Weighted mean of the exemplars; no weights: equal ones. Throws UsageError when there are none or more than
/// max_exemplars, grids differ, a weight is negative, their number is another or they do not sum above 0.
CategoryPrior make_prior(std::string name, std::vector<Exemplar> exemplars, std::vector<float> weights = {});

/// The prior of the first `count` exemplars chosen at random without replacement (k-shot). Deterministic for a seed;
/// with one seed a smaller subset is the beginning of a larger. Throws UsageError unless 1 <= count <= exemplars.
CategoryPrior random_subset(const CategoryPrior& prior, int count, std::uint64_t seed);

/// Several priors by weight (normalised; any positive numbers): the weighted mean of their means, and their exemplars
/// one after another with scaled weights. One part alone comes back unchanged. Throws UsageError on no parts, a weight
/// that is not a positive number, or an empty prior among several.
struct WeightedPrior {
    const CategoryPrior* prior = nullptr;
    float weight = 1;
};
CategoryPrior blend(const std::vector<WeightedPrior>& parts);

/// Weighted mean of the exemplars' clamped distances: its zero surface is one in-between shape, where the mean
/// occupancy is a cloud of all of them. Throws UsageError on a prior without exemplars.
render::SignedDistanceGrid mean_distance(const CategoryPrior& prior);

/// The same where the prior has exemplars; else what the mean occupancy tells of it: half of it is the surface, nothing
/// is `prior_distance_band` away.
render::SignedDistanceGrid expected_distance(const CategoryPrior& prior);

/// safetensors, written atomically: `exemplar_occupancy` u8 [K, 32*32*32/8] (cell i is bit i % 8 of byte i / 8),
/// `exemplar_distance` f16 [K, 32, 32, 32], `weights` f32 [K]; metadata: format, version, name, provenance (JSON). The
/// mean is computed again from these at load.
/// Throws UsageError when there are no exemplars, or occupancies that are not 0 or 1, which bits cannot hold.
void save_prior(const std::filesystem::path& path, const CategoryPrior& prior);

/// Strict: throws InputError naming the file and what is wrong with it.
CategoryPrior load_prior(const std::filesystem::path& path);

}  // namespace maquette::priors
