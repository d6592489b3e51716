#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recon/eval/metrics.h"

namespace maquette::recon {

/// One row of a report (DESIGN section 9).
struct ReportRow {
    std::string model;  ///< wallace2019 | flagship | mean | nearest | oracle
    std::string prior;  ///< k-shot | none | wrong
    int shots = 0;
    int views = 1;
    int iterations = 0;
    std::string camera;  ///< none | estimated | true
    std::string domain;  ///< renders | icons
    Interval iou;
    double iou_at_0_4 = 0;
    std::optional<SurfaceDistance> surface;
    double seconds = 0;  ///< per reconstruction
    std::map<std::string, double> per_category;
};

struct Report {
    std::string suite;
    std::string data_digest;
    std::string weights_digest;
    std::vector<std::string> choices;             ///< every choice the figures depend on, a sentence each
    std::map<std::string, Interval> differences;  ///< paired, named "a - b"
    std::vector<ReportRow> rows;
};

/// Both atomic.
void write_report_json(const std::filesystem::path& path, const Report& report);
void write_report_markdown(const std::filesystem::path& path, const Report& report);
std::string to_markdown(const Report& report);

}  // namespace maquette::recon
