#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "recon/eval/photo_parts.h"
#include "render/image_operations.h"
#include "render/io/contact_sheet.h"

namespace maquette::recon {
namespace {

constexpr float solid = 0.5F;
constexpr double good = 0.9;  // IoU
constexpr std::size_t shown = 24;

std::string label_of(const PhotoBench::Way& way) {
    return way.name + (way.box ? ", box" : ", no hint");
}

/// Names of figures in JSON: saliency_no_hint, network_box, ...
std::string key_of(const PhotoBench::Way& way) {
    return way.name.substr(0, way.name.find(' ')) + (way.box ? "_box" : "_no_hint");
}

/// Pixels beside the mask's edge, inside of it.
bool on_edge(const render::FloatImage& mask, int x, int y) {
    if (mask.at(x, y) < solid) return false;
    for (const auto& [dx, dy] : {std::pair{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
        const int u = x + dx;
        const int v = y + dy;
        if (u < 0 || v < 0 || u >= mask.width || v >= mask.height) continue;
        if (mask.at(u, v) < solid) return true;
    }
    return false;
}

/// The photo with the true outline in green and the found one in red.
render::Image outlined(const render::Image& photo, const render::FloatImage& truth, const render::FloatImage& found) {
    render::Image picture = photo;
    const auto paint = [&](int x, int y, std::uint8_t red, std::uint8_t green) {
        picture.at(x, y, 0) = red;
        picture.at(x, y, 1) = green;
        picture.at(x, y, 2) = 0;
    };
    for (int y = 0; y < photo.height; ++y) {
        for (int x = 0; x < photo.width; ++x) {
            if (on_edge(truth, x, y)) paint(x, y, 0, 255);
            if (on_edge(found, x, y)) paint(x, y, 255, 0);
        }
    }
    return picture;
}

/// The first photos, and the worst ones.
ReportPicture sheet(const PhotoBench& bench, const PhotoBench::Way& way, const std::string& prefix,
                    const std::vector<double>& figures) {
    std::vector<std::size_t> order(figures.size());
    std::iota(order.begin(), order.end(), 0);
    const auto first = std::min(shown / 2, order.size());
    std::stable_sort(order.begin() + static_cast<std::ptrdiff_t>(first), order.end(),
                     [&](std::size_t a, std::size_t b) { return figures[a] < figures[b]; });
    std::vector<render::SheetCell> cells;
    for (std::size_t i = 0; i < std::min(shown, order.size()); ++i) {
        const auto& photo = bench.photos()[order[i]];
        cells.push_back({outlined(photo.composite.photo, photo.composite.mask, way.masks[order[i]]),
                         fmt::format("{} {:.2f}", bench.categories()[static_cast<std::size_t>(photo.category)],
                                     figures[order[i]])});
    }
    std::string name = prefix + key_of(way);
    std::replace(name.begin(), name.end(), '_', '-');
    return {
        name,
        fmt::format("{}: found outline red, true outline green, IoU; the first {} photos and the {} worst of the "
                    "others.",
                    label_of(way), first, cells.size() - first),
        render::contact_sheet(cells, {.columns = 6, .cell_width = 220, .cell_height = 220, .title = label_of(way)})};
}

}  // namespace

ReportPart mask_part(const PhotoBench& bench, const BenchSubject& subject) {
    ReportPart part{.title = subject.title, .key = subject.prefix + "masks"};
    part.notes.push_back(
        fmt::format("{} composites of {} before real photos with light, shadow, blur, noise and JPEG; IoU with "
                    "the true mask at the photo's resolution; box: the true bounds, up to 6 % wider to each side",
                    bench.photos().size(), subject.objects));
    ReportTable table{"", {"way", "IoU", "median", "share above 0.9", "ms a photo"}, {}};
    ReportTable categories{"IoU by category", {"way"}, {}};
    for (const auto& category : bench.categories()) categories.columns.push_back(category);
    std::vector<std::vector<ShapeScore>> all;
    for (const auto& way : bench.ways()) {
        std::vector<double> figures;
        for (std::size_t i = 0; i < way.masks.size(); ++i) {
            figures.push_back(mask_iou(way.masks[i], bench.photos()[i].composite.mask));
        }
        std::vector<double> sorted = figures;
        std::sort(sorted.begin(), sorted.end());
        const double median = sorted[sorted.size() / 2];
        const double share = static_cast<double>(std::count_if(figures.begin(), figures.end(),
                                                               [](double figure) { return figure > good; })) /
                             static_cast<double>(figures.size());
        const auto scores = bench.scores(figures);
        const Interval mean = bootstrap(scores);
        table.rows.push_back({label_of(way), interval_text(mean), fmt::format("{:.3f}", median),
                              fmt::format("{:.0f} %", 100 * share), fmt::format("{:.0f}", 1000 * way.seconds)});
        std::vector<std::string> row = {label_of(way)};
        nlohmann::json per_category = nlohmann::json::object();
        for (std::size_t c = 0; c < bench.categories().size(); ++c) {
            double sum = 0;
            int count = 0;
            for (const auto& score : scores) {
                if (score.category != static_cast<int>(c)) continue;
                sum += score.value;
                ++count;
            }
            const double category_mean = count > 0 ? sum / count : std::nan("");
            row.push_back(count > 0 ? fmt::format("{:.3f}", category_mean) : "-");
            if (count > 0) per_category[bench.categories()[c]] = category_mean;
        }
        categories.rows.push_back(std::move(row));
        auto& json = part.figures[key_of(way)];
        json = interval_json(mean);
        json["median"] = median;
        json["share_above_0_9"] = share;
        json["seconds"] = way.seconds;
        json["per_category"] = per_category;
        part.headlines[subject.prefix + "mask_iou_" + key_of(way)] = mean.mean;
        part.pictures.push_back(sheet(bench, way, subject.prefix, figures));
        all.push_back(scores);
    }
    // The network's ways follow the other ones in the same order.
    for (std::size_t i = 0; 2 * i + 1 < all.size() && all.size() == 4 && i < 2; ++i) {
        const Interval gain = bootstrap_difference(all[i + 2], all[i]);
        part.figures["gain" + std::string(i == 0 ? "_no_hint" : "_box")] = interval_json(gain);
        part.notes.push_back(fmt::format("network over saliency and GrabCut, {}: {}", i == 0 ? "no hint" : "box",
                                         interval_text(gain, 3, true)));
    }
    part.tables.push_back(std::move(table));
    part.tables.push_back(std::move(categories));
    return part;
}

}  // namespace maquette::recon
