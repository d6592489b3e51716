#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace maquette::recon::cli {

/// Where an option's value lives; the type says what may be written there.
using OptionValue = std::variant<bool*, int*, long long*, std::uint64_t*, double*, std::optional<double>*, std::string*,
                                 std::filesystem::path*, std::vector<std::string>*>;

/// What the command line, presets and run.json need to know of one option.
struct OptionInfo {
    std::string name;  ///< "resolution" for --resolution; a positional has upper case letters in the help
    std::string help;  ///< what it does, with the unit
    char short_name = 0;
    bool positional = false;
    bool required = false;
    std::optional<double> low = std::nullopt;   ///< smallest value allowed
    std::optional<double> high = std::nullopt;  ///< largest value allowed
    std::vector<std::string> choices = {};
    std::string default_text = {};  ///< shown where the value itself says nothing
};

/// Each command's options struct has one `visit` that names every member to such a function; command line, JSON
/// preset and run.json are all fed by it.
using OptionVisitor = std::function<void(const OptionInfo&, OptionValue)>;

/// "--resolution", or "PHOTO" for a positional: how messages name the option.
std::string display_name(const OptionInfo& info);

/// Help with range and choices appended, in lines of at most `width` letters.
std::string full_help(const OptionInfo& info, std::size_t width);

/// "N [128]": the kind of value and its default.
std::string value_text(const OptionInfo& info, const OptionValue& value);
std::string default_text(const OptionInfo& info, const OptionValue& value);

/// Writes what was typed. Throws UsageError naming the option, what was typed and what is expected.
void assign(const OptionInfo& info, const OptionValue& value, const std::vector<std::string>& typed);

/// Throws UsageError when the value is outside the option's range or choices.
void check_limits(const OptionInfo& info, const OptionValue& value);

}  // namespace maquette::recon::cli
