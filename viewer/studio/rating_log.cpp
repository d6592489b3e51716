#include "viewer/studio/rating_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "priors/default_locations.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::viewer {

void RatingLog::add(const std::string& line) {
    std::error_code ignored;
    if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), ignored);
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    const std::string whole = line + "\n";
    const bool written = file >= 0 && ::write(file, whole.data(), whole.size()) == static_cast<ssize_t>(whole.size()) &&
                         ::fsync(file) == 0;
    const int error = errno;
    if (file >= 0) ::close(file);
    if (!written) {
        throw InputError(fmt::format("{}: the rating cannot be written ({})", path_.string(), std::strerror(error)));
    }
    added_.push_back(whole);
}

bool RatingLog::undo() {
    if (added_.empty()) return false;
    const std::string last = added_.back();
    added_.pop_back();
    std::string whole = render::read_file(path_);
    if (!whole.ends_with(last)) return false;
    whole.resize(whole.size() - last.size());
    render::write_file_atomically(path_, whole);
    return true;
}

std::filesystem::path default_ratings_file() {
    return priors::user_priors_folder().parent_path() / "ratings.jsonl";
}

}  // namespace maquette::viewer
