#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/eval/camera_tally.h"
#include "recon/eval/query_set.h"
#include "recon/eval/report.h"
#include "recon/eval/suites.h"
#include "recon/refine/camera_decision.h"

namespace maquette::recon {

/// Figures of one row by shape; empty: not measured. Surface figures are of the first query views alone.
struct RowScores {
    std::vector<ShapeScore> iou;
    std::vector<ShapeScore> chamfer_l1;
    std::vector<ShapeScore> fscore_005;
};

/// By row name, for paired comparisons: "1-shot (flagship, true camera)".
using ScoresByRow = std::map<std::string, RowScores>;

/// Adds differences, ratios and differences by category of the rows that DESIGN section 9 compares.
void compare_rows(const ScoresByRow& scores, const QuerySet& queries, Report& report);

/// Numbers that rows and comparisons share.
inline constexpr std::array<int, 5> shot_counts = {1, 2, 3, 5, 10};
inline constexpr std::array<int, 5> view_counts = {1, 2, 3, 5, 8};
inline constexpr float published_threshold = 0.4F;
/// Surface distances are slow; they are measured on this many query views a shape.
inline constexpr int surface_views = 2;

/// The rows of DESIGN section 9 over one set of queries.
class ReconstructionSuite {
public:
    struct Setup {
        std::vector<std::shared_ptr<const RefinementNetwork>> networks;  ///< each may need cameras or not
        /// May be null: then no row has an estimated camera.
        std::shared_ptr<const CameraEstimator> estimator;
        std::map<int, float> mean_thresholds;  ///< of the k-shot mean alone, by k, from base validation
        std::string domain = "renders";        ///< renders | icons
        bool trust_prior = false;              ///< "full"; else the flagship's rows are mixed by PriorTrust
        bool headlines = false;                ///< only the rows of networks at 1 and 5 shots with estimated cameras
        std::function<void(const SuiteProgress&)> progress;
        std::stop_token stop;
    };

    ReconstructionSuite(const ShapeDataset& dataset, const QuerySet& queries, const PriorSampler& sampler, Setup setup);

    /// Adds all rows to the report.
    void run(Report& report);
    [[nodiscard]] const ScoresByRow& scores() const { return scores_; }

private:
    struct RowSpec {
        std::string camera;  ///< none | true | estimated
        std::string prior;   ///< k-shot | none | wrong
        int shots = 0;
        int views = 1;
        int iterations = 1;
        bool every_iteration = false;  ///< one row for each of 1..iterations
        int query_views = 0;           ///< of each shape; 0: all
        bool trust_prior = true;       ///< else mixed by PriorTrust
        int silhouette_steps = 0;      ///< of test-time refinement
        bool unseen_views = false;     ///< silhouettes are measured there, too
    };
    struct ScoredRow {
        ReportRow row;
        RowScores scores;
    };
    struct NetworkRows {
        std::vector<ScoredRow> rows;
        std::optional<ScoredRow> full_trust;  ///< of a row that is mixed: what it was before
    };
    struct Batch;
    struct RowSums;

    void add_mean_rows(Report& report);
    void add_exemplar_rows(Report& report);
    void add_network_rows(Report& report, const std::string& camera);
    void add_headline_rows(Report& report);
    void add(Report& report, const std::string& name, const RowSpec& spec);

    void encode_views(bool with_cameras);
    [[nodiscard]] std::unique_ptr<EncodedViews> encode_query(const QuerySet::Query& query, const RowSpec& spec,
                                                             const priors::CategoryPrior& prior,
                                                             std::optional<CameraDecision>& decision,
                                                             std::optional<CropCamera>& camera) const;
    /// The cameras of the views, decided once for each query and prior of one photo. Safe to call from many threads.
    std::vector<CameraDecision> decided(const QuerySet::Query& query, const RowSpec& spec,
                                        const priors::CategoryPrior& prior, std::vector<View>& views) const;
    NetworkRows run_network(const RowSpec& spec);
    [[nodiscard]] Batch begin_batch(const RowSpec& spec, std::span<const std::size_t> queries) const;
    void refine(Batch& batch, const RowSpec& spec, RowSums& sums) const;
    void look_at_pictures(Batch& batch, const RowSpec& spec, RowSums& sums) const;
    [[nodiscard]] double unseen_silhouettes(const QuerySet::Query& query, const render::VoxelGrid& shape) const;
    [[nodiscard]] std::vector<SurfaceDistance> surface_distances(const std::vector<render::VoxelGrid>& grids,
                                                                 const std::vector<std::size_t>& queries,
                                                                 float threshold) const;
    void add_surface_figures(ScoredRow& row, const std::vector<render::VoxelGrid>& grids,
                             const std::vector<std::size_t>& queries, float threshold) const;
    void add_baseline(Report& report, const std::string& name, ScoredRow row, const std::vector<double>& per_query);
    void announce(const std::string& stage);
    void stop_if_asked() const;

    const ShapeDataset* dataset_;
    const QuerySet* queries_;
    const PriorSampler* sampler_;
    Setup setup_;
    ScoresByRow scores_;
    std::vector<bool> symmetric_;                         ///< [shapes] rotationally
    const RefinementNetwork* network_ = nullptr;          ///< whose rows are being made
    std::vector<std::unique_ptr<EncodedViews>> encoded_;  ///< all views of each shape
    mutable std::mutex decisions_mutex_;
    mutable std::map<std::string, CameraDecision> decisions_;  ///< of network_, by query and prior
    mutable std::atomic<int> reused_decisions_ = 0;            ///< of the row that is being made
    double encode_seconds_ = 0;                                ///< of one view
    int stages_done_ = 0;
    int stage_count_ = 1;
};

/// Threshold of the k-shot mean alone that does best on the validation shapes, for each k.
std::map<int, float> choose_mean_thresholds(const ShapeDataset& dataset, const std::vector<int>& shots,
                                            std::uint64_t seed);

/// The first `count` of a draw.
std::vector<int> first_shots(const std::vector<int>& order, int count);

}  // namespace maquette::recon
