#include "render/central_part.h"

#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace maquette::render {

CentralPart central_part(const Image& object) {
    constexpr double sizeable = 0.35;  // of the chosen part
    constexpr double speck = 0.01;
    // Only read.
    const cv::Mat matrix(object.height, object.width, CV_8UC1, const_cast<std::uint8_t*>(object.pixels.data()));
    cv::Mat labels;
    cv::Mat statistics;
    cv::Mat centroids;
    const int count = cv::connectedComponentsWithStats(matrix, labels, statistics, centroids, 8, CV_32S);
    const cv::Point2d middle(object.width / 2.0, object.height / 2.0);
    const double reach = std::hypot(middle.x, middle.y);
    const auto area = [&](int label) { return statistics.at<int>(label, cv::CC_STAT_AREA); };
    const auto bounds = [&](int label) {
        return cv::Rect(statistics.at<int>(label, cv::CC_STAT_LEFT), statistics.at<int>(label, cv::CC_STAT_TOP),
                        statistics.at<int>(label, cv::CC_STAT_WIDTH), statistics.at<int>(label, cv::CC_STAT_HEIGHT));
    };
    const auto centre = [&](int label) {
        return cv::Point2d(centroids.at<double>(label, 0), centroids.at<double>(label, 1));
    };
    int best = 0;
    double best_worth = 0;
    for (int label = 1; label < count; ++label) {
        const double away = cv::norm(centre(label) - middle) / reach;
        const double worth = area(label) * std::exp(-4 * away * away);
        if (worth <= best_worth) continue;
        best = label;
        best_worth = worth;
    }
    CentralPart chosen{Image(object.width, object.height, 1)};
    if (best == 0) return chosen;
    std::vector<bool> kept(static_cast<std::size_t>(count), false);
    for (int label = 1; label < count; ++label) {
        const bool within = bounds(best).contains(cv::Point(centre(label)));
        kept[static_cast<std::size_t>(label)] = label == best || (within && area(label) >= speck * area(best));
        chosen.others =
            chosen.others || (!kept[static_cast<std::size_t>(label)] && area(label) >= sizeable * area(best));
    }
    for (int y = 0; y < object.height; ++y) {
        for (int x = 0; x < object.width; ++x) {
            const int label = labels.at<int>(y, x);
            if (label > 0 && kept[static_cast<std::size_t>(label)]) chosen.object.at(x, y) = 255;
        }
    }
    return chosen;
}

}  // namespace maquette::render
