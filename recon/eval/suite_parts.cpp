#include "recon/eval/suite_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {

AskedParts::AskedParts(std::vector<std::string> asked, const std::vector<std::string>& known)
    : asked_(std::move(asked)) {
    for (const auto& part : asked_) {
        if (std::find(known.begin(), known.end(), part) == known.end()) {
            throw UsageError(fmt::format("part '{}' is unknown; known: {}", part, fmt::join(known, ", ")));
        }
    }
}

bool AskedParts::contains(const std::string& part) const {
    return asked_.empty() || std::find(asked_.begin(), asked_.end(), part) != asked_.end();
}

void check_measured_split(const std::string& split) {
    if (split != "novel" && split != "validation") {
        throw UsageError(fmt::format("split '{}' is unknown; known: novel, validation", split));
    }
}

void add_weights_digest(PartReport& report, const std::filesystem::path& weights) {
    constexpr std::size_t shown = 12;
    if (!report.weights_digest.empty()) report.weights_digest += " ";
    report.weights_digest += render::sha256_of_file(weights).substr(0, shown);
}

}  // namespace maquette::recon
