#include "render/io/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "render/error.h"
#include "render/image_operations.h"

namespace maquette::render {

namespace {

constexpr std::uint8_t paper = 250;
constexpr std::uint8_t frame = 222;
const std::vector<std::uint8_t> title_colour{24, 26, 30};
const std::vector<std::uint8_t> caption_colour{64, 68, 76};

/// Letters of U+00C0..U+00FF without their accents.
constexpr std::string_view latin_letters = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

char ascii_of(std::uint32_t code_point) {
    if (code_point >= 0x20 && code_point < 0x7F) {
        return static_cast<char>(code_point);
    }
    if (code_point >= 0xC0 && code_point <= 0xFF) {
        return latin_letters[code_point - 0xC0];
    }
    switch (code_point) {
        case '\t':
        case '\n':
        case 0xA0:
            return ' ';
        case 0xB7:
        case 0x2022:
            return '.';
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2212:
            return '-';
        case 0x2018:
        case 0x2019:
            return '\'';
        case 0x201C:
        case 0x201D:
            return '"';
        default:
            return '?';
    }
}

std::string to_ascii(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<std::uint8_t>(text[i++]);
        const unsigned following = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
        std::uint32_t code_point = following == 0 ? lead : lead & (0x3FU >> following);
        for (unsigned k = 0; k < following && i < text.size() && (static_cast<std::uint8_t>(text[i]) & 0xC0U) == 0x80;
             ++k) {
            code_point = (code_point << 6U) | (static_cast<std::uint8_t>(text[i++]) & 0x3FU);
        }
        result += code_point == 0xDF     ? "ss"
                  : code_point == 0xB0   ? " deg"
                  : code_point == 0x2026 ? "..."
                                         : std::string(1, ascii_of(code_point));
    }
    return result;
}

/// Hershey strokes are drawn several times larger and averaged down: at caption sizes they are ragged otherwise.
constexpr int oversampling = 4;
/// Hershey letters are wide; narrower ones let a caption say more.
constexpr double narrowing = 0.86;
constexpr int font = cv::FONT_HERSHEY_SIMPLEX;

struct TextMetrics {
    double scale = 1;
    int thickness = 1;
    int width = 0;     ///< oversampled pixels
    int baseline = 0;  ///< oversampled pixels from the top
};

TextMetrics measure(const std::string& ascii, int height) {
    constexpr double nominal_height = 30;  // FONT_HERSHEY_SIMPLEX at scale 1, from ascender to descender
    constexpr double nominal_descent = 8;
    const int tall = height * oversampling;
    TextMetrics metrics;
    metrics.thickness = std::max(1, static_cast<int>(std::lround(tall * 0.085)));
    metrics.scale = std::max(0.01, (tall - metrics.thickness) / nominal_height);
    int unused = 0;
    metrics.width = cv::getTextSize(ascii, font, metrics.scale, metrics.thickness, &unused).width + metrics.thickness;
    metrics.baseline = tall - static_cast<int>(std::lround(nominal_descent * metrics.scale)) - metrics.thickness / 2;
    return metrics;
}

int width_of(const std::string& ascii, int height) {
    return ascii.empty() ? 0 : static_cast<int>(std::ceil(measure(ascii, height).width * narrowing / oversampling));
}

std::string shortened(const std::string& ascii, int height, int available) {
    // No letter is narrower than a pixel, which bounds the search.
    const std::size_t longest = std::min(ascii.size(), static_cast<std::size_t>(std::max(available, 0)));
    if (longest == ascii.size() && width_of(ascii, height) <= available) {
        return ascii;
    }
    for (std::size_t length = longest; length > 0; --length) {
        std::string candidate = ascii.substr(0, length - 1) + "...";
        if (width_of(candidate, height) <= available) {
            return candidate;
        }
    }
    return {};
}

void paste(Image& sheet, const Image& picture, int left, int top) {
    for (int y = 0; y < picture.height; ++y) {
        std::copy_n(&picture.at(0, y), static_cast<std::size_t>(picture.width) * 3, &sheet.at(left, top + y));
    }
}

void draw_empty_cell(Image& sheet, int left, int top, int width, int height) {
    cv::Mat view(sheet.height, sheet.width, CV_8UC3, sheet.pixels.data());
    cv::rectangle(view, cv::Rect(left, top, width, height), cv::Scalar::all(255), cv::FILLED);
    cv::rectangle(view, cv::Rect(left - 1, top - 1, width + 2, height + 2), cv::Scalar::all(frame));
}

Image fitted(const Image& image, int width, int height) {
    const double scale = std::min(static_cast<double>(width) / image.width, static_cast<double>(height) / image.height);
    return composite_over(resize(image, std::clamp(static_cast<int>(std::lround(image.width * scale)), 1, width),
                                 std::clamp(static_cast<int>(std::lround(image.height * scale)), 1, height)),
                          255, 255, 255);
}

/// Pixels of the sheet's parts.
struct Measures {
    long long gap = 0;
    int caption_height = 0;
    int title_height = 0;
    long long header = 0;
    long long caption_space = 0;
    long long column_step = 0;
    long long row_step = 0;
    long long width = 0;
    long long height = 0;
};

Measures measures_of(const std::vector<SheetCell>& cells, const SheetLayout& layout) {
    const bool captions =
        std::any_of(cells.begin(), cells.end(), [](const SheetCell& cell) { return !cell.caption.empty(); });
    const auto cell_count = static_cast<long long>(cells.size());
    const long long columns = std::clamp<long long>(cell_count, 1, layout.columns);
    const long long rows = std::max(1LL, (cell_count + columns - 1) / columns);
    Measures measures;
    measures.gap = std::clamp(layout.cell_width / 14, 6, 24);
    measures.caption_height = std::clamp(layout.cell_width / 12, 10, 18);
    measures.title_height = measures.caption_height * 3 / 2;
    measures.caption_space = captions ? measures.caption_height + measures.gap / 2 : 0;
    measures.header = layout.title.empty() ? 0 : measures.title_height + measures.gap;
    measures.column_step = layout.cell_width + measures.gap;
    measures.row_step = layout.cell_height + measures.caption_space + measures.gap;
    measures.width = measures.gap + columns * measures.column_step;
    measures.height = measures.gap + measures.header + rows * measures.row_step;
    return measures;
}

}  // namespace

