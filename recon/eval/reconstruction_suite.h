#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "recon/eval/query_set.h"
#include "recon/eval/report.h"
#include "recon/eval/suites.h"
#include "recon/refine/camera_decision.h"

namespace maquette::recon {

/// The rows of DESIGN section 9 over one set of queries. Adds rows, paired differences and ratios to a report.
class ReconstructionSuite {
public:
    /// networks: one after another; each may need cameras or not. estimator: may be null, then no row has an estimated
    /// camera. mean_thresholds: best threshold of the k-shot mean alone, by k, from base validation.
    ReconstructionSuite(const ShapeDataset& dataset, const QuerySet& queries, const PriorSampler& sampler,
                        std::vector<std::shared_ptr<const RefinementNetwork>> networks,
                        std::shared_ptr<const CameraEstimator> estimator, std::map<int, float> mean_thresholds,
                        std::string domain, std::function<void(const SuiteProgress&)> progress, std::stop_token stop);

    void run(Report& report);

private:
    struct RowSpec {
        std::string camera;  ///< none | true | estimated
        std::string prior;   ///< k-shot | none | wrong
        int shots = 0;
        int views = 1;
        int iterations = 1;
        bool every_iteration = false;   ///< one row for each of 1..iterations
        bool first_views_only = false;  ///< one query a shape
    };
    using ScoredRow = std::pair<ReportRow, std::vector<ShapeScore>>;

    void add_mean_rows(Report& report);
    void add_exemplar_rows(Report& report);
    void add_network_rows(Report& report, const std::string& camera);
    void encode_views(bool with_cameras);
    [[nodiscard]] std::unique_ptr<EncodedViews> encode_query(const QuerySet::Query& query, const RowSpec& spec,
                                                             const priors::CategoryPrior& prior,
                                                             std::optional<CameraDecision>& decision,
                                                             std::optional<CropCamera>& camera) const;
    std::vector<ScoredRow> run_network(const RowSpec& spec);
    void add_surface_figures(ReportRow& row, const std::vector<render::VoxelGrid>& grids,
                             const std::vector<std::size_t>& query_indices, float threshold);
    std::vector<ShapeScore> add_row(Report& report, ReportRow row, const std::vector<double>& per_query);
    void compare(Report& report);
    void announce(const std::string& stage);

    const ShapeDataset* dataset_;
    const QuerySet* queries_;
    const PriorSampler* sampler_;
    std::vector<std::shared_ptr<const RefinementNetwork>> networks_;
    std::shared_ptr<const CameraEstimator> estimator_;
    std::map<int, float> mean_thresholds_;
    std::string domain_;
    std::function<void(const SuiteProgress&)> progress_;
    std::stop_token stop_;
    std::map<std::string, std::vector<ShapeScore>> scores_;  ///< by row name, for paired differences
    const RefinementNetwork* network_ = nullptr;             ///< whose rows are being made
    std::vector<std::unique_ptr<EncodedViews>> encoded_;     ///< all views of each shape
    double encode_seconds_ = 0;                              ///< of one view
    int stages_done_ = 0;
    int stage_count_ = 1;
};

/// Threshold of the k-shot mean alone that does best on the validation shapes, for each k.
std::map<int, float> choose_mean_thresholds(const ShapeDataset& dataset, const std::vector<int>& shots,
                                            std::uint64_t seed);

}  // namespace maquette::recon
