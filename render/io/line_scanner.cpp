#include "render/io/line_scanner.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <system_error>

namespace maquette::render {
namespace {

bool is_newline(char c) {
    return c == '\n' || c == '\r';
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f' || c == '\0';
}

}  // namespace

LineScanner::LineScanner(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) {
        position_ = byte_order_mark.size();
    }
}

std::size_t LineScanner::joint_length() const {
    if (text_[position_] != '\\' || position_ + 1 >= text_.size() || !is_newline(text_[position_ + 1])) {
        return 0;
    }
    return text_.substr(position_ + 1, 2) == "\r\n" ? 3 : 2;
}

void LineScanner::skip_blanks() {
    while (position_ < text_.size()) {
        if (is_blank(text_[position_])) {
            ++position_;
        } else if (const std::size_t joint = joint_length(); joint > 0) {
            position_ += joint;
            ++line_;
        } else {
            return;
        }
    }
}

void LineScanner::skip_newline() {
    position_ += text_.substr(position_, 2) == "\r\n" ? 2 : 1;
    ++line_;
}

void LineScanner::skip_to_newline() {
    while (position_ < text_.size() && !is_newline(text_[position_])) {
        const std::size_t joint = joint_length();
        line_ += joint > 0 ? 1 : 0;
        position_ += joint > 0 ? joint : 1;
    }
}

bool LineScanner::next_line() {
    if (inside_line_) {
        skip_to_newline();
    }
    while (position_ < text_.size()) {
        skip_blanks();
        if (position_ < text_.size() && text_[position_] == '#') {
            skip_to_newline();
        }
        if (position_ >= text_.size()) {
            break;
        }
        if (!is_newline(text_[position_])) {
            inside_line_ = true;
            return true;
        }
        skip_newline();
    }
    inside_line_ = false;
    return false;
}

std::string_view LineScanner::word() {
    skip_blanks();
    const std::size_t begin = position_;
    if (begin < text_.size() && text_[begin] == '#') {
        return {};
    }
    while (position_ < text_.size() && !is_blank(text_[position_]) && !is_newline(text_[position_]) &&
           joint_length() == 0) {
        ++position_;
    }
    return text_.substr(begin, position_ - begin);
}

std::string_view LineScanner::rest() {
    skip_blanks();
    const std::size_t begin = position_;
    while (position_ < text_.size() && !is_newline(text_[position_])) {
        ++position_;
    }
    std::string_view found = text_.substr(begin, position_ - begin);
    while (!found.empty() && is_blank(found.back())) {
        found.remove_suffix(1);
    }
    return found;
}

std::optional<double> parse_number(std::string_view word) {
    if (word.starts_with('+')) {
        word.remove_prefix(1);
    }
    double value = 0;
    const char* end = word.data() + word.size();
    const auto [stop, problem] = std::from_chars(word.data(), end, value);
    if (stop != end || word.empty() || problem == std::errc::invalid_argument) {
        return std::nullopt;
    }
    if (problem == std::errc::result_out_of_range) {
        return std::strtod(std::string(word).c_str(), nullptr);
    }
    return value;
}

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return result;
}

std::string portable_name(std::string_view name) {
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
        name = name.substr(1, name.size() - 2);
    }
    std::string result(name);
    std::replace(result.begin(), result.end(), '\\', '/');
    while (result.starts_with("./")) {
        result.erase(0, 2);
    }
    return result;
}

}  // namespace maquette::render
