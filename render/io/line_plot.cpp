#include "render/io/line_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "render/error.h"
#include "render/io/contact_sheet.h"

namespace maquette::render {
namespace {

constexpr int text_height = 14;
constexpr int title_height = 18;
constexpr int left_margin = 76;
constexpr int right_margin = 20;
constexpr int bottom_margin = 56;
constexpr int legend_step = 18;
constexpr int wanted_ticks = 6;
const std::vector<std::uint8_t> text_colour{48, 52, 60};

/// Okabe and Ito's palette: told apart by colour-blind readers, too.
constexpr std::array<std::array<int, 3>, 7> palette = {
    {{0, 114, 178}, {213, 94, 0}, {0, 158, 115}, {204, 121, 167}, {86, 180, 233}, {230, 159, 0}, {60, 60, 60}}};

cv::Scalar colour_of(std::size_t series) {
    const auto& c = palette[series % palette.size()];
    return {static_cast<double>(c[0]), static_cast<double>(c[1]), static_cast<double>(c[2])};
}

/// Values to 0..1 along an axis.
class Scale {
public:
    Scale(const PlotAxis& axis, const std::vector<double>& values) : logarithmic_(axis.logarithmic) {
        low_ = std::numeric_limits<double>::infinity();
        high_ = -low_;
        for (const double value : values) {
            if (!drawable(value)) continue;
            low_ = std::min(low_, inner(value));
            high_ = std::max(high_, inner(value));
        }
        if (!(low_ <= high_)) {
            low_ = 0;
            high_ = 1;
        }
        const double margin = high_ > low_ ? 0.04 * (high_ - low_) : 0.5;
        low_ -= margin;
        high_ += margin;
    }

    [[nodiscard]] bool drawable(double value) const { return std::isfinite(value) && (!logarithmic_ || value > 0); }
    [[nodiscard]] double place(double value) const { return (inner(value) - low_) / (high_ - low_); }

    /// Values at which a line is drawn across.
    [[nodiscard]] std::vector<double> ticks() const {
        std::vector<double> ticks;
        const double step = round_step((high_ - low_) / wanted_ticks, logarithmic_);
        for (double k = std::ceil(low_ / step); k * step <= high_; ++k) {
            ticks.push_back(logarithmic_ ? std::pow(10.0, k * step) : k * step);
        }
        return ticks;
    }

private:
    [[nodiscard]] double inner(double value) const { return logarithmic_ ? std::log10(value) : value; }

    /// 1, 2 or 5 times a power of ten; whole powers of ten on a logarithmic axis that spans several.
    static double round_step(double wanted, bool logarithmic) {
        const double power = std::pow(10.0, std::floor(std::log10(wanted)));
        const double ratio = wanted / power;
        const double step = power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
        return logarithmic && step > 0.2 ? std::max(1.0, std::round(step)) : step;
    }

