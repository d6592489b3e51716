#include "render/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <streambuf>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "render/error.h"

namespace maquette::render {

namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
    return std::generic_category().message(error);
}

class FileDescriptor {
public:
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { close(); }

    [[nodiscard]] int get() const { return descriptor_; }
    [[nodiscard]] bool valid() const { return descriptor_ >= 0; }
    /// 0 or errno: network file systems report a failed write only here.
    int close() {
        const int descriptor = std::exchange(descriptor_, -1);
        return descriptor >= 0 && ::close(descriptor) != 0 ? errno : 0;
    }

private:
    int descriptor_;
};

/// std::ofstream hides errno, and with it whether the disk is full; this keeps it.
class DescriptorBuffer : public std::streambuf {
public:
    explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {
        setp(buffer_.data(), buffer_.data() + buffer_.size());
    }
    [[nodiscard]] int error() const { return error_; }

protected:
    int_type overflow(int_type character) override {
        if (sync() != 0) {
            return traits_type::eof();
        }
        if (!traits_type::eq_int_type(character, traits_type::eof())) {
            sputc(traits_type::to_char_type(character));
        }
        return traits_type::not_eof(character);
    }

    std::streamsize xsputn(const char* data, std::streamsize count) override {
        if (count == 0) {
            return 0;  // data may be null then
        }
        if (count <= epptr() - pptr()) {
            std::memcpy(pptr(), data, static_cast<std::size_t>(count));
            pbump(static_cast<int>(count));
            return count;
        }
        return sync() == 0 && write_all(data, static_cast<std::size_t>(count)) ? count : 0;
    }

    int sync() override {
        const bool written = write_all(pbase(), static_cast<std::size_t>(pptr() - pbase()));
        setp(buffer_.data(), buffer_.data() + buffer_.size());
        return written ? 0 : -1;
    }

private:
    bool write_all(const char* data, std::size_t count) {
        while (count > 0 && error_ == 0) {
            const ssize_t written = ::write(descriptor_, data, count);
            if (written >= 0) {
                data += written;
                count -= static_cast<std::size_t>(written);
            } else if (errno != EINTR) {
                error_ = errno;
            }
        }
        return error_ == 0;
    }

    int descriptor_;
    int error_ = 0;
    std::array<char, 1U << 16U> buffer_{};
};

[[noreturn]] void fail_write(const fs::path& path, const std::string& why) {
    throw InputError(fmt::format("{}: cannot be written: {}", path.string(), why));
}

/// Removes the temporary unless it was renamed.
class TemporaryFile {
public:
    explicit TemporaryFile(fs::path path) : path_(std::move(path)) {}
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }
    [[nodiscard]] const fs::path& path() const { return path_; }
    void keep() { path_.clear(); }

private:
    fs::path path_;
};

void run_writer(const fs::path& path, const std::function<void(std::ostream&)>& write, int descriptor) {
    const auto buffer = std::make_unique<DescriptorBuffer>(descriptor);
    std::ostream stream(buffer.get());
    try {
        write(stream);
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        fail_write(path, buffer->error() != 0 ? reason(buffer->error()) : error.what());
    }
    stream.flush();
    if (buffer->error() != 0) {
        fail_write(path, reason(buffer->error()));
    }
    if (!stream) {
        fail_write(path, "the output stream failed");
    }
}

/// A link is written through, so that it stays a link.
fs::path link_target(const fs::path& path) {
    std::error_code error;
    if (!fs::is_symlink(path, error)) {
        return path;
    }
    fs::path target = fs::weakly_canonical(path, error);
    return error ? path : target;
}

fs::path temporary_name(const fs::path& folder) {
    static std::atomic<unsigned> counter{0};
    return folder / fmt::format(".maquette-{}-{}.tmp", ::getpid(), counter.fetch_add(1));
}

void sync_folder(const fs::path& folder) {
    const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (descriptor.valid()) {
        ::fsync(descriptor.get());
    }
}

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(const char* data, std::size_t count) { check(EVP_DigestUpdate(context_.get(), data, count) == 1); }
    std::string hexadecimal() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        check(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            text += fmt::format("{:02x}", digest[i]);
        }
        return text;
    }

