#include "viewer/recording/gif_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

#include "render/error.h"

namespace maquette::viewer {
namespace {

constexpr int bits = 5;  // of a channel in the histogram
constexpr std::size_t most_colours = 256;
constexpr int colour_bits = 8;
constexpr unsigned most_codes = 4096;  // of GIF's LZW

struct Bin {
    std::array<std::uint8_t, 3> at{};  ///< 0..31
    std::uint32_t count = 0;
};

/// Bins between two places of a list.
struct Box {
    std::size_t first = 0;
    std::size_t last = 0;  ///< one past
    std::size_t axis = 0;  ///< the longest one
    int length = 0;        ///< along it
};

Box box_of(const std::vector<Bin>& bins, std::size_t first, std::size_t last) {
    Box box{.first = first, .last = last};
    for (std::size_t axis = 0; axis < 3; ++axis) {
        int low = std::numeric_limits<int>::max();
        int high = 0;
        for (std::size_t i = first; i < last; ++i) {
            low = std::min<int>(low, bins[i].at[axis]);
            high = std::max<int>(high, bins[i].at[axis]);
        }
        if (high - low > box.length) {
            box.length = high - low;
            box.axis = axis;
        }
    }
    return box;
}

/// Cuts where half of the pixels are on either side.
std::size_t median_of(std::vector<Bin>& bins, const Box& box) {
    const auto begin = bins.begin() + static_cast<std::ptrdiff_t>(box.first);
    const auto end = bins.begin() + static_cast<std::ptrdiff_t>(box.last);
    std::sort(begin, end, [&](const Bin& a, const Bin& b) { return a.at[box.axis] < b.at[box.axis]; });
    std::uint64_t total = 0;
    for (auto bin = begin; bin != end; ++bin) total += bin->count;
    std::uint64_t passed = 0;
    std::size_t cut = box.first + 1;
    for (std::size_t i = box.first; i + 1 < box.last; ++i) {
        passed += bins[i].count;
        cut = i + 1;
        if (2 * passed >= total) break;
    }
    return cut;
}

std::size_t bin_of(const std::array<int, 3>& colour) {
    std::size_t bin = 0;
    for (const int channel : colour) {
        bin = bin << static_cast<unsigned>(bits) | static_cast<std::size_t>(channel) >> (8U - bits);
    }
    return bin;
}

std::array<int, 3> dithered(const render::Image& image, int x, int y) {
    // Bayer's order, about a bin wide.
    static constexpr std::array<std::array<int, 4>, 4> order = {
        {{0, 8, 2, 10}, {12, 4, 14, 6}, {3, 11, 1, 9}, {15, 7, 13, 5}}};
    const int offset = (order[static_cast<std::size_t>(y % 4)][static_cast<std::size_t>(x % 4)] - 8) / 2;
    std::array<int, 3> colour{};
    for (int c = 0; c < 3; ++c) {
        colour[static_cast<std::size_t>(c)] = std::clamp(int{image.at(x, y, c)} + offset, 0, 255);
    }
    return colour;
}

/// Codes of growing width, the lowest bit first, in blocks of up to 255 bytes.
class CodeStream {
public:
    void put(unsigned code, unsigned width) {
        held_ |= code << count_;
        count_ += width;
        while (count_ >= 8) {
            bytes_.push_back(static_cast<char>(held_ & 255U));
            held_ >>= 8U;
            count_ -= 8;
        }
    }
    [[nodiscard]] std::string blocks() {
        if (count_ > 0) bytes_.push_back(static_cast<char>(held_ & 255U));
        std::string result;
        for (std::size_t at = 0; at < bytes_.size(); at += 255) {
            const std::size_t size = std::min<std::size_t>(255, bytes_.size() - at);
            result.push_back(static_cast<char>(size));
            result.append(bytes_, at, size);
        }
        result.push_back(0);
        return result;
    }

private:
    std::string bytes_;
    unsigned held_ = 0;
    unsigned count_ = 0;
};

std::string compressed(const std::vector<std::uint8_t>& pixels) {
    constexpr unsigned clear = 1U << colour_bits;
    constexpr unsigned end = clear + 1;
    CodeStream stream;
    std::unordered_map<unsigned, unsigned> known;  // (code of a run, next pixel) to the longer run's code
    unsigned next = end + 1;
    unsigned width = colour_bits + 1;
    stream.put(clear, width);
    unsigned run = pixels.front();
    for (std::size_t i = 1; i < pixels.size(); ++i) {
        const unsigned longer = run << 8U | pixels[i];
        if (const auto found = known.find(longer); found != known.end()) {
            run = found->second;
            continue;
        }
        stream.put(run, width);
        known.emplace(longer, next);
        // Readers learn a code one later than we do.
        if (next == 1U << width) ++width;
        if (++next == most_codes) {
            stream.put(clear, width);
            known.clear();
            next = end + 1;
            width = colour_bits + 1;
        }
        run = pixels[i];
    }
    stream.put(run, width);
    if (next == 1U << width && width < 12) ++width;
    stream.put(end, width);
    return stream.blocks();
}

void put_short(std::string& bytes, int value) {
    bytes.push_back(static_cast<char>(value & 255));
    bytes.push_back(static_cast<char>(value >> 8 & 255));
}

}  // namespace

Palette quantised(const render::Image& image) {
    std::vector<std::uint32_t> counts(std::size_t{1} << (3U * bits), 0);
    std::vector<std::uint16_t> bin_of_pixel;
    bin_of_pixel.reserve(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            const std::size_t bin = bin_of(dithered(image, x, y));
            ++counts[bin];
            bin_of_pixel.push_back(static_cast<std::uint16_t>(bin));
        }
    }
    std::vector<Bin> bins;
    constexpr std::size_t mask = (1U << bits) - 1;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] == 0) continue;
        bins.push_back({{static_cast<std::uint8_t>(i >> (2U * bits) & mask),
                         static_cast<std::uint8_t>(i >> bits & mask), static_cast<std::uint8_t>(i & mask)},
                        counts[i]});
    }
    std::vector<Box> boxes = {box_of(bins, 0, bins.size())};
    while (boxes.size() < most_colours) {
        const auto longest = std::max_element(boxes.begin(), boxes.end(),
                                              [](const Box& a, const Box& b) { return a.length < b.length; });
        if (longest->length == 0) break;
        const std::size_t cut = median_of(bins, *longest);
        const std::size_t last = longest->last;
        *longest = box_of(bins, longest->first, cut);
        boxes.push_back(box_of(bins, cut, last));
    }
    Palette palette;
    std::vector<std::uint8_t> colour_of_bin(counts.size(), 0);
    for (const Box& box : boxes) {
        std::array<double, 3> sum{};
        double total = 0;
        for (std::size_t i = box.first; i < box.last; ++i) {
            const auto& at = bins[i].at;
            for (std::size_t c = 0; c < 3; ++c) sum[c] += (at[c] + 0.5) * 8 * bins[i].count;
            total += bins[i].count;
            const std::size_t bin =
                (static_cast<std::size_t>(at[0]) << (2U * bits)) | (static_cast<std::size_t>(at[1]) << bits) | at[2];
            colour_of_bin[bin] = static_cast<std::uint8_t>(palette.colours.size());
        }
        std::array<std::uint8_t, 3> colour{};
        for (std::size_t c = 0; c < 3; ++c) {
            colour[c] = static_cast<std::uint8_t>(std::clamp(sum[c] / std::max(total, 1.0), 0.0, 255.0));
        }
        palette.colours.push_back(colour);
    }
    palette.pixels.reserve(bin_of_pixel.size());
    for (const std::uint16_t bin : bin_of_pixel) palette.pixels.push_back(colour_of_bin[bin]);
    return palette;
}

