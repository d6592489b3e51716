#pragma once

#include <string>
#include <vector>

#include "render/image.h"

namespace maquette::render {

/// Points joined in their order. Not-a-number breaks the line.
struct PlotSeries {
    std::string name;
    std::vector<double> x;
    std::vector<double> y;    ///< as many as x
    std::vector<double> low;  ///< ends of an interval about each point, or empty
    std::vector<double> high;
};

struct PlotAxis {
    std::string name;
    bool logarithmic = false;  ///< values must be above 0 then; others are left out
};

struct PlotLayout {
    std::string title;
    PlotAxis x;
    PlotAxis y;
    int width = 720;   ///< pixels
    int height = 480;  ///< pixels
};

/// RGB picture of curves over common axes with round ticks, a grid and a legend. Throws UsageError where the lists of a
/// series differ in length, or the picture is smaller than 200x150.
Image line_plot(const std::vector<PlotSeries>& series, const PlotLayout& layout);

}  // namespace maquette::render
