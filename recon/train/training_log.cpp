#include "recon/train/training_log.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {

TrainingLog::TrainingLog(std::filesystem::path path, long long resume_after) : path_(std::move(path)) {
    std::string kept;
    if (resume_after >= 0 && std::filesystem::exists(path_)) {
        std::ifstream old(path_);
        for (std::string line; std::getline(old, line);) {
            const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
            // A torn last line of a killed run does not parse.
            if (json.is_object() && json.value("step", resume_after + 1) <= resume_after) kept += line + "\n";
        }
    }
    render::write_file_atomically(path_, kept);
}

void TrainingLog::append(const std::string& json) {
    std::ofstream file(path_, std::ios::app);
    file << json << '\n';
    file.flush();
    if (!file) throw Error(fmt::format("{}: cannot append to the training log; free some space", path_.string()));
}

}  // namespace maquette::recon