int draw_text(Image& image, int x, int y, int height, const std::string& text,
              const std::vector<std::uint8_t>& colour) {
    if (height < 1 || colour.size() < static_cast<std::size_t>(std::min(image.channels, 3))) {
        throw UsageError(fmt::format("text of height {} in a colour of {} values cannot be drawn on {} channels",
                                     height, colour.size(), image.channels));
    }
    const std::string ascii = to_ascii(text);
    if (ascii.empty() || image.empty()) {
        return 0;
    }
    const TextMetrics metrics = measure(ascii, height);
    const int width = width_of(ascii, height);
    Image large(metrics.width, height * oversampling, 1);
    cv::Mat strokes(large.height, large.width, CV_8UC1, large.pixels.data());
    cv::putText(strokes, ascii, cv::Point(metrics.thickness / 2, metrics.baseline), font, metrics.scale,
                cv::Scalar(255), metrics.thickness, cv::LINE_AA);
    const Image coverage = resize(large, width, height);
    for (int row = std::max(0, -y); row < std::min(height, image.height - y); ++row) {
        for (int column = std::max(0, -x); column < std::min(width, image.width - x); ++column) {
            const int ink = coverage.at(column, row);
            for (int channel = 0; channel < image.channels; ++channel) {
                std::uint8_t& pixel = image.at(x + column, y + row, channel);
                const bool alpha = channel == 3 || (channel == 1 && image.channels == 2);
                const int target = alpha ? 255 : colour[static_cast<std::size_t>(channel)];
                pixel = static_cast<std::uint8_t>((pixel * (255 - ink) + target * ink + 127) / 255);
            }
        }
    }
    return width;
}

Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout) {
    if (layout.columns < 1 || layout.cell_width < 1 || layout.cell_height < 1) {
        throw UsageError(
            fmt::format("a contact sheet of {} columns and cells of {}x{} cannot be drawn; all must be at "
                        "least 1",
                        layout.columns, layout.cell_width, layout.cell_height));
    }
    const Measures measures = measures_of(cells, layout);
    constexpr long long max_pixels = 400000000;
    if (measures.width > max_pixels / measures.height) {
        throw UsageError(
            fmt::format("a contact sheet of {}x{} pixels is too large; take smaller cells or fewer of them",
                        measures.width, measures.height));
    }
    Image sheet(static_cast<int>(measures.width), static_cast<int>(measures.height), 3, paper);
    const int gap = static_cast<int>(measures.gap);
    if (!layout.title.empty()) {
        const std::string title = shortened(to_ascii(layout.title), measures.title_height, sheet.width - 2 * gap);
        draw_text(sheet, gap, gap, measures.title_height, title, title_colour);
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto column = static_cast<long long>(i) % layout.columns;
        const auto row = static_cast<long long>(i) / layout.columns;
        const int left = static_cast<int>(measures.gap + column * measures.column_step);
        const int top = static_cast<int>(measures.gap + measures.header + row * measures.row_step);
        draw_empty_cell(sheet, left, top, layout.cell_width, layout.cell_height);
        const Image& image = cells[i].image;
        if (!image.empty()) {
            const Image picture = fitted(image, layout.cell_width, layout.cell_height);
            paste(sheet, picture, left + (layout.cell_width - picture.width) / 2,
                  top + (layout.cell_height - picture.height) / 2);
        }
        const std::string caption = shortened(to_ascii(cells[i].caption), measures.caption_height, layout.cell_width);
        const int indent = (layout.cell_width - width_of(caption, measures.caption_height)) / 2;
        draw_text(sheet, left + indent, top + layout.cell_height + gap / 2, measures.caption_height, caption,
                  caption_colour);
    }
    return sheet;
}

}  // namespace maquette::render
