#include "recon/data/block_codec.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

#include "render/error.h"

namespace maquette::recon {

namespace {

constexpr int compression_level = 3;

struct ContextDeleter {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

std::size_t append_compressed(std::span<const std::uint8_t> bytes, std::vector<std::uint8_t>& target) {
    const std::unique_ptr<ZSTD_CCtx, ContextDeleter> context(ZSTD_createCCtx());
    if (context == nullptr) {
        throw Error("zstd: no memory for compression");
    }
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, compression_level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    const std::size_t begin = target.size();
    target.resize(begin + ZSTD_compressBound(bytes.size()));
    const std::size_t size =
        ZSTD_compress2(context.get(), target.data() + begin, target.size() - begin, bytes.data(), bytes.size());
    if (ZSTD_isError(size) != 0U) {
        throw Error(fmt::format("zstd: {} bytes cannot be compressed: {}", bytes.size(), ZSTD_getErrorName(size)));
    }
    target.resize(begin + size);
    return size;
}

bool decompress(std::span<const std::uint8_t> block, std::span<std::uint8_t> target) {
    // Setting up a context costs more than decoding one view.
    thread_local const std::unique_ptr<ZSTD_DCtx, ContextDeleter> context(ZSTD_createDCtx());
    if (context == nullptr) {
        throw Error("zstd: no memory for decompression");
    }
    const std::size_t size =
        ZSTD_decompressDCtx(context.get(), target.data(), target.size(), block.data(), block.size());
    return ZSTD_isError(size) == 0U && size == target.size();
}

void difference_rows(std::span<std::uint8_t> bytes, std::size_t row_bytes) {
    for (std::size_t i = bytes.size(); i > row_bytes; --i) {
        bytes[i - 1] = static_cast<std::uint8_t>(bytes[i - 1] - bytes[i - 1 - row_bytes]);
    }
}

void accumulate_rows(std::span<std::uint8_t> bytes, std::size_t row_bytes) {
    for (std::size_t begin = row_bytes; begin < bytes.size(); begin += row_bytes) {
        const std::uint8_t* above = bytes.data() + begin - row_bytes;
        std::uint8_t* row = bytes.data() + begin;
        for (std::size_t i = 0; i < row_bytes; ++i) {
            row[i] = static_cast<std::uint8_t>(row[i] + above[i]);
        }
    }
}

std::vector<std::uint8_t> split_differences(std::span<const std::uint16_t> values, std::size_t row_length) {
    std::vector<std::uint8_t> planes(values.size() * 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const int above = i < row_length ? 0 : values[i - row_length];
        const auto difference = static_cast<std::int16_t>(values[i] - above);
        const auto folded = static_cast<std::uint16_t>((difference * 2) ^ (difference < 0 ? -1 : 0));
        planes[i] = static_cast<std::uint8_t>(folded & 0xFFU);
        planes[values.size() + i] = static_cast<std::uint8_t>(folded >> 8U);
    }
    return planes;
}

std::vector<std::uint16_t> join_differences(std::span<const std::uint8_t> planes, std::size_t row_length) {
    const std::size_t count = planes.size() / 2;
    const std::uint8_t* low = planes.data();
    const std::uint8_t* high = planes.data() + count;
    std::vector<std::uint16_t> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const int folded = low[i] | (high[i] << 8);
        values[i] = static_cast<std::uint16_t>((folded >> 1) ^ -(folded & 1));
    }
    for (std::size_t begin = row_length; begin < count; begin += row_length) {
        const std::uint16_t* above = values.data() + begin - row_length;
        std::uint16_t* row = values.data() + begin;
        for (std::size_t i = 0; i < row_length; ++i) {
            row[i] = static_cast<std::uint16_t>(row[i] + above[i]);
        }
    }
    return values;
}

}  // namespace maquette::recon
