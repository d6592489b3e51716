#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>

#include "recon/cli/option.h"

namespace maquette::recon::cli {

using VisitFunction = std::function<void(const OptionVisitor&)>;

/// Sets the options that a JSON object names, except those in `given` (typed on the command line, which wins).
/// Throws InputError when the file is no JSON object; UsageError on an unknown key, naming the nearest, or on a value
/// of the wrong type.
void apply_preset(const std::filesystem::path& file, const VisitFunction& visit, const std::set<std::string>& given);

/// All options with their values, as run.json keeps them and a preset takes them.
nlohmann::json options_as_json(const VisitFunction& visit);

}  // namespace maquette::recon::cli
