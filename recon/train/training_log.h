#pragma once

#include <filesystem>
#include <string>

namespace maquette::recon {

/// JSON lines, one object a line with at least {"step": n}; flushed line by line, so that a killed run keeps them.
class TrainingLog {
public:
    /// With `resume_after` >= 0 keeps the lines up to that step (later ones will be made again); otherwise starts anew.
    TrainingLog(std::filesystem::path path, long long resume_after);

    /// `json`: one object, no line break.
    void append(const std::string& json);

private:
    std::filesystem::path path_;
};

}  // namespace maquette::recon
