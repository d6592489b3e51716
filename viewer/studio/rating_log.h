#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace maquette::viewer {

/// A file of JSON lines that grows by one line a rating.
class RatingLog {
public:
    explicit RatingLog(std::filesystem::path path) : path_(std::move(path)) {}

    /// Appends the line in one write. Throws InputError where it cannot be written.
    void add(const std::string& line);
    /// Takes the last line that was added back, if it is still the file's last. Returns whether it did.
    bool undo();
    /// Lines added and not taken back.
    [[nodiscard]] std::size_t count() const { return added_.size(); }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    std::vector<std::string> added_;
};

/// ratings.jsonl beside the user's priors.
std::filesystem::path default_ratings_file();

}  // namespace maquette::viewer
