#include "render/io/contact_sheet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "render/error.h"

namespace maquette::render {
namespace {

const std::vector<std::uint8_t> black{0, 0, 0};

bool has_colour(const Image& image, std::uint8_t red, std::uint8_t green, std::uint8_t blue) {
    for (std::size_t i = 0; i + 2 < image.pixels.size(); i += 3) {
        if (image.pixels[i] == red && image.pixels[i + 1] == green && image.pixels[i + 2] == blue) {
            return true;
        }
    }
    return false;
}

/// Columns from the first to the last that hold a value below 128.
int inked_width(const Image& image) {
    int first = image.width;
    int last = -1;
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            if (image.at(x, y) < 128) {
                first = std::min(first, x);
                last = std::max(last, x);
            }
        }
    }
    return last - first + 1;
}

TEST(ContactSheet, LaysOutRowsAndColumns) {
    const SheetLayout layout{.columns = 3, .cell_width = 40, .cell_height = 30, .title = ""};
    const std::vector<SheetCell> one_row(3, {Image(8, 8, 3, 10), ""});
    const std::vector<SheetCell> two_rows(4, {Image(8, 8, 3, 10), ""});
    const Image a = contact_sheet(one_row, layout);
    const Image b = contact_sheet(two_rows, layout);
    EXPECT_EQ(a.channels, 3);
    EXPECT_EQ(a.width, b.width);
    EXPECT_GE(a.width, 3 * 40);
    EXPECT_GE(b.height - a.height, 30);
    EXPECT_LT(contact_sheet({one_row.front()}, layout).width, a.width);
}

TEST(ContactSheet, ScalesPicturesAndKeepsTheirAspect) {
    const SheetLayout layout{.columns = 1, .cell_width = 60, .cell_height = 60, .title = ""};
    Image wide(20, 10, 3);
    for (std::size_t i = 0; i < wide.pixels.size(); i += 3) {
        wide.pixels[i] = 200;
    }
    const Image sheet = contact_sheet({{wide, ""}}, layout);
    std::ptrdiff_t red = 0;
    for (std::size_t i = 0; i < sheet.pixels.size(); i += 3) {
        red += sheet.pixels[i] == 200 && sheet.pixels[i + 1] == 0 ? 1 : 0;
    }
    EXPECT_EQ(red, 60 * 30);
}

TEST(ContactSheet, TakesGreyTransparentAndEmptyPictures) {
    Image transparent(4, 4, 4, 0);
    const Image sheet = contact_sheet({{Image(4, 4, 1, 33), "grey"}, {transparent, "clear"}, {Image(), "none"}},
                                      {.columns = 3, .cell_width = 32, .cell_height = 32, .title = "Three"});
    EXPECT_TRUE(has_colour(sheet, 33, 33, 33));
    EXPECT_TRUE(has_colour(sheet, 255, 255, 255));
    EXPECT_FALSE(has_colour(sheet, 0, 0, 0));
}

TEST(ContactSheet, CaptionsAndTitlesAreDrawnAndShortened) {
    const SheetLayout layout{.columns = 2, .cell_width = 100, .cell_height = 50, .title = ""};
    const auto sheet_of = [&](const std::string& caption) {
        return contact_sheet({{Image(), caption}, {Image(), "b"}}, layout);
    };
    EXPECT_NE(sheet_of("a").pixels, sheet_of("c").pixels);
    const std::string endless(100000, 'w');
    const Image sheet = sheet_of(endless);
    EXPECT_EQ(sheet.width, sheet_of("a").width);
    EXPECT_EQ(sheet.pixels, sheet_of(endless + "x").pixels);
    SheetLayout titled = layout;
    titled.title = endless;
    EXPECT_GT(contact_sheet({{Image(), "a"}}, titled).height, contact_sheet({{Image(), "a"}}, layout).height);
}

TEST(ContactSheet, NoCellsAndBadLayouts) {
    EXPECT_FALSE(contact_sheet({}, {}).empty());
    EXPECT_THROW(contact_sheet({}, {.columns = 0, .title = ""}), UsageError);
    EXPECT_THROW(contact_sheet({}, {.cell_width = 0, .title = ""}), UsageError);
    EXPECT_THROW(contact_sheet({}, {.cell_height = -3, .title = ""}), UsageError);
    EXPECT_THROW(contact_sheet({}, {.cell_width = 2000000000, .cell_height = 2000000000, .title = ""}), UsageError);
}

TEST(DrawText, StaysInItsBoxAndTellsItsWidth) {
    for (const int height : {8, 12, 24, 60}) {
        Image image(height * 12, height * 3, 3, 255);
        const int width = draw_text(image, height, height, height, "Hgjy|(", black);
        EXPECT_GT(width, height * 2);
        EXPECT_LE(inked_width(image), width);
        EXPECT_GT(inked_width(image), width * 3 / 4);
        int ink_rows = 0;
        for (int y = 0; y < image.height; ++y) {
            for (int x = 0; x < image.width; ++x) {
                const bool inside = y >= height && y < 2 * height && x >= height && x < height + width;
                ASSERT_TRUE(inside || image.at(x, y) == 255) << x << ' ' << y;
            }
            const auto* row = &image.at(0, y);
            ink_rows += std::any_of(row, row + image.width * 3, [](std::uint8_t v) { return v < 160; }) ? 1 : 0;
        }
        EXPECT_GE(ink_rows, height * 3 / 4) << height;
    }
}

TEST(DrawText, IsClippedAtTheImage) {
    Image image(20, 20, 4, 255);
    EXPECT_GT(draw_text(image, -30, -5, 14, "outside on every side", {255, 0, 0}), 100);
    EXPECT_NE(image.pixels, Image(20, 20, 4, 255).pixels);
    EXPECT_GT(draw_text(image, 500, 500, 14, "far away", {255, 0, 0}), 0);
    EXPECT_EQ(draw_text(image, 0, 0, 14, "", black), 0);
    EXPECT_THROW(draw_text(image, 0, 0, 0, "x", black), UsageError);
    EXPECT_THROW(draw_text(image, 0, 0, 9, "x", {1}), UsageError);
}

TEST(DrawText, Utf8BecomesAscii) {
    const auto drawn = [](const std::string& text) {
        Image image(300, 20, 1, 255);
        draw_text(image, 0, 0, 16, text, {0});
        return image.pixels;
    };
    EXPECT_EQ(drawn("Küche – “Größe”"), drawn("Kuche - \"Grosse\""));
    EXPECT_EQ(drawn("日本\xff"), drawn("???"));
    EXPECT_EQ(drawn("\xe6"), drawn("?"));
}

}  // namespace
}  // namespace maquette::render
