#include "recon/cli/option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <sstream>
#include <type_traits>

#include "priors/prior_library.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

template <typename... Lambdas>
struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};
template <typename... Lambdas>
Overloaded(Lambdas...) -> Overloaded<Lambdas...>;

template <typename Number>
Number parse_number(const OptionInfo& info, const std::string& text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stop != end || text.empty()) {
        throw UsageError(fmt::format("{}: '{}' is not a {}number", display_name(info), text,
                                     std::is_floating_point_v<Number> ? "" : "whole "));
    }
    return number;
}

bool parse_bool(const OptionInfo& info, const std::string& text) {
    if (text == "true" || text == "1") {
        return true;
    }
    if (text == "false" || text == "0") {
        return false;
    }
    throw UsageError(fmt::format("{}: '{}' is neither true nor false", display_name(info), text));
}

std::string range_text(const OptionInfo& info) {
    if (info.low && info.high) {
        return fmt::format("{:g}..{:g}", *info.low, *info.high);
    }
    if (info.low) {
        return fmt::format("{:g} or more", *info.low);
    }
    return info.high ? fmt::format("at most {:g}", *info.high) : "";
}

std::string wrapped(const std::string& text, std::size_t width) {
    std::istringstream words(text);
    std::string result;
    std::size_t column = 0;
    for (std::string word; words >> word;) {
        const bool breaks = column > 0 && column + 1 + word.size() > width;
        result += column == 0 ? "" : (breaks ? "\n" : " ");
        column = (breaks || column == 0 ? 0 : column + 1) + word.size();
        result += word;
    }
    return result;
}

void check_range(const OptionInfo& info, double number, const std::string& shown) {
    if (std::isnan(number) || (info.low && number < *info.low) || (info.high && number > *info.high)) {
        throw UsageError(fmt::format("{}: {} is out of range; give {}", display_name(info), shown, range_text(info)));
    }
}

void check_choice(const OptionInfo& info, const std::string& text) {
    if (info.choices.empty() || std::find(info.choices.begin(), info.choices.end(), text) != info.choices.end()) {
        return;
    }
    const std::string nearest = priors::nearest_name(text, info.choices);
    throw UsageError(fmt::format("{}: '{}' is not one of {}{}", display_name(info), text, fmt::join(info.choices, ", "),
                                 nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

}  // namespace

std::string display_name(const OptionInfo& info) {
    if (!info.positional) {
        return "--" + info.name;
    }
    std::string upper = info.name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return upper;
}

std::string full_help(const OptionInfo& info, std::size_t width) {
    std::string help = info.help;
    if (const std::string range = range_text(info); !range.empty()) {
        help += fmt::format(" ({})", range);
    }
    if (!info.choices.empty()) {
        help += fmt::format(" ({})", fmt::join(info.choices, " | "));
    }
    return wrapped(help, width);
}

std::string value_text(const OptionInfo& info, const OptionValue& value) {
    const std::string kind =
        std::visit(Overloaded{[](const bool*) { return ""; }, [](const std::string*) { return "NAME"; },
                              [](const std::filesystem::path*) { return "FILE"; },
                              [](const std::vector<std::string>*) { return "NAME"; }, [](const double*) { return "X"; },
                              [](const std::optional<double>*) { return "X"; }, [](const auto*) { return "N"; }},
                   value);
    const std::string shown = default_text(info, value);
    const std::string prefix = info.positional ? "" : kind;
    return shown.empty() ? prefix : fmt::format("{}{}[{}]", prefix, prefix.empty() ? "" : " ", shown);
}

std::string default_text(const OptionInfo& info, const OptionValue& value) {
    if (!info.default_text.empty()) {
        return info.default_text;
    }
    return std::visit(
        Overloaded{[](const bool* on) { return std::string(*on ? "on" : ""); },
                   [](const std::optional<double>* number) { return *number ? fmt::format("{:g}", **number) : ""; },
                   [](const double* number) { return fmt::format("{:g}", *number); },
                   [](const std::string* text) { return *text; },
                   [](const std::filesystem::path* path) { return path->string(); },
                   [](const std::vector<std::string>* texts) { return fmt::format("{}", fmt::join(*texts, " ")); },
                   [](const auto* number) { return std::to_string(*number); }},
        value);
}

void assign(const OptionInfo& info, const OptionValue& value, const std::vector<std::string>& typed) {
    const std::string last = typed.empty() ? "" : typed.back();
    std::visit(
        Overloaded{[&](bool* on) { *on = parse_bool(info, last); },
                   [&](std::optional<double>* number) { *number = parse_number<double>(info, last); },
                   [&](std::string* text) { *text = last; }, [&](std::filesystem::path* path) { *path = last; },
                   [&](std::vector<std::string>* texts) { *texts = typed; },
                   [&](auto* number) { *number = parse_number<std::remove_pointer_t<decltype(number)>>(info, last); }},
        value);
}

void check_limits(const OptionInfo& info, const OptionValue& value) {
    std::visit(
        Overloaded{
            [](const bool*) {},
            [&](const std::optional<double>* number) {
                if (*number) {
                    check_range(info, **number, fmt::format("{:g}", **number));
                }
            },
            [&](const std::string* text) { check_choice(info, *text); }, [](const std::filesystem::path*) {},
            [&](const std::vector<std::string>* texts) {
                for (const std::string& text : *texts) {
                    check_choice(info, text);
                }
            },
            [&](const auto* number) { check_range(info, static_cast<double>(*number), fmt::format("{}", *number)); }},
        value);
}

}  // namespace maquette::recon::cli
