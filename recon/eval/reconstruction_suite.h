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

namespace maquette::recon {

/// The rows of DESIGN section 9 over one set of queries. Adds rows and paired differences to a report.
class ReconstructionSuite {
public:
    /// mean_thresholds: best threshold of the k-shot mean alone, by k, from base validation.
    ReconstructionSuite(const ShapeDataset& dataset, const QuerySet& queries, const PriorSampler& sampler,
                        std::shared_ptr<const RefinementNetwork> network, std::map<int, float> mean_thresholds,
                        std::string domain, std::function<void(const SuiteProgress&)> progress, std::stop_token stop);

    void run(Report& report);

private:
    struct RowSpec {
        std::string prior;  ///< k-shot | none | wrong
        int shots = 0;
        int views = 1;
        int iterations = 1;
        bool every_iteration = false;  ///< one row for each of 1..iterations
    };
    using ScoredRow = std::pair<ReportRow, std::vector<ShapeScore>>;

    void add_mean_rows(Report& report);
    void add_exemplar_rows(Report& report);
    void encode_views();
    std::vector<ScoredRow> run_network(const RowSpec& spec);
    void add_surface_figures(ReportRow& row, const std::vector<render::VoxelGrid>& grids,
                             const std::vector<std::size_t>& query_indices, float threshold);
    std::vector<ShapeScore> add_row(Report& report, ReportRow row, const std::vector<double>& per_query);
    void announce(const std::string& stage);

    const ShapeDataset* dataset_;
    const QuerySet* queries_;
    const PriorSampler* sampler_;
    std::shared_ptr<const RefinementNetwork> network_;
    std::map<int, float> mean_thresholds_;
    std::string domain_;
    std::function<void(const SuiteProgress&)> progress_;
    std::stop_token stop_;
    std::map<std::string, std::vector<ShapeScore>> scores_;  ///< by row name, for paired differences
    std::vector<std::unique_ptr<EncodedViews>> encoded_;     ///< all views of each shape
    double encode_seconds_ = 0;                              ///< of one view
    int stages_done_ = 0;
};

/// Threshold of the k-shot mean alone that does best on the validation shapes, for each k.
std::map<int, float> choose_mean_thresholds(const ShapeDataset& dataset, const std::vector<int>& shots,
                                            std::uint64_t seed);

}  // namespace maquette::recon
