#include "recon/eval/part_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <utility>

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
    auto& parts = json["parts"] = nlohmann::json::array();
    for (const auto& part : report.parts) {
        json[part.key] = part.figures;
        for (const auto& [name, value] : part.headlines.items()) json[name] = value;
        nlohmann::json tables = nlohmann::json::array();
        for (const auto& table : part.tables) {
            tables.push_back({{"title", table.title}, {"columns", table.columns}, {"rows", table.rows}});
        }
        nlohmann::json pictures = nlohmann::json::array();
        for (const auto& picture : part.pictures) {
            pictures.push_back({{"name", picture.name}, {"caption", picture.caption}});
        }
        parts.push_back({{"key", part.key},
                         {"title", part.title},
                         {"notes", part.notes},
                         {"tables", tables},
                         {"pictures", pictures},
                         {"headlines", part.headlines}});
    }
    return json;
}

PartReport part_report_from(const nlohmann::json& json) {
    try {
        PartReport report{.suite = json.at("suite"),
                          .data_digest = json.at("data_digest"),
                          .weights_digest = json.at("weights_digest"),
                          .choices = json.at("choices"),
                          .parts = {}};
        for (const auto& from : json.at("parts")) {
            ReportPart part{.title = from.at("title"), .key = from.at("key")};
            part.notes = from.at("notes").get<std::vector<std::string>>();
            for (const auto& table : from.at("tables")) {
                part.tables.push_back({table.at("title"), table.at("columns"), table.at("rows")});
            }
            for (const auto& picture : from.at("pictures")) {
                part.pictures.push_back({picture.at("name"), picture.at("caption"), {}});
            }
            part.headlines = from.at("headlines");
            part.figures = json.at(part.key);
            report.parts.push_back(std::move(part));
        }
        return report;
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("this is no report of parts: {}", error.what()));
    }
}

PartReport with_earlier_parts(PartReport report, const PartReport& earlier) {
    if (report.suite != earlier.suite || report.data_digest != earlier.data_digest) {
        throw InputError(fmt::format(
            "the earlier report is of suite {}, data {}; this one of {}, {}; write it elsewhere, or leave --keep out",
            earlier.suite, earlier.data_digest.substr(0, 12), report.suite, report.data_digest.substr(0, 12)));
    }
    PartReport both = earlier;
    for (auto& part : report.parts) {
        const auto before = std::find_if(both.parts.begin(), both.parts.end(),
                                         [&](const ReportPart& other) { return other.key == part.key; });
        if (before == both.parts.end()) {
            both.parts.push_back(std::move(part));
        } else {
            *before = std::move(part);
        }
    }
    for (auto& choice : report.choices) {
        const bool said = std::find(both.choices.begin(), both.choices.end(), choice) != both.choices.end();
        if (!said) both.choices.push_back(std::move(choice));
    }
    std::istringstream digests(report.weights_digest);
    for (std::string digest; digests >> digest;) {
        if (both.weights_digest.find(digest) == std::string::npos) both.weights_digest += " " + digest;
    }
    return both;
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
            if (picture.image.empty()) continue;
            render::write_image(markdown.parent_path() / folder / (picture.name + ".png"), picture.image);
        }
    }
    render::write_file_atomically(markdown, to_markdown(report, folder));
}

}  // namespace maquette::recon
