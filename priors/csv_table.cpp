#include "priors/csv_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "render/error.h"

namespace maquette::priors {

namespace {

class Scanner {
public:
    Scanner(std::string_view text, const std::string& what) : text_(text), what_(what) {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            text_.remove_prefix(3);
        }
    }

    [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
    [[nodiscard]] std::size_t line() const { return line_; }

    /// Fields up to the end of the line, which is consumed.
    std::vector<std::string> record() {
        std::vector<std::string> fields;
        while (true) {
            fields.push_back(field());
            if (at_end() || text_[position_] != ',') {
                break;
            }
            ++position_;
        }
        end_of_line();
        return fields;
    }

private:
    std::string field() {
        if (!at_end() && text_[position_] == '"') {
            return quoted();
        }
        const std::size_t begin = position_;
        position_ = std::min(text_.find_first_of(",\r\n", position_), text_.size());
        return std::string(text_.substr(begin, position_ - begin));
    }

    std::string quoted() {
        const std::size_t opened = line_;
        std::string value;
        ++position_;
        while (true) {
            if (at_end()) {
                throw InputError(fmt::format("{}:{}: a quote is opened here and never closed", what_, opened));
            }
            const char next = text_[position_++];
            if (next == '\n') {
                ++line_;
            }
            if (next != '"') {
                value += next;
            } else if (!at_end() && text_[position_] == '"') {
                value += '"';
                ++position_;
            } else {
                break;
            }
        }
        if (!at_end() && text_[position_] != ',' && text_[position_] != '\r' && text_[position_] != '\n') {
            throw InputError(fmt::format("{}:{}: text after a closing quote; double the quotes inside a quoted field",
                                         what_, line_));
        }
        return value;
    }

    void end_of_line() {
        if (!at_end() && text_[position_] == '\r') {
            ++position_;
        }
        if (!at_end() && text_[position_] == '\n') {
            ++position_;
        }
        ++line_;
    }

    std::string_view text_;
    const std::string& what_;
    std::size_t position_ = 0;
    std::size_t line_ = 1;
};

}  // namespace

CsvTable::CsvTable(std::string_view text, std::string what) : what_(std::move(what)) {
    Scanner scanner(text, what_);
    while (!scanner.at_end()) {
        const std::size_t line = scanner.line();
        auto fields = scanner.record();
        if (fields.size() == 1 && fields.front().empty()) {
            continue;
        }
        if (header_.empty()) {
            header_ = std::move(fields);
            continue;
        }
        if (fields.size() != header_.size()) {
            throw InputError(
                fmt::format("{}:{}: {} fields where the header has {}", what_, line, fields.size(), header_.size()));
        }
        rows_.push_back({line, std::move(fields)});
    }
    for (auto name = header_.begin(); name != header_.end(); ++name) {
        if (std::find(header_.begin(), name, *name) != name) {
            throw InputError(fmt::format("{}: column \"{}\" is there twice", what_, *name));
        }
    }
}

std::size_t CsvTable::column(std::string_view name) const {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found == header_.end()) {
        throw InputError(fmt::format("{}: there is no column \"{}\"", what_, name));
    }
    return static_cast<std::size_t>(found - header_.begin());
}

const std::string& CsvTable::at(std::size_t row, std::size_t column) const {
    return rows_.at(row).fields.at(column);
}

std::string CsvTable::where(std::size_t row) const {
    return fmt::format("{}:{}", what_, rows_.at(row).line);
}

}  // namespace maquette::priors
