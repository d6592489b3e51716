#include "priors/zip_archive.h"

#include <fmt/format.h>
#include <zip.h>

#include <cstdint>
#include <mutex>

#include "render/error.h"

namespace maquette::priors {

namespace {

constexpr std::uint64_t max_member_bytes = std::uint64_t{1} << 30U;

struct FileCloser {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct ZipArchive::Impl {
    std::filesystem::path path;
    zip_t* zip = nullptr;
    std::mutex mutex;
};

ZipArchive::ZipArchive(const std::filesystem::path& path) : impl_(std::make_unique<Impl>()) {
    impl_->path = path;
    int code = 0;
    impl_->zip = zip_open(path.c_str(), ZIP_RDONLY, &code);
    if (impl_->zip == nullptr) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        const std::string reason = zip_error_strerror(&error);
        zip_error_fini(&error);
        throw InputError(fmt::format("{}: cannot be opened as a zip: {}", path.string(), reason));
    }
}

ZipArchive::~ZipArchive() {
    zip_discard(impl_->zip);
}

std::optional<std::string> ZipArchive::read(const std::string& name) const {
    const std::scoped_lock lock(impl_->mutex);
    zip_int64_t index = zip_name_locate(impl_->zip, name.c_str(), 0);
    if (index < 0) {
        index = zip_name_locate(impl_->zip, name.c_str(), ZIP_FL_NOCASE);
    }
    if (index < 0) {
        return std::nullopt;
    }
    const auto damaged = [&](const std::string& reason) {
        return InputError(fmt::format("{}: {} cannot be read: {}", impl_->path.string(), name, reason));
    };
    const auto member = static_cast<zip_uint64_t>(index);
    zip_stat_t status;
    zip_stat_init(&status);
    if (zip_stat_index(impl_->zip, member, 0, &status) != 0 || (status.valid & ZIP_STAT_SIZE) == 0) {
        throw damaged(zip_strerror(impl_->zip));
    }
    if (status.size > max_member_bytes) {
        throw damaged(fmt::format("{} bytes are more than the limit of {}", status.size, max_member_bytes));
    }
    const std::unique_ptr<zip_file_t, FileCloser> file(zip_fopen_index(impl_->zip, member, 0));
    if (!file) {
        throw damaged(zip_strerror(impl_->zip));
    }
    std::string bytes(static_cast<std::size_t>(status.size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const zip_int64_t count = zip_fread(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (count <= 0) {
            throw damaged(count < 0 ? zip_file_strerror(file.get())
                                    : fmt::format("it ends after {} of {} bytes", filled, bytes.size()));
        }
        filled += static_cast<std::size_t>(count);
    }
    // The checksum is compared when the end is reached, which takes one more read.
    char beyond = 0;
    if (zip_fread(file.get(), &beyond, 1) < 0) {
        throw damaged(zip_file_strerror(file.get()));
    }
    return bytes;
}

}  // namespace maquette::priors
