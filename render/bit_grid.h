#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace maquette::render {

/// Cube of yes/no cells, 64 to a word along x. Layout [z, y, word]. Bits of a row's last word beyond the resolution
/// are unspecified; `clear_padding` makes them 0.
struct BitGrid {
    using Word = std::uint64_t;
    static constexpr int word_bits = 64;

    int resolution = 0;
    int row_words = 0;
    std::vector<Word> words;  ///< [resolution, resolution, row_words]

    BitGrid() = default;
    explicit BitGrid(int resolution_, bool fill = false);

    [[nodiscard]] bool contains_row(int y, int z) const { return y >= 0 && z >= 0 && y < resolution && z < resolution; }
    [[nodiscard]] std::size_t row_index(int y, int z) const {
        return (static_cast<std::size_t>(z) * static_cast<std::size_t>(resolution) + static_cast<std::size_t>(y)) *
               static_cast<std::size_t>(row_words);
    }
    Word* row(int y, int z) { return words.data() + row_index(y, z); }
    [[nodiscard]] const Word* row(int y, int z) const { return words.data() + row_index(y, z); }
    [[nodiscard]] bool at(int x, int y, int z) const {
        return ((row(y, z)[x / word_bits] >> (x % word_bits)) & 1U) != 0;
    }

    void clear_padding();
    [[nodiscard]] std::size_t count() const;
};

/// combine(w, bits) for each word of a row moved by `shift` cells, |shift| < 64; cells that come from beyond the row's
/// ends are `fill` (all bits 0 or 1).
template <typename Combine>
void for_each_shifted_word(const BitGrid::Word* row, int row_words, int shift, BitGrid::Word fill, Combine combine) {
    if (shift == 0) {
        for (int w = 0; w < row_words; ++w) {
            combine(w, row[w]);
        }
    } else if (shift > 0) {
        BitGrid::Word previous = fill;
        for (int w = 0; w < row_words; ++w) {
            combine(w, (row[w] << shift) | (previous >> (BitGrid::word_bits - shift)));
            previous = row[w];
        }
    } else {
        for (int w = 0; w < row_words; ++w) {
            const BitGrid::Word next = w + 1 < row_words ? row[w + 1] : fill;
            combine(w, (row[w] >> -shift) | (next << (BitGrid::word_bits + shift)));
        }
    }
}

/// out[x] &= row[x - shift]
inline void and_shifted(BitGrid::Word* out, const BitGrid::Word* row, int row_words, int shift, BitGrid::Word fill) {
    for_each_shifted_word(row, row_words, shift, fill, [out](int w, BitGrid::Word bits) { out[w] &= bits; });
}

/// out[x] |= row[x - shift]
inline void or_shifted(BitGrid::Word* out, const BitGrid::Word* row, int row_words, int shift, BitGrid::Word fill) {
    for_each_shifted_word(row, row_words, shift, fill, [out](int w, BitGrid::Word bits) { out[w] |= bits; });
}

}  // namespace maquette::render
