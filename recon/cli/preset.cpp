#include "recon/cli/preset.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "priors/prior_library.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon::cli {
namespace {

using nlohmann::json;

constexpr std::size_t max_preset_bytes = 1U << 20U;

template <typename Type>
bool holds(const json& given) {
    if constexpr (std::is_same_v<Type, bool>) {
        return given.is_boolean();
    } else if constexpr (std::is_same_v<Type, std::uint64_t>) {
        return given.is_number_unsigned();
    } else if constexpr (std::is_integral_v<Type>) {
        return given.is_number_integer();
    } else if constexpr (std::is_floating_point_v<Type> || std::is_same_v<Type, std::optional<double>>) {
        return given.is_number() || (given.is_null() && std::is_same_v<Type, std::optional<double>>);
    } else if constexpr (std::is_same_v<Type, std::vector<std::string>>) {
        return given.is_string() || (given.is_array() && std::all_of(given.begin(), given.end(),
                                                                     [](const json& e) { return e.is_string(); }));
    } else {
        return given.is_string();
    }
}

template <typename Type>
constexpr const char* expected() {
    if constexpr (std::is_same_v<Type, bool>) {
        return "true or false";
    } else if constexpr (std::is_same_v<Type, std::uint64_t>) {
        return "a whole number from 0";
    } else if constexpr (std::is_integral_v<Type>) {
        return "a whole number";
    } else if constexpr (std::is_floating_point_v<Type> || std::is_same_v<Type, std::optional<double>>) {
        return "a number";
    } else if constexpr (std::is_same_v<Type, std::vector<std::string>>) {
        return "a list of texts";
    } else {
        return "a text";
    }
}

template <typename Type>
void read_value(const json& given, Type& value) {
    if constexpr (std::is_same_v<Type, std::optional<double>>) {
        value = given.is_null() ? std::optional<double>{} : std::optional<double>{given.get<double>()};
    } else if constexpr (std::is_same_v<Type, std::filesystem::path>) {
        value = given.get<std::string>();
    } else if constexpr (std::is_same_v<Type, std::vector<std::string>>) {
        value = given.is_string() ? Type{given.get<std::string>()} : given.get<Type>();
    } else {
        value = given.get<Type>();
    }
}

}  // namespace

void apply_preset(const std::filesystem::path& file, const VisitFunction& visit, const std::set<std::string>& given) {
    const json preset = json::parse(render::read_file(file, max_preset_bytes), nullptr, false);
    if (!preset.is_object()) {
        throw InputError(fmt::format("preset {}: not a JSON object such as {{\"resolution\": 64}}", file.string()));
    }
    std::vector<std::string> names;
    visit([&](const OptionInfo& info, const OptionValue& value) {
        names.push_back(info.name);
        const auto found = preset.find(info.name);
        if (found == preset.end() || given.contains(info.name)) {
            return;
        }
        std::visit(
            [&](auto* target) {
                using Type = std::remove_pointer_t<decltype(target)>;
                if (!holds<Type>(*found)) {
                    throw UsageError(fmt::format("preset {}: \"{}\" is {}; it must be {}", file.string(), info.name,
                                                 found->dump(), expected<Type>()));
                }
                read_value(*found, *target);
            },
            value);
    });
    for (const auto& [key, value] : preset.items()) {
        if (std::find(names.begin(), names.end(), key) == names.end()) {
            const std::string nearest = priors::nearest_name(key, names);
            throw UsageError(fmt::format("preset {}: unknown option \"{}\"{}", file.string(), key,
                                         nearest.empty() ? "" : fmt::format("; did you mean \"{}\"?", nearest)));
        }
    }
}

json options_as_json(const VisitFunction& visit) {
    json options = json::object();
    visit([&](const OptionInfo& info, const OptionValue& value) {
        std::visit(
            [&](const auto* source) {
                using Type = std::remove_cvref_t<decltype(*source)>;
                if constexpr (std::is_same_v<Type, std::filesystem::path>) {
                    options[info.name] = source->string();
                } else if constexpr (std::is_same_v<Type, std::optional<double>>) {
                    options[info.name] = *source ? json(**source) : json(nullptr);
                } else {
                    options[info.name] = *source;
                }
            },
            value);
    });
    return options;
}

}  // namespace maquette::recon::cli
