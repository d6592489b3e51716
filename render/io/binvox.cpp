#include "render/io/binvox.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/line_scanner.h"

namespace maquette::render {
namespace {

constexpr int max_resolution = 1024;
constexpr std::size_t max_header_bytes = 4096;
constexpr std::size_t max_run = 255;

struct Header {
    int resolution = 0;
    double side = 1;
    std::size_t data_begin = 0;
};

[[noreturn]] void fail(const std::string& what, const std::string& problem) {
    throw InputError(fmt::format("{}: {}", what, problem));
}

int read_resolution(LineScanner& words, const std::string& what) {
    std::array<double, 3> sizes{};
    for (double& size : sizes) {
        const std::string_view word = words.word();
        const auto number = parse_number(word);
        if (!number || *number < 1 || *number > max_resolution || *number != std::floor(*number)) {
            fail(what, fmt::format("binvox dimension `{}` is not a whole number from 1 to {}", word.substr(0, 20),
                                   max_resolution));
        }
        size = *number;
    }
    if (sizes[0] != sizes[1] || sizes[1] != sizes[2]) {
        fail(what, fmt::format("binvox grid is {}x{}x{}; only cubes are read", sizes[0], sizes[1], sizes[2]));
    }
    return static_cast<int>(sizes[0]);
}

double read_side(std::string_view word, const std::string& what) {
    const auto number = parse_number(word);
    if (!number || !std::isfinite(*number) || !(*number > 0)) {
        fail(what, fmt::format("binvox scale `{}` is not a positive number", word.substr(0, 20)));
    }
    return *number;
}

Header read_header(std::string_view bytes, const std::string& what) {
    Header header;
    std::size_t position = 0;
    for (bool first = true;; first = false) {
        const std::size_t end = bytes.substr(0, max_header_bytes).find('\n', position);
        if (end == std::string_view::npos) {
            fail(what, "binvox header does not end with a line `data`");
        }
        std::string_view line = bytes.substr(position, end - position);
        position = end + 1;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (first) {
            if (line != "#binvox 1") {
                fail(what, "does not begin with `#binvox 1`");
            }
            continue;
        }
        LineScanner words(line);
        const std::string_view keyword = words.word();
        if (keyword == "dim") {
            header.resolution = read_resolution(words, what);
        } else if (keyword == "scale") {
            header.side = read_side(words.word(), what);
        } else if (keyword == "data") {
            break;
        } else if (keyword != "translate") {
            fail(what, fmt::format("binvox header has the unknown line `{}`", line.substr(0, 40)));
        }
    }
    if (header.resolution == 0) {
        fail(what, "binvox header has no line `dim`");
    }
    header.data_begin = position;
    return header;
}

/// Checked before the grid is allocated, so that a lying header costs no memory.
void check_runs(std::string_view runs, std::size_t cells, const std::string& what) {
    if (runs.size() % 2 != 0) {
        fail(what, fmt::format("binvox data has {} bytes; runs take two each", runs.size()));
    }
    std::size_t total = 0;
    for (std::size_t i = 0; i < runs.size(); i += 2) {
        const auto value = static_cast<unsigned char>(runs[i]);
        const auto length = static_cast<unsigned char>(runs[i + 1]);
        if (value > 1 || length == 0) {
            fail(what, fmt::format("binvox run {} has value {} and length {}; values are 0 or 1, lengths 1 to 255",
                                   i / 2, value, length));
        }
        total += length;
    }
    if (total != cells) {
        fail(what, fmt::format("binvox runs fill {} cells, but the grid has {}", total, cells));
    }
}

/// Visits the cells in the file's order: y fastest, then z, then x.
template <typename Visit>
void for_each_cell(int resolution, const Visit& visit) {
    for (int x = 0; x < resolution; ++x) {
        for (int z = 0; z < resolution; ++z) {
            for (int y = 0; y < resolution; ++y) {
                visit(x, y, z);
            }
        }
    }
}

}  // namespace

VoxelGrid parse_binvox(std::string_view bytes, const std::string& what) {
    const Header header = read_header(bytes, what);
    const std::string_view runs = bytes.substr(header.data_begin);
    const auto side_cells = static_cast<std::size_t>(header.resolution);
    check_runs(runs, side_cells * side_cells * side_cells, what);
    VoxelGrid grid(header.resolution, 0, header.side);
    std::size_t run = 0;
    unsigned left = static_cast<unsigned char>(runs[1]);
    for_each_cell(header.resolution, [&](int x, int y, int z) {
        if (left == 0) {
            run += 2;
            left = static_cast<unsigned char>(runs[run + 1]);
        }
        --left;
        grid.at(x, y, z) = static_cast<float>(runs[run]);
    });
    return grid;
}

VoxelGrid read_binvox(const std::filesystem::path& path) {
    return parse_binvox(read_file(path), path.string());
}

void write_binvox(const std::filesystem::path& path, const VoxelGrid& grid, float threshold) {
    if (grid.resolution < 1 || grid.resolution > max_resolution) {
        throw InputError(fmt::format("{}: a grid of {} cells a side cannot be written as binvox; 1 to {} can",
                                     path.string(), grid.resolution, max_resolution));
    }
    std::string bytes = fmt::format("#binvox 1\ndim {0} {0} {0}\ntranslate {1} {1} {1}\nscale {2}\ndata\n",
                                    grid.resolution, -grid.side / 2, grid.side);
    char value = 0;
    std::size_t length = 0;
    const auto flush = [&] {
        if (length > 0) {
            bytes += value;
            bytes += static_cast<char>(length);
        }
        length = 0;
    };
    for_each_cell(grid.resolution, [&](int x, int y, int z) {
        const char occupied = grid.at(x, y, z) >= threshold ? 1 : 0;
        if (occupied != value || length == max_run) {
            flush();
            value = occupied;
        }
        ++length;
    });
    flush();
    write_file_atomically(path, bytes);
}

}  // namespace maquette::render
