#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recon/eval/metrics.h"

namespace maquette::recon {

/// Shares of queries, 0..1.
struct CameraFigures {
    double within_30 = 0;         ///< azimuth off by at most 30 degrees
    double flipped = 0;           ///< by more than 150
    double looks_same = 0;        ///< within 30, or the shape turned by the error overlaps itself (32^3 IoU above 0.8)
    double confidence = 0;        ///< mean belief in the chosen camera
    double asymmetric_share = 0;  ///< of the queries whose true shape has no rotational symmetry
    double asymmetric_within_30 = 0;  ///< among those
    double asymmetric_flipped = 0;    ///< among those
};

/// How photos and prior agreed (PriorTrust), means over queries.
struct PriorFigures {
    double agreement = 0;  ///< 0..1
    double share = 0;      ///< of the result with the prior, 0..1
    double noticed = 0;    ///< share of queries whose agreement was low enough for a warning
};

/// One row of a report (DESIGN section 9).
struct ReportRow {
    std::string model;  ///< wallace2019 | flagship | mean | nearest | oracle
    std::string prior;  ///< k-shot | none | wrong
    int shots = 0;
    int views = 1;
    int iterations = 0;
    std::string trust = "full";  ///< full | auto: mixed with what the photos tell alone
    int silhouette_steps = 0;    ///< of test-time refinement
    int query_views = 0;         ///< of each shape; 0: every one of the suite's
    std::string camera;          ///< none: the model takes none | estimated | true
    std::string domain;          ///< renders | icons
    Interval iou;
    double iou_at_0_4 = 0;
    std::optional<SurfaceDistance> surface;
    std::optional<double> silhouette_iou;          ///< in the input view, under the camera used
    std::optional<double> silhouette_iou_unseen;   ///< mean over four views that the network did not get
    std::optional<PriorFigures> prior_figures;     ///< of rows with trust "auto"
    std::optional<CameraFigures> camera_estimate;  ///< of rows with one view and an estimated camera
    double seconds = 0;                            ///< per reconstruction
    std::map<std::string, double> per_category;
};

struct Report {
    std::string suite;
    std::string data_digest;
    std::string weights_digest;                   ///< of every weights file, in the order of the rows
    std::vector<std::string> choices;             ///< every choice the figures depend on, a sentence each
    std::map<std::string, Interval> differences;  ///< paired, named "a - b"
    std::map<std::string, Interval> ratios;       ///< paired, named "a / b"; of IoU where the name says nothing else
    /// Paired differences in IoU of each category, named "a - b".
    std::map<std::string, std::map<std::string, double>> category_differences;
    std::vector<ReportRow> rows;
};

/// Both atomic.
void write_report_json(const std::filesystem::path& path, const Report& report);
void write_report_markdown(const std::filesystem::path& path, const Report& report);
std::string to_markdown(const Report& report);

}  // namespace maquette::recon
