#include "recon/eval/part_report.h"

#include <fmt/format.h>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"

namespace maquette::recon {
namespace {

std::string table_text(const ReportTable& table) {
    std::string text;
    if (!table.title.empty()) text += fmt::format("\n{}\n", table.title);
    text += "\n|";
    for (const auto& column : table.columns) text += fmt::format(" {} |", column);
    text += "\n|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) text += "---|";
    text += "\n";
    for (const auto& row : table.rows) {
        if (row.size() != table.columns.size()) {
            throw UsageError(fmt::format("a row of {} cells in table '{}' of {} columns", row.size(), table.title,
                                         table.columns.size()));
        }
        text += "|";
        for (const auto& cell : row) text += fmt::format(" {} |", cell);
        text += "\n";
    }
    return text;
}

}  // namespace

nlohmann::json interval_json(const Interval& interval) {
    return {{"mean", interval.mean}, {"ci", {interval.low, interval.high}}};
}

std::string interval_text(const Interval& interval, int digits, bool difference) {
    if (difference) {
        return fmt::format("{:+.{}f} ({:+.{}f} to {:+.{}f})", interval.mean, digits, interval.low, digits,
                           interval.high, digits);
    }
    return fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", interval.mean, digits, interval.low, digits, interval.high,
                       digits);
}

nlohmann::json to_json(const PartReport& report) {
    nlohmann::json json = {{"suite", report.suite},
                           {"data_digest", report.data_digest},
                           {"weights_digest", report.weights_digest},
                           {"choices", report.choices}};
    for (const auto& part : report.parts) {
        json[part.key] = part.figures;
        for (const auto& [name, value] : part.headlines.items()) json[name] = value;
    }
    return json;
}

std::string to_markdown(const PartReport& report, const std::string& pictures) {
    std::string text = fmt::format("# {}\n\n", report.suite);
    for (const auto& choice : report.choices) text += fmt::format("- {}\n", choice);
    text += fmt::format("- data {}, weights {}\n", report.data_digest.substr(0, 12), report.weights_digest);
    for (const auto& part : report.parts) {
        text += fmt::format("\n## {}\n", part.title);
        if (!part.notes.empty()) text += "\n";
        for (const auto& note : part.notes) text += fmt::format("- {}\n", note);
        for (const auto& table : part.tables) text += table_text(table);
        if (pictures.empty()) continue;
        for (const auto& picture : part.pictures) {
            text += fmt::format("\n![{}]({}/{}.png)\n\n{}\n", picture.name, pictures, picture.name, picture.caption);
        }
    }
    return text;
}

void write_part_report(const PartReport& report, const std::filesystem::path& json,
                       const std::filesystem::path& markdown) {
    if (!json.empty()) render::write_file_atomically(json, to_json(report).dump(2) + "\n");
    if (markdown.empty()) return;
    const std::string folder = markdown.stem().string();
    for (const auto& part : report.parts) {
        for (const auto& picture : part.pictures) {
            render::write_image(markdown.parent_path() / folder / (picture.name + ".png"), picture.image);
        }
    }
    render::write_file_atomically(markdown, to_markdown(report, folder));
}

}  // namespace maquette::recon