    bool logarithmic_;
    double low_ = 0;
    double high_ = 1;
};

std::string label_of(double value) {
    if (std::abs(value) < 1e-12) return "0";
    const double size = std::abs(value);
    return size < 1e-3 || size >= 1e5 ? fmt::format("{:.2g}", value) : fmt::format("{:.4g}", value);
}

int width_of_text(const std::string& text) {
    // Drawn beside the picture to be measured.
    Image scratch(1, 1, 3);
    return draw_text(scratch, 2, 2, text_height, text, text_colour);
}

void check(const std::vector<PlotSeries>& series, const PlotLayout& layout) {
    for (const auto& line : series) {
        const std::size_t count = line.x.size();
        if (line.y.size() != count || line.low.size() != line.high.size() ||
            (!line.low.empty() && line.low.size() != count)) {
            throw UsageError(fmt::format("curve '{}' has {} places, {} values and intervals of {} and {} ends",
                                         line.name, count, line.y.size(), line.low.size(), line.high.size()));
        }
    }
    if (layout.width < 200 || layout.height < 150) {
        throw UsageError(fmt::format("a plot of {}x{} pixels has no room for its axes; take 200x150 or more",
                                     layout.width, layout.height));
    }
}

std::vector<double> gathered(const std::vector<PlotSeries>& series, bool along_x) {
    std::vector<double> values;
    for (const auto& line : series) {
        for (const auto* list :
             {along_x ? &line.x : &line.y, along_x ? nullptr : &line.low, along_x ? nullptr : &line.high}) {
            if (list != nullptr) values.insert(values.end(), list->begin(), list->end());
        }
    }
    return values;
}

}  // namespace

Image line_plot(const std::vector<PlotSeries>& series, const PlotLayout& layout) {
    check(series, layout);
    const Scale across(layout.x, gathered(series, true));
    const Scale up(layout.y, gathered(series, false));
    Image image(layout.width, layout.height, 3, 255);
    cv::Mat canvas(image.height, image.width, CV_8UC3, image.pixels.data());
    const int legend_rows = static_cast<int>(
        std::count_if(series.begin(), series.end(), [](const PlotSeries& line) { return !line.name.empty(); }));
    const int top = 12 + (layout.title.empty() ? 0 : title_height + 8) + text_height + 6;
    const cv::Rect frame(left_margin, top, layout.width - left_margin - right_margin,
                         layout.height - top - bottom_margin);
    // Sub-pixel places: OpenCV counts sixteenths.
    constexpr int shift = 4;
    const auto point = [&](double x, double y) {
        return cv::Point(static_cast<int>(std::lround((frame.x + across.place(x) * frame.width) * (1 << shift))),
                         static_cast<int>(std::lround((frame.y + (1 - up.place(y)) * frame.height) * (1 << shift))));
    };

    if (!layout.title.empty()) draw_text(image, left_margin, 10, title_height, layout.title, text_colour);
    draw_text(image, 10, top - text_height - 6, text_height, layout.y.name, text_colour);
    draw_text(image, frame.x + (frame.width - width_of_text(layout.x.name)) / 2, image.height - text_height - 10,
              text_height, layout.x.name, text_colour);
    for (const double tick : across.ticks()) {
        const int x = frame.x + static_cast<int>(std::lround(across.place(tick) * frame.width));
        cv::line(canvas, {x, frame.y}, {x, frame.y + frame.height}, cv::Scalar::all(228));
        const std::string label = label_of(tick);
        draw_text(image, x - width_of_text(label) / 2, frame.y + frame.height + 8, text_height, label, text_colour);
    }
    for (const double tick : up.ticks()) {
        const int y = frame.y + static_cast<int>(std::lround((1 - up.place(tick)) * frame.height));
        cv::line(canvas, {frame.x, y}, {frame.x + frame.width, y}, cv::Scalar::all(228));
        const std::string label = label_of(tick);
        draw_text(image, frame.x - width_of_text(label) - 8, y - text_height / 2, text_height, label, text_colour);
    }
    cv::rectangle(canvas, frame, cv::Scalar::all(150));

    for (std::size_t s = 0; s < series.size(); ++s) {
        const auto& line = series[s];
        const auto drawable = [&](std::size_t i) { return across.drawable(line.x[i]) && up.drawable(line.y[i]); };
        for (std::size_t i = 0; i < line.x.size(); ++i) {
            if (!drawable(i)) continue;
            const auto here = point(line.x[i], line.y[i]);
            if (i > 0 && drawable(i - 1)) {
                cv::line(canvas, point(line.x[i - 1], line.y[i - 1]), here, colour_of(s), 2, cv::LINE_AA, shift);
            }
            if (!line.low.empty() && up.drawable(line.low[i]) && up.drawable(line.high[i])) {
                cv::line(canvas, point(line.x[i], line.low[i]), point(line.x[i], line.high[i]), colour_of(s), 1,
                         cv::LINE_AA, shift);
            }
            cv::circle(canvas, here, 3 << shift, colour_of(s), cv::FILLED, cv::LINE_AA, shift);
        }
    }

    int widest = 0;
    for (const auto& line : series) widest = std::max(widest, width_of_text(line.name));
    const cv::Rect legend(frame.x + frame.width - widest - 44, frame.y + 8, widest + 36, legend_rows * legend_step + 8);
    if (legend_rows > 0) {
        cv::rectangle(canvas, legend, cv::Scalar::all(255), cv::FILLED);
        cv::rectangle(canvas, legend, cv::Scalar::all(200));
    }
    int row = legend.y + 6;
    for (std::size_t s = 0; s < series.size(); ++s) {
        if (series[s].name.empty()) continue;
        cv::line(canvas, {legend.x + 6, row + text_height / 2}, {legend.x + 24, row + text_height / 2}, colour_of(s), 2,
                 cv::LINE_AA);
        draw_text(image, legend.x + 30, row, text_height, series[s].name, text_colour);
        row += legend_step;
    }
    return image;
}

}  // namespace maquette::render
