#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace maquette::render {

/// Walks the lines and words of an OBJ or MTL text without copying. Lines end with LF, CRLF or CR; a back-slash at the
/// end joins a line to the next.
class LineScanner {
public:
    explicit LineScanner(std::string_view text);

    /// Moves to the next line that has a word which is not a comment. False at the end of the text.
    bool next_line();

    /// Next word of the line; empty at its end or at a comment.
    std::string_view word();

    /// What is left of the line, trimmed; for names that may contain blanks.
    std::string_view rest();

    /// Number of the line of the last word, from 1.
    [[nodiscard]] std::size_t line() const { return line_; }

private:
    void skip_blanks();
    void skip_newline();
    void skip_to_newline();
    [[nodiscard]] std::size_t joint_length() const;

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t line_ = 1;
    bool inside_line_ = false;
};

/// Whole word as a number. Overflow gives an infinity and underflow zero, as strtod does; empty when it is no number.
std::optional<double> parse_number(std::string_view word);

/// ASCII lower case.
std::string lower_case(std::string_view text);

/// Forward slashes only, without quotes and leading "./".
std::string portable_name(std::string_view name);

}  // namespace maquette::render
