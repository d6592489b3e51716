#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "priors/category_prior.h"
#include "priors/prior_library.h"
#include "recon/cli/camera_file.h"
#include "recon/cli/command_options.h"
#include "recon/cli/loaded_networks.h"
#include "recon/cli/stage_timer.h"
#include "recon/cli/world_cameras.h"
#include "recon/refine/camera_decision.h"
#include "recon/refine/refiner.h"
#include "recon/refine/silhouette_fit.h"
#include "render/mesh_topology.h"
#include "render/triangle_mesh.h"

namespace maquette::recon::cli {

/// Where a photo was taken from, and how that is known.
struct ViewCamera {
    std::string source;  ///< given | estimated | assumed
    CropCamera camera;
    /// Of the crop, in its sides, as the photo's file says; none: not known, or not needed.
    std::optional<double> focal_length;
    double silhouette_iou = 0;  ///< of the final shape against the mask
    CameraDecision candidates;  ///< estimated: all, the one used first
};

/// A prior as the user named it.
struct ChosenPrior {
    std::vector<std::string> parts;  ///< of --prior, or one of --prior-alternatives
    std::string choice;              ///< how it was chosen, in words
    priors::CategoryPrior prior;
    std::filesystem::path output;  ///< of its mesh
};

/// What came of one prior.
struct Reconstruction {
    ChosenPrior chosen;
    std::vector<View> views;                      ///< with the cameras used
    std::vector<ViewCamera> cameras;              ///< of the photos; empty: the network takes none
    std::optional<FoundPlacement> world;          ///< of the object; empty: cameras were not in a world of their own
    std::shared_ptr<const EncodedViews> photos;   ///< encoded
    std::shared_ptr<const EncodedViews> encoded;  ///< what the result was refined with: photos and generated views
    std::vector<View> generated;                  ///< of the last round, with cameras
    std::vector<diffusion::ViewAgreement> generated_agreement;  ///< of them with the photos; empty: not optimised
    std::vector<std::shared_ptr<const RefinementSnapshot>> snapshots;  ///< 0: the prior
    RefinementResult result;
    std::optional<double> agreement;   ///< of photos and prior, 0..1; none: nothing to compare
    double prior_share = 1;            ///< of the result with the prior in the final field, 0..1
    render::VoxelGrid field;           ///< final occupancy
    std::optional<SilhouetteFit> fit;  ///< its figures; none: not asked for
    int completed_pixels = 0;          ///< of the photos, where the mesh alone has what they show: complete_outlines
    int silhouette_steps = 0;
    render::TriangleMesh mesh;                     ///< object frame
    std::optional<render::TriangleMesh> textured;  ///< the same with a texture in place of vertex colours
    render::MeshTopology topology;
    std::vector<float> confidence;                ///< [N] of each vertex; empty: no cameras
    std::vector<Eigen::Vector3f> prior_position;  ///< [N, 3] where each vertex was in the prior; empty: not known
    std::vector<int> part;                        ///< [N] indices into part_names; empty: the prior has no parts
    std::vector<std::string> part_names;
    double seconds = 0;
};

/// Told what the user should know of a run, a sentence each.
using Note = std::function<void(const std::string&)>;

/// Photos and network of one object, and what is worked out once for all its priors.
class Reconstructor {
public:
    /// photos: with the calibrated cameras in place, from given.world where that is set; pictures: the same crops, as
    /// sharp as the texture wants them; empty: no texture is made; focal_lengths: one a photo, as in
    /// CameraDecisionOptions. `networks` outlives it.
    Reconstructor(const ReconstructOptions& options, std::vector<View> photos, std::vector<View> pictures,
                  GivenCameras given, std::vector<std::optional<double>> focal_lengths, LoadedNetworks& networks,
                  Note note);

    /// Refines the prior and makes its mesh; `label` is what the progress bars are called, empty: none. Stages are
    /// named to `timer`. Throws Interrupted when stopped before the first step, and what the stages throw.
    Reconstruction run(ChosenPrior chosen, const std::string& label, StageTimer& timer, const std::stop_token& stop);

    /// Median seconds of a step once everything is warm; 0: not measured.
    [[nodiscard]] double warm_step_seconds(const Reconstruction& done, const std::stop_token& stop) const;

    /// Weights of the camera estimator; empty: it was not needed.
    [[nodiscard]] const std::filesystem::path& camera_weights() const { return camera_weights_; }
    /// The same of the diffusion network.
    [[nodiscard]] const std::filesystem::path& diffusion_weights() const { return diffusion_weights_; }
    /// The differences added to them; empty: none.
    [[nodiscard]] const std::filesystem::path& diffusion_preferences() const { return diffusion_preferences_; }
    [[nodiscard]] float threshold() const { return threshold_; }

private:
    void place_in_world(Reconstruction& run);
    void find_cameras(Reconstruction& run);
    void encode(Reconstruction& run);
    void refine(Reconstruction& run, const std::string& label, const std::stop_token& stop) const;
    void imagine(Reconstruction& run, const std::string& label, const std::stop_token& stop);
    void weigh_prior(Reconstruction& run) const;
    void fit_silhouettes(Reconstruction& run) const;
    void make_mesh(Reconstruction& run) const;
    void mark_vertices(Reconstruction& run) const;
    void paint(Reconstruction& run) const;

    ReconstructOptions options_;
    std::vector<View> photos_;
    std::vector<View> pictures_;
    std::vector<GivenCamera> given_;
    std::optional<WorldFrame> world_;
    std::vector<std::optional<double>> focal_lengths_;
    LoadedNetworks& networks_;
    Note note_;
    Refiner refiner_;
    const RefinementNetwork& network_;
    float threshold_;
    bool follow_places_;
    std::filesystem::path camera_weights_;
    std::filesystem::path diffusion_weights_;
    std::filesystem::path diffusion_preferences_;
    std::shared_ptr<const EncodedViews> shared_encoding_;  ///< where it is the same for every prior
};

}  // namespace maquette::recon::cli
