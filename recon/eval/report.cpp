#include "recon/eval/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

nlohmann::json to_json(const Interval& interval) {
    return {{"mean", interval.mean}, {"ci", {interval.low, interval.high}}};
}

nlohmann::json to_json(const ReportRow& row) {
    nlohmann::json json = {{"model", row.model},
                           {"prior", row.prior},
                           {"shots", row.shots},
                           {"views", row.views},
                           {"iterations", row.iterations},
                           {"camera", row.camera},
                           {"domain", row.domain},
                           {"iou", row.iou.mean},
                           {"iou_ci", {row.iou.low, row.iou.high}},
                           {"seconds", row.seconds},
                           {"per_category", row.per_category}};
    if (row.iou_at_0_4 > 0) json["iou_at_0_4"] = row.iou_at_0_4;
    if (row.surface) {
        json["chamfer_l1"] = row.surface->chamfer_l1;
        json["fscore_001"] = row.surface->fscore_001;
        json["fscore_005"] = row.surface->fscore_005;
    }
    json["prior_trust"] = row.trust;
    if (row.silhouette_steps > 0) json["silhouette_steps"] = row.silhouette_steps;
    if (row.query_views > 0) json["query_views"] = row.query_views;
    if (row.silhouette_iou) json["silhouette_iou"] = *row.silhouette_iou;
    if (row.silhouette_iou_unseen) json["silhouette_iou_unseen"] = *row.silhouette_iou_unseen;
    if (row.prior_figures) {
        json["prior_agreement"] = {{"mean", row.prior_figures->agreement},
                                   {"share_of_prior", row.prior_figures->share},
                                   {"noticed_as_wrong", row.prior_figures->noticed}};
    }
    if (row.camera_estimate) {
        json["camera_estimate"] = {{"azimuth_within_30", row.camera_estimate->within_30},
                                   {"azimuth_flipped", row.camera_estimate->flipped},
                                   {"azimuth_within_30_or_looks_same", row.camera_estimate->looks_same},
                                   {"confidence", row.camera_estimate->confidence},
                                   {"asymmetric_share", row.camera_estimate->asymmetric_share},
                                   {"asymmetric_within_30", row.camera_estimate->asymmetric_within_30},
                                   {"asymmetric_flipped", row.camera_estimate->asymmetric_flipped}};
    }
    return json;
}

std::string figure(double value, bool known) {
    return known ? fmt::format("{:.3f}", value) : "-";
}

std::string main_table(const Report& report, const std::set<std::string>& categories) {
    std::string head =
        "| model | camera | prior | shots | views | iter. | trust | fit | IoU | 95 % | @0.4 | Chamfer-L1 | F@.01 | "
        "F@.05 | mask IoU | unseen |";
    std::string rule = "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|";
    for (const auto& name : categories) {
        head += fmt::format(" {} |", name);
        rule += "---|";
    }
    std::string text = head + "\n" + rule + "\n";
    for (const auto& row : report.rows) {
        const bool surface = row.surface.has_value();
        const SurfaceDistance s = row.surface.value_or(SurfaceDistance{});
        text += fmt::format(
            "| {}{} | {} | {} | {} | {} | {} | {} | {} | {:.3f} | {:.3f}-{:.3f} | {} | {} | {} | {} | {} | {} |",
            row.model, row.domain == "icons" || report.suite != "icons" ? "" : ", " + row.domain, row.camera, row.prior,
            row.shots, row.views, row.iterations, row.trust, row.silhouette_steps, row.iou.mean, row.iou.low,
            row.iou.high, figure(row.iou_at_0_4, row.iou_at_0_4 > 0), figure(s.chamfer_l1, surface),
            figure(s.fscore_001, surface), figure(s.fscore_005, surface),
            figure(row.silhouette_iou.value_or(0), row.silhouette_iou.has_value()),
            figure(row.silhouette_iou_unseen.value_or(0), row.silhouette_iou_unseen.has_value()));
        for (const auto& name : categories) {
            const auto found = row.per_category.find(name);
            text += found == row.per_category.end() ? " - |" : fmt::format(" {:.3f} |", found->second);
        }
        text += "\n";
    }
    return text;
}

