#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recon/eval/part_report.h"

namespace maquette::recon {

/// Parts of a suite that a user asks for by name.
class AskedParts {
public:
    /// asked: none means all. Throws UsageError on a name that is not among `known`, naming those.
    AskedParts(std::vector<std::string> asked, const std::vector<std::string>& known);

    [[nodiscard]] bool contains(const std::string& part) const;

private:
    std::vector<std::string> asked_;
};

/// Splits that suites of their own measure on. Throws UsageError on another name than novel and validation.
void check_measured_split(const std::string& split);

/// Names the file among those that the report's figures depend on. Throws InputError where it cannot be read.
void add_weights_digest(PartReport& report, const std::filesystem::path& weights);

}  // namespace maquette::recon
