#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recon/eval/metrics.h"
#include "render/image.h"

namespace maquette::recon {

struct ReportTable {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;  ///< [rows, columns]
};

struct ReportPicture {
    std::string name;     ///< of the file, without extension
    std::string caption;  ///< a sentence
    render::Image image;
};

/// One question of a report of several and what was measured.
struct ReportPart {
    std::string title;
    std::vector<std::string> notes;  ///< how it was measured and what to make of it, a sentence each
    std::vector<ReportTable> tables;
    std::vector<ReportPicture> pictures;
    nlohmann::json figures = nlohmann::json::object();    ///< everything, under the part's key
    nlohmann::json headlines = nlohmann::json::object();  ///< merged into the top level
    std::string key;
};

/// A report whose parts are as different as the questions they answer. The networks' own is report.h.
struct PartReport {
    std::string suite;
    std::string data_digest;
    std::string weights_digest;
    std::vector<std::string> choices;
    std::vector<ReportPart> parts;
};

/// Everything but the pictures themselves.
nlohmann::json to_json(const PartReport& report);
/// What to_json wrote, pictures without images. Throws InputError where it is something else.
PartReport part_report_from(const nlohmann::json& json);

/// The earlier report with the parts of `report` in place of its own of the same key, or behind them, and weights
/// digests and choices of both. Throws InputError where suite or data are others.
PartReport with_earlier_parts(PartReport report, const PartReport& earlier);

/// pictures: folder that picture files are in, as a link from the Markdown's place; empty: pictures are left out.
std::string to_markdown(const PartReport& report, const std::string& pictures);

/// JSON and Markdown, either path may be empty; pictures go into a folder beside the Markdown, named after it, where
/// those without an image are expected to lie already. All files atomic.
void write_part_report(const PartReport& report, const std::filesystem::path& json,
                       const std::filesystem::path& markdown);

/// {"mean", "ci"}.
nlohmann::json interval_json(const Interval& interval);
/// "0.123 (0.100 to 0.150)", with a sign where it is a difference.
std::string interval_text(const Interval& interval, int digits = 3, bool difference = false);

}  // namespace maquette::recon
