#include "recon/data/block_codec.h"

#include <gtest/gtest.h>

#include <random>

namespace maquette::recon {
namespace {

std::vector<std::uint8_t> noise(std::size_t count) {
    std::mt19937 random(7);
    std::vector<std::uint8_t> bytes(count);
    for (auto& byte : bytes) {
        byte = static_cast<std::uint8_t>(random());
    }
    return bytes;
}

TEST(BlockCodec, BlocksAreIndependentOfOneAnother) {
    const std::vector<std::uint8_t> first = noise(1000);
    const std::vector<std::uint8_t> second(5000, 3);
    std::vector<std::uint8_t> store;
    const std::size_t first_size = append_compressed(first, store);
    const std::size_t second_size = append_compressed(second, store);
    ASSERT_EQ(store.size(), first_size + second_size);
    EXPECT_LT(second_size, 50U);

    std::vector<std::uint8_t> decoded(5000);
    ASSERT_TRUE(decompress(std::span(store).subspan(first_size), decoded));
    EXPECT_EQ(decoded, second);
    decoded.resize(1000);
    ASSERT_TRUE(decompress(std::span(store).first(first_size), decoded));
    EXPECT_EQ(decoded, first);
}

TEST(BlockCodec, NoticesDamageAndWrongSizes) {
    const std::vector<std::uint8_t> bytes = noise(1000);
    std::vector<std::uint8_t> store;
    append_compressed(bytes, store);
    std::vector<std::uint8_t> decoded(1000);
    for (const std::size_t at : {std::size_t{0}, std::size_t{20}, store.size() / 2, store.size() - 1}) {
        std::vector<std::uint8_t> damaged = store;
        damaged[at] ^= 0x10;
        EXPECT_FALSE(decompress(damaged, decoded)) << "byte " << at;
    }
    EXPECT_FALSE(decompress(std::span(store).first(store.size() - 1), decoded));
    EXPECT_FALSE(decompress({}, decoded));
    decoded.resize(999);
    EXPECT_FALSE(decompress(store, decoded));
    decoded.resize(1001);
    EXPECT_FALSE(decompress(store, decoded));
}

TEST(BlockCodec, DifferencesOfRowsAreUndone) {
    std::vector<std::uint8_t> bytes{10, 20, 11, 19, 0, 255};
    difference_rows(bytes, 2);
    EXPECT_EQ(bytes, (std::vector<std::uint8_t>{10, 20, 1, 255, 245, 236}));
    accumulate_rows(bytes, 2);
    EXPECT_EQ(bytes, (std::vector<std::uint8_t>{10, 20, 11, 19, 0, 255}));

    std::vector<std::uint8_t> none;
    difference_rows(none, 0);
    EXPECT_TRUE(none.empty());
}

TEST(BlockCodec, SixteenBitDifferencesAreUndoneOverTheWholeRange) {
    std::mt19937 random(5);
    std::vector<std::uint16_t> values(64 * 40);
    for (auto& value : values) {
        value = static_cast<std::uint16_t>(random());
    }
    values[0] = 65535;
    values[64] = 0;
    values[128] = 65535;
    EXPECT_EQ(join_differences(split_differences(values, 64), 64), values);

    const std::vector<std::uint16_t> slope{500, 500, 503, 498};
    EXPECT_EQ(split_differences(slope, 2), (std::vector<std::uint8_t>{0xE8, 0xE8, 6, 3, 3, 3, 0, 0}));
}

}  // namespace
}  // namespace maquette::recon
