#include "recon/data/record_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "render/error.h"

namespace maquette::recon {

static_assert(std::endian::native == std::endian::little, "record headers are written as they lie in memory");

namespace {

constexpr std::uint32_t record_magic = 0x3152514DU;  // "MQR1"
constexpr std::uint32_t max_description_bytes = 1U << 24U;

struct Header {
    std::uint32_t magic = record_magic;
    std::uint32_t description_bytes = 0;
    std::uint64_t payload_bytes = 0;
    std::uint32_t description_crc = 0;
    std::uint32_t payload_crc = 0;
    std::uint32_t reserved = 0;
    std::uint32_t header_crc = 0;  // over everything before it
};
static_assert(sizeof(Header) == 32);

std::span<const std::uint8_t> bytes_of(const Header& header) {
    return {reinterpret_cast<const std::uint8_t*>(&header), sizeof(Header)};
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::uint32_t crc_of_header(const Header& header) {
    return crc32_of(bytes_of(header).first(28));
}

constexpr std::array<std::uint32_t, 256> make_crc_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value & 1U) != 0U ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
        }
        table[i] = value;
    }
    return table;
}

constexpr auto crc_table = make_crc_table();

std::string reason() {
    return std::strerror(errno);
}

bool write_all(int descriptor, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return false;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::uint32_t crc32_of(std::span<const std::uint8_t> bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc = crc_table[(crc ^ byte) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

RecordFile::RecordFile(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        throw InputError(fmt::format("{}: cannot be opened: {}", path.string(), reason()));
    }
    struct stat status {};
    void* mapped = nullptr;
    if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor);
        throw InputError(fmt::format("{}: not a regular file", path.string()));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > 0) {
        mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
        if (mapped == MAP_FAILED) {
            const std::string why = reason();
            ::close(descriptor);
            throw InputError(fmt::format("{}: cannot be mapped into memory: {}", path.string(), why));
        }
        bytes_ = {static_cast<const std::uint8_t*>(mapped), size};
    }
    ::close(descriptor);

    while (bytes_.size() - complete_bytes_ >= sizeof(Header)) {
        const auto rest = bytes_.subspan(complete_bytes_);
        Header header;
        std::memcpy(&header, rest.data(), sizeof(Header));
        if (header.magic != record_magic || header.header_crc != crc_of_header(header) ||
            header.description_bytes > max_description_bytes ||
            rest.size() - sizeof(Header) < header.description_bytes ||
            rest.size() - sizeof(Header) - header.description_bytes < header.payload_bytes) {
            break;
        }
        const auto description = rest.subspan(sizeof(Header), header.description_bytes);
        if (crc32_of(description) != header.description_crc) {
            break;
        }
        const auto payload = rest.subspan(sizeof(Header) + header.description_bytes, header.payload_bytes);
        const Record record{
            {reinterpret_cast<const char*>(description.data()), description.size()}, payload, header.payload_crc};
        const std::uint64_t end = complete_bytes_ + sizeof(Header) + description.size() + payload.size();
        if (end == bytes_.size() && !record.intact()) {
            break;
        }
        records_.push_back(record);
        complete_bytes_ = end;
    }
}

RecordFile::~RecordFile() {
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
    }
}

RecordFile::RecordFile(RecordFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})),
      records_(std::move(other.records_)),
      complete_bytes_(other.complete_bytes_) {}

bool RecordFile::is_blank() const {
    if (bytes_.empty()) {
        return true;
    }
    // A first record is a short description without a payload: a larger file holds something worth keeping.
    constexpr std::size_t largest_torn_start = 4096;
    const std::size_t known = std::min(bytes_.size(), sizeof(record_magic));
    return records_.empty() && bytes_.size() <= largest_torn_start &&
           std::memcmp(bytes_.data(), &record_magic, known) == 0;
}

RecordAppender::RecordAppender(const std::filesystem::path& path) : path_(path) {
    if (path.has_parent_path()) {
        std::error_code error;
        std::filesystem::create_directories(path.parent_path(), error);
        if (error) {
            throw InputError(
                fmt::format("{}: the folder cannot be made: {}", path.parent_path().string(), error.message()));
        }
    }
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
        throw InputError(fmt::format("{}: cannot be opened for writing: {}", path.string(), reason()));
    }
    // File systems without locks are used without one.
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ::close(descriptor_);
        throw InputError(
            fmt::format("{}: another process is writing it; wait for it or choose another file", path.string()));
    }
}

RecordAppender::~RecordAppender() {
    ::close(descriptor_);
}

void RecordAppender::resume_at(std::uint64_t bytes) {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0 ||
        ::lseek(descriptor_, static_cast<off_t>(bytes), SEEK_SET) < 0) {
        throw Error(fmt::format("{}: cannot be cut to {} bytes: {}", path_.string(), bytes, reason()));
    }
    end_ = bytes;
}

void RecordAppender::append(std::string_view description, std::span<const std::uint8_t> payload) {
    if (description.size() > max_description_bytes) {
        throw Error(fmt::format("{}: a record's description has {} bytes, at most {} are allowed", path_.string(),
                                description.size(), max_description_bytes));
    }
    Header header;
    header.description_bytes = static_cast<std::uint32_t>(description.size());
    header.payload_bytes = payload.size();
    header.description_crc = crc32_of(bytes_of(description));
    header.payload_crc = crc32_of(payload);
    header.header_crc = crc_of_header(header);
    if (!write_all(descriptor_, bytes_of(header)) || !write_all(descriptor_, bytes_of(description)) ||
        !write_all(descriptor_, payload)) {
        const std::string why = reason();
        resume_at(end_);
        throw Error(fmt::format("{}: writing failed: {}; what was complete is kept, run the command again to go on",
                                path_.string(), why));
    }
    end_ += sizeof(Header) + description.size() + payload.size();
}

void RecordAppender::sync() {
    if (::fdatasync(descriptor_) != 0) {
        throw Error(fmt::format("{}: writing to the disk failed: {}", path_.string(), reason()));
    }
}

}  // namespace maquette::recon
