#include "recon/cli/manual_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace maquette::recon::cli {
namespace {

/// Text as troff shows it: backslashes and hyphens that are meant, no line that begins a request.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '\\') {
            result += "\\e";
        } else if (c == '-') {
            result += "\\-";
        } else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) {
            result += std::string("\\&") + c;
        } else {
            result += c;
        }
    }
    return result;
}

std::string option_entry(const OptionInfo& info, const OptionValue& value) {
    const bool* const* const flag = std::get_if<bool*>(&value);
    const std::string shown = value_text(info, value);
    std::string names = info.positional ? display_name(info) : "--" + info.name;
    if (info.short_name != 0) names = fmt::format("-{}, {}", info.short_name, names);
    if (flag != nullptr && **flag) names += fmt::format(", --no-{}", info.name);
    const std::string typed = flag == nullptr && !shown.empty() ? " \\fI" + escaped(shown) + "\\fR" : "";
    constexpr std::size_t unbroken = std::numeric_limits<std::size_t>::max() / 2;
    return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", escaped(names), typed, escaped(full_help(info, unbroken)));
}

std::string command_section(const CommandFacts& command) {
    std::string text = fmt::format(".SS \"maquette {}\"\n{}.\n",
                                   escaped(fmt::format("{}", fmt::join(command.words, " "))), escaped(command.summary));
    if (!command.visit) return text;
    command.visit([&](const OptionInfo& info, const OptionValue& value) { text += option_entry(info, value); });
    return text;
}

}  // namespace

std::string manual_page(std::span<const CommandFacts> commands, const std::string& summary) {
    std::string text = fmt::format(
        ".TH MAQUETTE 1 \"\" \"Maquette {0}\" \"User Commands\"\n.SH NAME\nmaquette \\- {1}\n.SH SYNOPSIS\n"
        ".B maquette\n\\fICOMMAND\\fR [\\fIARGUMENTS\\fR]\n.SH DESCRIPTION\n{1}\nEvery command takes "
        "\\fB\\-\\-preset\\fR \\fIFILE\\fR, a JSON file with options by name; those typed win.\n.SH COMMANDS\n",
        MAQUETTE_VERSION, escaped(summary));
    for (const CommandFacts& command : commands) text += command_section(command);
    text +=
        ".SH EXIT STATUS\n0 done, 1 failed, 2 bad usage, 3 bad input, 130 interrupted.\n"
        ".SH ENVIRONMENT\n.TP\n\\fBMAQUETTE_ASSETS\\fR\nFolder of weights, priors and the gallery's page.\n"
        ".TP\n\\fBXDG_DATA_HOME\\fR\nYour own priors are in maquette/priors below it (~/.local/share).\n";
    return text;
}

}  // namespace maquette::recon::cli
