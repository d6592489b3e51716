#include "render/visibility_carving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

#include "render/error.h"
#include "render/parallel.h"

namespace maquette::render {

namespace {

using Word = BitGrid::Word;
using Planes = std::vector<BitGrid>;
constexpr Word all_ones = ~Word{0};

struct Offset {
    int x = 0;
    int y = 0;
    int z = 0;
};

/// One step from cell centre to cell centre, and the cells that the segment crosses on its way. Together with walls
/// that hold every touched cell, a line made of such steps cannot slip through a surface.
struct Step {
    Offset direction;
    std::vector<Offset> crossed;  ///< relative to the step's start
};

std::vector<Offset> cells_crossed(const Offset& d) {
    const std::array<int, 3> direction = {d.x, d.y, d.z};
    std::vector<double> times;
    for (const int component : direction) {
        for (int k = 0; k < std::abs(component); ++k) {
            times.push_back((k + 0.5) / std::abs(component));
        }
    }
    std::sort(times.begin(), times.end());
    std::vector<Offset> cells;
    for (std::size_t i = 0; i + 1 < times.size(); ++i) {
        if (times[i + 1] - times[i] > 1e-9) {
            const double t = (times[i] + times[i + 1]) / 2;
            const auto cell = [t](int component) { return static_cast<int>(std::lround(t * component)); };
            cells.push_back({cell(d.x), cell(d.y), cell(d.z)});
        }
    }
    return cells;
}

/// The 26 neighbours, and the permutations of (+-1, +-2, 0), (+-1, +-3, 0) and (+-1, +-4, 0). The last are what shows
/// the bottom of a vessel twice as deep as it is wide: five lines within 14 degrees of its axis.
std::vector<Step> carving_steps() {
    std::vector<Step> steps;
    for (int z = -4; z <= 4; ++z) {
        for (int y = -4; y <= 4; ++y) {
            for (int x = -4; x <= 4; ++x) {
                std::array<int, 3> size = {std::abs(x), std::abs(y), std::abs(z)};
                std::sort(size.begin(), size.end());
                const bool neighbour = size[2] == 1;
                const bool oblique = size[0] == 0 && size[1] == 1;
                if (neighbour || (oblique && size[2] > 1)) {
                    steps.push_back({{x, y, z}, cells_crossed({x, y, z})});
                }
            }
        }
    }
    return steps;
}

/// What remains of `free` when only places count that a cube of `size` free cells covers; beyond the grid all is free.
BitGrid opened(const BitGrid& free, int size) {
    BitGrid result = free;
    const int n = free.resolution;
    const auto combine_along = [&](const Offset& axis, auto combine) {
        const BitGrid source = result;
        for (int o = 1; o < size; ++o) {
            for (int z = 0; z < n; ++z) {
                for (int y = 0; y < n; ++y) {
                    const int from_y = y + o * axis.y;
                    const int from_z = z + o * axis.z;
                    if (source.contains_row(from_y, from_z)) {
                        combine(result.row(y, z), source.row(from_y, from_z), -o * axis.x);
                    }
                }
            }
        }
    };
    // Erosion leaves the lower corners of the cubes that fit, dilation gives them back their extent.
    for (const Offset& axis : {Offset{1, 0, 0}, Offset{0, 1, 0}, Offset{0, 0, 1}}) {
        combine_along(axis, [&](Word* out, const Word* row, int shift) {
            and_shifted(out, row, free.row_words, shift, all_ones);
        });
    }
    for (const Offset& axis : {Offset{-1, 0, 0}, Offset{0, -1, 0}, Offset{0, 0, -1}}) {
        combine_along(axis,
                      [&](Word* out, const Word* row, int shift) { or_shifted(out, row, free.row_words, shift, 0); });
    }
    return result;
}

/// Lines that run along x stay in one row.
void sweep_row(const Word* passable, int row_words, bool forwards, Word* open) {
    std::fill(open, open + row_words, Word{0});
    for (int i = 0; i < row_words; ++i) {
        const int w = forwards ? i : row_words - 1 - i;
        const Word blocked = ~passable[w];
        if (blocked != 0) {
            open[w] = forwards ? (blocked & (~blocked + 1)) - 1 : ~(all_ones >> __builtin_clzll(blocked));
            return;
        }
        open[w] = all_ones;
    }
}

/// open[p] = p is passable, so are the cells crossed, and the line was open one step before; it is open beyond the
/// grid. Rows are visited along the direction, so that one pass carries every line through the whole grid.
/// Bits behind the end of a row lie beyond the grid and stay open.
void sweep(const BitGrid& passable, const Step& step, Word padding, BitGrid& open) {
    const Offset& d = step.direction;
    const int n = passable.resolution;
    const int row_words = passable.row_words;
    for (int k = 0; k < n; ++k) {
        const int z = d.z >= 0 ? k : n - 1 - k;
        for (int j = 0; j < n; ++j) {
            const int y = d.y >= 0 ? j : n - 1 - j;
            Word* out = open.row(y, z);
            const Word* here = passable.row(y, z);
            if (d.y == 0 && d.z == 0) {
                sweep_row(here, row_words, d.x > 0, out);
                continue;
            }
            std::copy(here, here + row_words, out);
            if (open.contains_row(y - d.y, z - d.z)) {
                and_shifted(out, open.row(y - d.y, z - d.z), row_words, d.x, all_ones);
            }
            for (const Offset& cell : step.crossed) {
                const int cell_y = y - d.y + cell.y;
                const int cell_z = z - d.z + cell.z;
                if (passable.contains_row(cell_y, cell_z)) {
                    and_shifted(out, passable.row(cell_y, cell_z), row_words, d.x - cell.x, all_ones);
                }
            }
            out[row_words - 1] |= padding;
        }
    }
}

/// Plane k holds the cells seen from more than k directions.
void add_direction(Planes& seen, const BitGrid& open) {
    for (std::size_t i = 0; i < open.words.size(); ++i) {
        for (std::size_t k = seen.size() - 1; k > 0; --k) {
            seen[k].words[i] |= seen[k - 1].words[i] & open.words[i];
        }
        seen[0].words[i] |= open.words[i];
    }
}

void add_counts(Planes& total, const Planes& part) {
    for (std::size_t i = 0; i < total[0].words.size(); ++i) {
        for (std::size_t k = total.size(); k-- > 0;) {
            Word bits = part[k].words[i];
            for (std::size_t a = 0; a < k; ++a) {
                bits |= total[a].words[i] & part[k - 1 - a].words[i];
            }
            total[k].words[i] |= bits;
        }
    }
}

/// Grows `outside` by `layers` cells into `candidates`, over faces.
void grow(BitGrid& outside, const BitGrid& candidates, int layers) {
    const int n = outside.resolution;
    const int row_words = outside.row_words;
    std::vector<Word> reached(static_cast<std::size_t>(row_words));
    for (int layer = 0; layer < layers; ++layer) {
        const BitGrid before = outside;
        for (int z = 0; z < n; ++z) {
            for (int y = 0; y < n; ++y) {
                std::fill(reached.begin(), reached.end(), Word{0});
                for (const Offset& o : {Offset{1, 0, 0}, Offset{-1, 0, 0}, Offset{0, 1, 0}, Offset{0, -1, 0},
                                        Offset{0, 0, 1}, Offset{0, 0, -1}}) {
                    if (before.contains_row(y + o.y, z + o.z)) {
                        or_shifted(reached.data(), before.row(y + o.y, z + o.z), row_words, o.x, 0);
                    }
                }
                Word* out = outside.row(y, z);
                const Word* candidate = candidates.row(y, z);
                for (int w = 0; w < row_words; ++w) {
                    out[w] |= reached[static_cast<std::size_t>(w)] & candidate[w];
                }
            }
        }
    }
}

BitGrid seen_from_outside(const BitGrid& passable, int min_open_directions) {
    const std::vector<Step> steps = carving_steps();
    const int used = passable.resolution % BitGrid::word_bits;
    const Word padding = used == 0 ? 0 : ~((Word{1} << used) - 1);
    const Planes none(static_cast<std::size_t>(min_open_directions), BitGrid(passable.resolution));
    Planes total = none;
    std::mutex total_mutex;
    const auto threads = static_cast<std::size_t>(std::max(thread_count(), 1));
    parallel_for(steps.size(), (steps.size() + threads - 1) / threads, [&](std::size_t begin, std::size_t end) {
        Planes seen = none;
        BitGrid open(passable.resolution);
        for (std::size_t i = begin; i < end; ++i) {
            sweep(passable, steps[i], padding, open);
            add_direction(seen, open);
        }
        const std::lock_guard lock(total_mutex);
        add_counts(total, seen);
    });
    return std::move(total.back());
}

}  // namespace

BitGrid carve_outside(const BitGrid& walls, int gap_cells, int min_open_directions) {
    if (gap_cells < 1 || min_open_directions < 1) {
        throw UsageError(fmt::format("the solid rule's gap of {} cells and {} open directions must both be at least 1",
                                     gap_cells, min_open_directions));
    }
    BitGrid free = walls;
    for (Word& word : free.words) {
        word = ~word;
    }
    const BitGrid passable = opened(free, gap_cells);
    BitGrid outside = seen_from_outside(passable, min_open_directions);

    // Closing the cracks also fills the creases of concave edges, which are not solid. They are given back as far as a
    // crease of the closed width can be deep; a crack through a wall gives back no more than its mouth, so that what
    // lies behind it stays enclosed.
    BitGrid closed = free;
    for (std::size_t i = 0; i < closed.words.size(); ++i) {
        closed.words[i] &= ~passable.words[i];
    }
    grow(outside, closed, gap_cells - 1);
    outside.clear_padding();
    return outside;
}

}  // namespace maquette::render
