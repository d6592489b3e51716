#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "recon/cli/option.h"
#include "recon/diffusion/usual_views.h"
#include "recon/eval/suites.h"
#include "recon/train/camera_training.h"
#include "recon/train/covariate_training.h"
#include "recon/train/encoder_training.h"
#include "recon/train/flagship_training.h"
#include "recon/train/mask_training.h"
#include "recon/train/novel_view_training.h"
#include "recon/train/preference_making.h"
#include "recon/train/preference_training.h"
#include "recon/train/wallace_training.h"

namespace maquette::recon::cli {

inline constexpr const char* default_dataset = "data/shapes.mqd";
inline constexpr const char* default_packages = "data/packages";

/// What the refinement itself can be told, on the command line and in the window.
struct RefinementOptions {
    int iterations = 0;    ///< 0: what the network recommends
    double tolerance = 0;  ///< 0: every step is taken
    std::optional<double> threshold;
    int silhouette_steps = -1;  ///< -1: given_camera_silhouette_steps, or none under an estimated camera
    std::string trust_prior = "auto";
    std::string outline = "complete";  ///< complete | refined: whether the mesh gets what complete_outlines adds
    void visit_refinement(const OptionVisitor& visitor);
};

/// Views that a diffusion network draws of what the photos lack, on the command line and in the window.
struct GeneratedViewOptions {
    int views_from_diffusion = 0;
    double diffusion_weight = diffusion::usual_view_weight;
    int diffusion_steps = diffusion::usual_view_steps;
    std::uint64_t diffusion_seed = 1;
    std::filesystem::path diffusion_weights;  ///< empty: those shipped
    std::string diffusion_preferences;        ///< file or none; empty: those shipped
    void visit_generated_views(const OptionVisitor& visitor);
};

struct ReconstructOptions : RefinementOptions, GeneratedViewOptions {
    std::vector<std::string> photos;
    std::vector<std::string> prior;
    std::vector<std::string> prior_alternatives;
    std::filesystem::path batch;     ///< folder of photos; empty: one object
    std::filesystem::path out;       ///< folder of a batch's results; empty: beside `batch`
    std::string cameras;             ///< file; empty: estimated
    std::vector<std::string> masks;  ///< files, as in photo_hints
    std::vector<std::string> boxes;
    std::filesystem::path matting;  ///< network that finds the object; empty: the shipped one
    std::string model = "flagship";
    std::filesystem::path weights;         ///< empty: those shipped
    std::filesystem::path camera_weights;  ///< empty: those shipped
    int resolution = 128;
    int diffusion_rounds = 1;
    double diffusion_from_render = 0;
    int diffusion_optimise = 0;
    std::string colours = "photo";
    int texture = 1024;    ///< texels a side; 0: vertex colours
    int triangles = 0;     ///< at the most; 0: as many as come
    double size_cm = 0;    ///< longest side; 0: 1 unit
    std::string up = "y";  ///< y | z
    std::string closed = "auto";
    std::string device = "auto";
    std::filesystem::path output = "out.glb";
    std::filesystem::path preview;  ///< empty: beside the output
    std::filesystem::path report;   ///< empty: beside the output
    int threads = 0;
    void visit(const OptionVisitor& visitor);
};

struct NovelViewOptions {
    std::string photo;
    std::filesystem::path matting;  ///< network that finds the object; empty: the shipped one
    std::vector<std::string> prior;
    std::string cameras;  ///< file; empty: estimated
    double azimuth = 45;
    double elevation = 10;
    bool geometry = true;
    std::string sampler = "ddim";
    int steps = 0;                         ///< 0: diffusion::usual_view_steps, with a checkpoint usual_checkpoint_steps
    std::optional<double> photo_guidance;  ///< empty: 1, with a checkpoint 3
    double geometry_guidance = 1;
    std::uint64_t seed = 1;
    double from_render = 0;
    int optimise = 0;
    std::filesystem::path output = "view.png";
    std::filesystem::path report;           ///< empty: none
    std::filesystem::path weights;          ///< empty: those shipped
    std::filesystem::path checkpoint;       ///< folder of a Zero-1-to-3 network; empty: `weights` are used
    std::string preferences;                ///< file or none; empty: those shipped
    std::filesystem::path refiner_weights;  ///< empty: those shipped
    std::filesystem::path camera_weights;   ///< empty: those shipped
    int threads = 0;
    void visit(const OptionVisitor& visitor);
};

struct PriorListOptions {
    bool json = false;
    void visit(const OptionVisitor& visitor);
};

struct PriorBuildOptions {
    std::string name;
    std::vector<std::string> meshes;
    std::string up;     ///< empty: guessed
    std::string front;  ///< empty: guessed
    std::string creator;
    std::string licence = "user";
    std::filesystem::path picture;  ///< empty: beside the prior
    void visit(const OptionVisitor& visitor);
};

struct PriorShowOptions {
    std::vector<std::string> prior;
    std::filesystem::path output;  ///< empty: NAME.png
    void visit(const OptionVisitor& visitor);
};

struct PriorBlendOptions {
    std::vector<std::string> parts;
    std::string name;
    std::filesystem::path picture;
    void visit(const OptionVisitor& visitor);
};

struct PriorRankOptions {
    std::string photo;
    std::filesystem::path matting;  ///< network that finds the object; empty: the shipped one
    int count = 10;
    std::filesystem::path encoders;  ///< empty: those shipped, or pixels where none are
    std::string by = "auto";
    bool json = false;
    void visit(const OptionVisitor& visitor);
};

struct DataFetchOptions {
    std::filesystem::path packages = default_packages;
    bool all = false;
    void visit(const OptionVisitor& visitor);
};

struct DataBuildOptions {
    std::filesystem::path packages = default_packages;
    std::filesystem::path output = default_dataset;
    int views = 24;
    int image_size = 128;
    std::uint64_t seed = 1;
    bool all = false;
    int threads = 0;
    void visit(const OptionVisitor& visitor);
};

struct DataInfoOptions {
    std::filesystem::path dataset = default_dataset;
    bool json = false;
    void visit(const OptionVisitor& visitor);
};

struct DataSheetOptions {
    std::string category;
    std::filesystem::path dataset = default_dataset;
    std::filesystem::path output = "sheet.png";
    int views = 4;
    int shapes = 20;
    void visit(const OptionVisitor& visitor);
};

struct DataAttributionOptions {
    std::filesystem::path packages = default_packages;
    std::filesystem::path output = "ATTRIBUTION.md";
    void visit(const OptionVisitor& visitor);
};

struct DataPriorsOptions {
    std::filesystem::path packages = default_packages;
    std::filesystem::path output = "assets/priors";
    int exemplars = 6;
    void visit(const OptionVisitor& visitor);
};

struct TrainWallaceOptions {
    WallaceTrainingOptions training{{.dataset = default_dataset, .output = "results/wallace2019"}};
    void visit(const OptionVisitor& visitor);
};

struct TrainRefinerOptions {
    FlagshipTrainingOptions training{{.dataset = default_dataset, .output = "results/refiner", .learning_rate = 1e-3}};
    void visit(const OptionVisitor& visitor);
};

struct TrainCameraOptions {
    CameraTrainingOptions training{
        {.dataset = default_dataset, .output = "results/camera", .learning_rate = 1e-3, .batch_size = 64}};
    void visit(const OptionVisitor& visitor);
};

struct TrainNovelViewOptions {
    NovelViewTrainingOptions training{{.dataset = default_dataset,
                                       .output = "results/novel-view",
                                       .learning_rate = 1e-3,
                                       .ema_decay = 0.999,
                                       .validate_every = 500}};
    void visit(const OptionVisitor& visitor);
};

struct TrainMaskOptions {
    MaskTrainingOptions training{
        {.dataset = default_dataset, .output = "results/mask", .learning_rate = 2e-3, .max_minutes = 45}};
    void visit(const OptionVisitor& visitor);
};

struct TrainEncoderOptions {
    EncoderTrainingOptions training{{.dataset = default_dataset,
                                     .output = "results/encoders",
                                     .learning_rate = 1.5e-3,
                                     .weight_decay = 1e-3,
                                     .batch_size = 64,
                                     .max_minutes = 20,
                                     .ema_decay = 0.995}};
    void visit(const OptionVisitor& visitor);
};

struct TrainCovariatesOptions {
    CovariateTrainingOptions training{{.dataset = default_dataset,
                                       .output = "results/covariates",
                                       .learning_rate = 1e-3,
                                       .batch_size = 256,
                                       .max_minutes = 10,
                                       .ema_decay = 0.99}};
    void visit(const OptionVisitor& visitor);
};

struct TrainCovariateStudyOptions {
    CovariateStudyOptions study{.dataset = default_dataset, .output = "results/covariate-study"};
    void visit(const OptionVisitor& visitor);
};

struct TrainEnsembleOptions {
    std::vector<std::string> encoders;  ///< weights files
    std::filesystem::path dataset = default_dataset;
    std::filesystem::path output = "results/encoders.safetensors";
    int views = 8;
    std::uint64_t seed = 1;
    int threads = 0;
    void visit(const OptionVisitor& visitor);
};

struct TrainDpoOptions {
    PreferenceTrainingOptions training{{.dataset = default_dataset,
                                        .output = "results/dpo",
                                        .learning_rate = 2e-5,
                                        .weight_decay = 0.01,
                                        .batch_size = 8,
                                        .steps = 500,
                                        .ema_decay = 0.99,
                                        .constant_after = 50,
                                        .validate_every = 50}};
    PreferenceMakingOptions making{.wanted = 0};
    std::filesystem::path ratings;          ///< empty: none
    std::filesystem::path refiner_weights;  ///< of the judge; empty: those shipped
    std::filesystem::path camera_weights;   ///< empty: those shipped
    bool train = true;
    void visit(const OptionVisitor& visitor);
};

struct EvalOptions {
    std::string suite;
    std::string model = "all";
    std::filesystem::path weights;         ///< empty: those shipped
    std::filesystem::path camera_weights;  ///< empty: those shipped
    SuiteOptions settings{.dataset = default_dataset};
    std::filesystem::path diffusion_weights;         ///< empty: those shipped
    std::filesystem::path without_geometry_weights;  ///< empty: no such rows
    std::filesystem::path preferences;               ///< empty: no such rows
    std::vector<std::string> rivals;                 ///< files
    std::string split = "novel";                     ///< of suite diffusion
    std::vector<std::string> parts;                  ///< of suites diffusion and encoders; empty: all
    std::vector<std::string> encoders;               ///< of suite encoders: files or folders
    std::filesystem::path descriptor;                ///< of suite encoders; empty: those shipped, where there are any
    std::filesystem::path label_efficiency;          ///< of suite encoders: folder of refiners; empty: not measured
    std::filesystem::path covariates;                ///< of suite encoders: folder of a study; empty: not measured
    std::filesystem::path capture_domain;            ///< of suite encoders; empty: the shipped ones, if any
    std::filesystem::path mask_weights;              ///< of suite photos; empty: those shipped, where there are any
    std::vector<std::string> backgrounds;            ///< of suite photos: folders; empty: of two Debian packages
    std::filesystem::path objects;                   ///< of suite photos: folder of cut-outs; empty: those shipped
    int composites = 120;                            ///< of suite photos
    std::filesystem::path json;
    std::filesystem::path markdown;
    bool keep = false;  ///< parts of the report at `json` that are not measured now
    int threads = 0;
    void visit(const OptionVisitor& visitor);
};

struct CompareOptions {
    std::filesystem::path prediction;
    std::filesystem::path truth;
    bool no_normalise = false;
    bool align = false;
    int samples = 10000;
    bool json = false;
    void visit(const OptionVisitor& visitor);
};

struct InfoOptions {
    bool json = false;
    void visit(const OptionVisitor& visitor);
};

}  // namespace maquette::recon::cli