std::string comparison_tables(const Report& report, const std::set<std::string>& categories) {
    std::string text = "\n| paired difference in IoU | mean | 95 % |\n|---|---|---|\n";
    for (const auto& [name, d] : report.differences) {
        text += fmt::format("| {} | {:+.3f} | {:+.3f} to {:+.3f} |\n", name, d.mean, d.low, d.high);
    }
    if (!report.ratios.empty()) {
        text += "\n| ratio (of IoU where nothing else is said) | mean | 95 % |\n|---|---|---|\n";
    }
    for (const auto& [name, r] : report.ratios) {
        text += fmt::format("| {} | {:.2f} | {:.2f} to {:.2f} |\n", name, r.mean, r.low, r.high);
    }
    if (report.category_differences.empty()) return text;
    text += "\n| difference in IoU by category |";
    std::string rule = "\n|---|";
    for (const auto& name : categories) {
        text += fmt::format(" {} |", name);
        rule += "---|";
    }
    text += rule + "\n";
    for (const auto& [name, differences] : report.category_differences) {
        text += fmt::format("| {} |", name);
        for (const auto& category : categories) {
            const auto found = differences.find(category);
            text += found == differences.end() ? " - |" : fmt::format(" {:+.3f} |", found->second);
        }
        text += "\n";
    }
    return text;
}

std::string prior_table(const Report& report) {
    std::string text;
    for (const auto& row : report.rows) {
        if (!row.prior_figures) continue;
        if (text.empty()) {
            text =
                "\n| camera | prior | shots | views | agreement with the photo | share of the prior | noticed as wrong "
                "|\n|---|---|---|---|---|---|---|\n";
        }
        const auto& p = *row.prior_figures;
        text += fmt::format("| {} | {} | {} | {} | {:.3f} | {:.3f} | {:.3f} |\n", row.camera, row.prior, row.shots,
                            row.views, p.agreement, p.share, p.noticed);
    }
    return text;
}

std::string camera_table(const Report& report) {
    std::string text;
    for (const auto& row : report.rows) {
        if (!row.camera_estimate) continue;
        if (text.empty()) {
            text =
                "\n| estimated camera, prior | shots | azimuth within 30 | flipped | within 30 or looks the same | "
                "shapes without symmetry: share | within 30 | flipped | mean confidence "
                "|\n|---|---|---|---|---|---|---|---|---|\n";
        }
        const auto& c = *row.camera_estimate;
        text +=
            fmt::format("| {}{} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n", row.prior,
                        row.trust == "full" ? "" : ", " + row.trust, row.shots, c.within_30, c.flipped, c.looks_same,
                        c.asymmetric_share, c.asymmetric_within_30, c.asymmetric_flipped, c.confidence);
    }
    return text;
}

}  // namespace

void write_report_json(const std::filesystem::path& path, const Report& report) {
    nlohmann::json json = {{"suite", report.suite},
                           {"data_digest", report.data_digest},
                           {"weights_digest", report.weights_digest},
                           {"choices", report.choices},
                           {"rows", nlohmann::json::array()}};
    for (const auto& row : report.rows) json["rows"].push_back(to_json(row));
    for (const auto& [name, interval] : report.differences) json["differences"][name] = to_json(interval);
    for (const auto& [name, interval] : report.ratios) json["ratios"][name] = to_json(interval);
    if (!report.category_differences.empty()) json["category_differences"] = report.category_differences;
    render::write_file_atomically(path, json.dump(1) + "\n");
}

std::string to_markdown(const Report& report) {
    std::set<std::string> categories;
    for (const auto& row : report.rows) {
        for (const auto& [name, value] : row.per_category) categories.insert(name);
    }
    std::string text = fmt::format("# Evaluation: {}\n\n", report.suite);
    for (const auto& choice : report.choices) text += fmt::format("- {}\n", choice);
    text += fmt::format("- data {:.12}, weights {:.12}\n\n", report.data_digest, report.weights_digest);
    return text + main_table(report, categories) + comparison_tables(report, categories) + prior_table(report) +
           camera_table(report);
}

void write_report_markdown(const std::filesystem::path& path, const Report& report) {
    render::write_file_atomically(path, to_markdown(report));
}

}  // namespace maquette::recon
