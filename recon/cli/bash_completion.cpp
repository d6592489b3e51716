#include "recon/cli/bash_completion.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <vector>

namespace maquette::recon::cli {
namespace {

/// What may follow a command's words.
struct Continuation {
    std::vector<std::string> words;
    std::map<std::string, std::vector<std::string>> choices;  ///< by option
};

void add_option(Continuation& next, const OptionInfo& info, const OptionValue& value) {
    if (info.positional) return;
    std::vector<std::string> names = {"--" + info.name};
    if (info.short_name != 0) names.push_back(fmt::format("-{}", info.short_name));
    if (bool* const* const flag = std::get_if<bool*>(&value)) {
        if (**flag) names.push_back("--no-" + info.name);
    } else {
        for (const std::string& name : names) next.choices[name] = info.choices;
    }
    next.words.insert(next.words.end(), names.begin(), names.end());
}

std::map<std::string, Continuation> continuations(std::span<const CommandFacts> commands) {
    std::map<std::string, Continuation> after;
    for (const CommandFacts& command : commands) {
        std::string path;
        for (const std::string& word : command.words) {
            std::vector<std::string>& known = after[path].words;
            if (std::find(known.begin(), known.end(), word) == known.end()) known.push_back(word);
            path += (path.empty() ? "" : " ") + word;
        }
        Continuation& next = after[path];
        if (!command.visit) continue;
        command.visit([&](const OptionInfo& info, const OptionValue& value) { add_option(next, info, value); });
        next.words.emplace_back("--preset");
        next.choices["--preset"];
    }
    for (auto& [path, next] : after) next.words.emplace_back("--help");
    after[""].words.emplace_back("--version");
    return after;
}

std::string value_cases(const std::map<std::string, Continuation>& after) {
    std::string cases;
    for (const auto& [path, next] : after) {
        for (const auto& [option, choices] : next.choices) {
            if (choices.empty()) continue;
            cases += fmt::format("        '{} {}') choices='{}' ;;\n", path, option, fmt::join(choices, " "));
        }
    }
    return cases;
}

std::string word_cases(const std::map<std::string, Continuation>& after) {
    std::string cases;
    for (const auto& [path, next] : after) {
        std::vector<std::string> valued;
        for (const auto& entry : next.choices) valued.push_back(entry.first);
        cases += fmt::format("        '{}') words='{}' valued='{}' ;;\n", path, fmt::join(next.words, " "),
                             fmt::join(valued, " "));
    }
    return cases;
}

constexpr const char* frame = R"(# Completion of maquette for bash, written by `maquette completion`.
_maquette_words() {{
    words='' valued=''
    case $1 in
{word_cases}    esac
}}

_maquette() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} path='' word words valued choices=''
    COMPREPLY=()
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD - 1}}"; do
        _maquette_words "$path"
        [[ $word != -* && " $words " == *" $word "* ]] || continue
        path=${{path:+$path }}$word
    done
    _maquette_words "$path"
    case "$path $previous" in
{value_cases}    esac
    if [[ -n $choices ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$current")
    elif [[ " $valued " == *" $previous "* ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        [[ $current == -* ]] || mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$current")
    fi
}}
complete -o filenames -F _maquette maquette
)";

}  // namespace

std::string bash_completion(std::span<const CommandFacts> commands) {
    const auto after = continuations(commands);
    return fmt::format(frame, fmt::arg("word_cases", word_cases(after)), fmt::arg("value_cases", value_cases(after)));
}

}  // namespace maquette::recon::cli