GifWriter::GifWriter(int width, int height, int delay) : width_(width), height_(height), delay_(delay) {
    bytes_ = "GIF89a";
    put_short(bytes_, width);
    put_short(bytes_, height);
    // No palette for all frames, background 0, square pixels; then "repeat for ever".
    bytes_.append(std::string_view("\x70\x00\x00", 3));
    bytes_.append(std::string_view("\x21\xFF\x0BNETSCAPE2.0\x03\x01\x00\x00\x00", 19));
}

void GifWriter::add(const render::Image& frame) {
    if (frame.width != width_ || frame.height != height_ || frame.channels != 3) {
        throw UsageError(
            fmt::format("a frame of {}x{} pixels in a film of {}x{}", frame.width, frame.height, width_, height_));
    }
    const Palette palette = quantised(frame);
    bytes_.append(std::string_view("\x21\xF9\x04\x04", 4));
    put_short(bytes_, delay_);
    bytes_.append(std::string_view("\x00\x00\x2C\x00\x00\x00\x00", 7));
    put_short(bytes_, width_);
    put_short(bytes_, height_);
    bytes_.push_back('\x87');  // with a palette of 2^8 colours
    for (std::size_t i = 0; i < most_colours; ++i) {
        const auto colour = i < palette.colours.size() ? palette.colours[i] : std::array<std::uint8_t, 3>{};
        for (const std::uint8_t channel : colour) bytes_.push_back(static_cast<char>(channel));
    }
    bytes_.push_back(static_cast<char>(colour_bits));
    bytes_ += compressed(palette.pixels);
}

std::string GifWriter::finish() {
    bytes_.push_back('\x3B');
    return std::move(bytes_);
}

}  // namespace maquette::viewer
