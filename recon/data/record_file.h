#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace maquette::recon {

/// CRC-32 as in zlib and PNG (reflected polynomial 0xEDB88320).
std::uint32_t crc32_of(std::span<const std::uint8_t> bytes);

/// Memory-mapped file of records, each {32-byte header, description, payload}. Opening walks the headers and checks the
/// descriptions, not the payloads, except the last one's: that is the one a killed writer leaves torn.
class RecordFile {
public:
    struct Record {
        std::string_view description;
        std::span<const std::uint8_t> payload;
        std::uint32_t payload_crc = 0;

        /// Reads the whole payload.
        [[nodiscard]] bool intact() const { return crc32_of(payload) == payload_crc; }
    };

    /// Throws InputError when the file is missing or cannot be mapped. A file of anything else has no records.
    explicit RecordFile(const std::filesystem::path& path);
    ~RecordFile();
    RecordFile(RecordFile&& other) noexcept;
    RecordFile(const RecordFile&) = delete;
    RecordFile& operator=(const RecordFile&) = delete;
    RecordFile& operator=(RecordFile&&) = delete;

    /// In the order of the file; views into the mapping, valid as long as this object.
    [[nodiscard]] const std::vector<Record>& records() const { return records_; }
    /// Bytes up to the end of the last complete record; what follows is a torn tail.
    [[nodiscard]] std::uint64_t complete_bytes() const { return complete_bytes_; }
    [[nodiscard]] std::uint64_t file_bytes() const { return bytes_.size(); }
    /// Empty, or nothing but the beginning of a first record: safe to write over.
    [[nodiscard]] bool is_blank() const;

private:
    std::span<const std::uint8_t> bytes_;
    std::vector<Record> records_;
    std::uint64_t complete_bytes_ = 0;
};

/// Writes records at the end of a file. One writer at a time (advisory lock); not safe to share between threads.
class RecordAppender {
public:
    /// Opens or creates the file and its parent folders. Throws InputError when it cannot be written or when another
    /// process is writing it.
    explicit RecordAppender(const std::filesystem::path& path);
    ~RecordAppender();
    RecordAppender(const RecordAppender&) = delete;
    RecordAppender& operator=(const RecordAppender&) = delete;

    /// Cuts the file to `bytes` and appends from there.
    void resume_at(std::uint64_t bytes);
    /// Throws Error when the disk is full; the file is then cut back to the last complete record.
    void append(std::string_view description, std::span<const std::uint8_t> payload);
    /// Returns when everything appended is on the disk.
    void sync();

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t end_ = 0;
};

}  // namespace maquette::recon
