#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace maquette::priors {

/// A CSV file by RFC 4180: quoted fields may hold commas, quotes (doubled) and line breaks; the first row names the
/// columns; LF or CRLF; blank lines are skipped.
class CsvTable {
public:
    /// `what` names the file in messages. Throws InputError, with the line, on a row of other than the header's width,
    /// an unclosed quote, text after a closing quote, or a repeated column name.
    CsvTable(std::string_view text, std::string what);

    [[nodiscard]] std::size_t row_count() const { return rows_.size(); }
    /// Throws InputError when there is no such column.
    [[nodiscard]] std::size_t column(std::string_view name) const;
    [[nodiscard]] const std::string& at(std::size_t row, std::size_t column) const;
    /// "file:line" of a row, for messages.
    [[nodiscard]] std::string where(std::size_t row) const;

private:
    struct Row {
        std::size_t line = 0;
        std::vector<std::string> fields;
    };
    std::string what_;
    std::vector<std::string> header_;
    std::vector<Row> rows_;
};

}  // namespace maquette::priors
