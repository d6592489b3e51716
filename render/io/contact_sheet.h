#pragma once

#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

struct SheetCell {
    Image image;          ///< 1, 3 or 4 channels; scaled to fit, aspect kept; may be empty
    std::string caption;  ///< UTF-8 is drawn as ASCII; shortened to fit
};

struct SheetLayout {
    int columns = 6;
    int cell_width = 160;   ///< pixels
    int cell_height = 160;  ///< pixels, caption not included
    std::string title;
};

/// One picture of many, row by row, with captions. Throws UsageError on columns or cell sizes below 1.
Image contact_sheet(const std::vector<SheetCell>& cells, const SheetLayout& layout);

/// Draws text (sRGB colour) with its top left at (x, y), `height` pixels tall. Returns the width drawn.
int draw_text(Image& image, int x, int y, int height, const std::string& text, const std::vector<std::uint8_t>& colour);

}  // namespace maquette::render
