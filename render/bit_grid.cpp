#include "render/bit_grid.h"

#include <bit>

namespace maquette::render {

BitGrid::BitGrid(int resolution_, bool fill)
    : resolution(resolution_),
      row_words((resolution_ + word_bits - 1) / word_bits),
      words(static_cast<std::size_t>(resolution_) * static_cast<std::size_t>(resolution_) *
                static_cast<std::size_t>(row_words),
            fill ? ~Word{0} : Word{0}) {}

void BitGrid::clear_padding() {
    const int used = resolution % word_bits;
    if (used == 0) {
        return;
    }
    const Word mask = (Word{1} << used) - 1;
    for (std::size_t last = static_cast<std::size_t>(row_words) - 1; last < words.size();
         last += static_cast<std::size_t>(row_words)) {
        words[last] &= mask;
    }
}

std::size_t BitGrid::count() const {
    std::size_t total = 0;
    const int used = resolution % word_bits;
    const Word last_mask = used == 0 ? ~Word{0} : (Word{1} << used) - 1;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool last = (i + 1) % static_cast<std::size_t>(row_words) == 0;
        total += static_cast<std::size_t>(std::popcount(last ? words[i] & last_mask : words[i]));
    }
    return total;
}

}  // namespace maquette::render