private:
    static void check(bool ok) {
        if (!ok) {
            throw Error("OpenSSL cannot compute SHA-256 here; check the OpenSSL installation");
        }
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

/// Calls `use` on each block of a file that is not a folder.
void for_each_block(const fs::path& path, const std::function<void(const char*, std::size_t)>& use) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) {
        throw InputError(fmt::format("{}: cannot be opened: {}", path.string(), reason(errno)));
    }
    if (S_ISDIR(status.st_mode)) {
        throw InputError(fmt::format("{}: is a folder; name a file", path.string()));
    }
    std::vector<char> block(1U << 20U);
    while (true) {
        const ssize_t count = ::read(file.get(), block.data(), block.size());
        if (count > 0) {
            use(block.data(), static_cast<std::size_t>(count));
        } else if (count == 0) {
            return;
        } else if (errno != EINTR) {
            throw InputError(fmt::format("{}: cannot be read: {}", path.string(), reason(errno)));
        }
    }
}

}  // namespace

void write_file_atomically(const fs::path& path, const std::function<void(std::ostream&)>& write) {
    const fs::path target = link_target(path);
    if (!target.has_filename()) {
        fail_write(path, "a file name is missing");
    }
    struct stat existing {};
    const bool exists = ::stat(target.c_str(), &existing) == 0;
    if (exists && S_ISDIR(existing.st_mode)) {
        fail_write(path, "a folder of this name exists");
    }
    if (exists && !S_ISREG(existing.st_mode)) {
        // A pipe or device cannot be replaced by a file; it gets the bytes as they come.
        FileDescriptor device(::open(target.c_str(), O_WRONLY | O_CLOEXEC));
        if (!device.valid()) {
            fail_write(path, reason(errno));
        }
        run_writer(path, write, device.get());
        return;
    }

    const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        fail_write(path, fmt::format("folder {} cannot be made: {}", folder.string(), error.message()));
    }
    fs::path name;
    int descriptor = -1;
    do {
        name = temporary_name(folder);
        descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    } while (descriptor < 0 && errno == EEXIST);
    if (descriptor < 0) {
        fail_write(path, fmt::format("no file can be made in folder {}: {}", folder.string(), reason(errno)));
    }
    FileDescriptor file(descriptor);
    TemporaryFile temporary(name);
    run_writer(path, write, file.get());
    if (exists) {
        // Not every file system has permissions, and the content matters more.
        std::ignore = ::fchmod(file.get(), existing.st_mode & 07777U);
    }
    if (::fsync(file.get()) != 0) {
        fail_write(path, reason(errno));
    }
    if (const int failure = file.close(); failure != 0) {
        fail_write(path, reason(failure));
    }
    if (::rename(temporary.path().c_str(), target.c_str()) != 0) {
        fail_write(path, reason(errno));
    }
    temporary.keep();
    sync_folder(folder);
}

void write_file_atomically(const fs::path& path, std::string_view bytes) {
    write_file_atomically(
        path, [&](std::ostream& stream) { stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size())); });
}

std::string read_file(const fs::path& path, std::size_t max_bytes) {
    std::string bytes;
    const auto refuse = [&] {
        throw InputError(fmt::format("{}: file is larger than the {} bytes that are read", path.string(), max_bytes));
    };
    std::error_code error;
    if (const auto size = fs::file_size(path, error); !error) {
        if (size > max_bytes) {
            refuse();
        }
        bytes.reserve(size);
    }
    for_each_block(path, [&](const char* data, std::size_t count) {
        if (count > max_bytes - bytes.size()) {
            refuse();
        }
        bytes.append(data, count);
    });
    return bytes;
}

std::string sha256_of(std::string_view bytes) {
    Sha256 digest;
    digest.add(bytes.data(), bytes.size());
    return digest.hexadecimal();
}

std::string sha256_of_file(const fs::path& path) {
    Sha256 digest;
    for_each_block(path, [&](const char* data, std::size_t count) { digest.add(data, count); });
    return digest.hexadecimal();
}

}  // namespace maquette::render
