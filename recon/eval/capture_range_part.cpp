#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "recon/data/random_stream.h"
#include "recon/eval/dataset_views.h"
#include "recon/eval/encoder_parts.h"
#include "recon/eval/photo_degradation.h"
#include "recon/refine/crop_camera.h"
#include "render/renderer.h"
#include "render/surface_extraction.h"

namespace maquette::recon {
namespace {

constexpr int surface_resolution = 64;
constexpr double usual_share = 0.5;  // of captures as in training that degrade_photo spoils, as there
constexpr std::uint64_t capture_seed = 13;

/// A photo of a shape, made for the occasion; empty: the shape has no surface.
using Capture = std::function<std::optional<View>(const render::Renderer&, View, RandomStream&)>;

struct Kind {
    std::string name;
    bool usual = false;  ///< as in training
    Capture capture;
};

/// The shape seen from here, its crop as photos are cut.
std::optional<View> rendered(const render::Renderer& renderer, const render::OrbitPose& pose) {
    if (renderer.mesh().empty()) return std::nullopt;
    const auto camera = render::orbit_camera(pose, 2 * view_size, 2 * view_size);
    render::RenderOptions options;
    options.lighting = render::studio_lighting(camera);
    const auto picture = renderer.render(camera, options);
    return make_view(picture.rgb, picture.mask, camera, "capture");
}

/// Object colours changed; the white around it stays.
View recoloured(View view, const std::function<double(double)>& change) {
    for (int y = 0; y < view.rgb.height; ++y) {
        for (int x = 0; x < view.rgb.width; ++x) {
            const double mask = view.mask.at(x, y);
            for (int c = 0; c < 3; ++c) {
                const double object = view.rgb.at(x, y, c) / 255.0 - (1 - mask);
                const double changed = std::clamp(change(object), 0.0, mask);
                view.rgb.at(x, y, c) = static_cast<std::uint8_t>(std::lround(255 * (changed + 1 - mask)));
            }
        }
    }
    return view;
}

View blurred(View view, double sigma) {
    cv::Mat rgb(view.rgb.height, view.rgb.width, CV_8UC3, view.rgb.pixels.data());
    cv::GaussianBlur(rgb, rgb, cv::Size(), sigma);
    return view;
}

double between(RandomStream& random, double low, double high) {
    return std::lerp(low, high, random.uniform());
}

render::OrbitPose pose_in(RandomStream& random, double lowest, double highest) {
    return {.azimuth = between(random, 0, 360),
            .elevation = between(random, lowest, highest),
            .field_of_view = between(random, 25, 60)};
}

/// Ranges beyond those that photos of the dataset are taken in (view_sampling.cpp), with a gap between.
std::vector<Kind> kinds() {
    const auto drawn = [](double lowest, double highest, double roll_low, double roll_high) {
        return [=](const render::Renderer& renderer, View, RandomStream& random) {
            auto pose = pose_in(random, lowest, highest);
            pose.roll = between(random, roll_low, roll_high) * (random.chance(0.5) ? 1 : -1);
            return rendered(renderer, pose);
        };
    };
    const auto changed = [](const std::function<View(View, RandomStream&)>& change) {
        return [=](const render::Renderer&, const View& view, RandomStream& random) -> std::optional<View> {
            return change(view, random);
        };
    };
    return {
        {"as in training", true, changed([](View view, RandomStream& random) {
             if (random.chance(usual_share)) {
                 degrade_photo(view, random);
                 recrop(view, random);
             }
             return view;
         })},
        {"from straight above", false, drawn(75, 88, 0, 0)},
        {"from below", false, drawn(-70, -30, 0, 0)},
        {"camera on its side", false, drawn(-5, 50, 60, 120)},
        {"dark", false, changed([](View view, RandomStream& random) {
             const double light = between(random, 0.04, 0.12);
             return recoloured(std::move(view), [=](double value) { return light * value; });
         })},
        {"overexposed", false, changed([](View view, RandomStream& random) {
             const double light = between(random, 4, 8);
             return recoloured(std::move(view), [=](double value) { return light * value + 0.1; });
         })},
        {"blurred", false,
         changed([](View view, RandomStream& random) { return blurred(std::move(view), between(random, 5, 9)); })},
        {"noisy", false, changed([](View view, RandomStream& random) {
             const double spread = between(random, 0.15, 0.3);
             return recoloured(std::move(view), [&, spread](double value) { return value + spread * random.normal(); });
         })},
    };
}

}  // namespace

ReportPart capture_range_part(const EncoderBench& bench, const encoders::CaptureDomain& domain) {
    ReportPart part{.title = "Photos taken as none in training", .key = "capture_range"};
    struct Told {
        std::vector<ShapeScore> with_camera;
        std::vector<ShapeScore> alone;
    };
    const auto list = kinds();
    std::vector<Told> told(list.size());
    const auto& shapes = bench.shapes(PictureGroup::test);
    std::map<std::string, int> categories;
    for (std::size_t s = 0; s < shapes.size(); ++s) {
        bench.announce("capture range", static_cast<double>(s) / static_cast<double>(shapes.size()));
        const auto& info = bench.dataset().shapes()[static_cast<std::size_t>(shapes[s])];
        const int category = categories.try_emplace(info.category, static_cast<int>(categories.size())).first->second;
        const render::Renderer renderer(
            render::extract_surface(bench.dataset().distance(shapes[s], surface_resolution)));
        for (std::size_t k = 0; k < list.size(); ++k) {
            ShapeScore with_camera{category, 0};
            ShapeScore alone{category, 0};
            int count = 0;
            const int photos = std::min(bench.options().views, info.view_count);
            for (int v = 0; v < photos; ++v) {
                RandomStream random(capture_seed + k, s * 64 + static_cast<std::uint64_t>(v));
                const auto view = list[k].capture(renderer, view_of(bench.dataset(), shapes[s], v), random);
                if (!view) continue;
                auto known = encoders::capture_of(*view);
                with_camera.value += domain.findings(*view, known).empty() ? 0 : 1;
                for (std::size_t c = 0; c < encoders::camera_covariates; ++c) known.values[c].reset();
                alone.value += domain.findings(*view, known).empty() ? 0 : 1;
                ++count;
            }
            if (count == 0) continue;
            with_camera.value /= count;
            alone.value /= count;
            told[k].with_camera.push_back(with_camera);
            told[k].alone.push_back(alone);
        }
    }
    ReportTable table{"Share of photos flagged", {"photos", "camera known", "photo alone"}, {}};
    double recall = 0;
    double recall_alone = 0;
    for (std::size_t k = 0; k < list.size(); ++k) {
        const auto known = bootstrap(told[k].with_camera);
        const auto alone = bootstrap(told[k].alone);
        table.rows.push_back({list[k].name, interval_text(known), interval_text(alone)});
        part.figures[list[k].name] = {{"camera_known", interval_json(known)}, {"photo_alone", interval_json(alone)}};
        if (list[k].usual) {
            part.headlines["capture_false_alarms"] = known.mean;
            part.headlines["capture_false_alarms_photo_alone"] = alone.mean;
        } else {
            recall += known.mean / static_cast<double>(list.size() - 1);
            recall_alone += alone.mean / static_cast<double>(list.size() - 1);
        }
    }
    part.headlines["capture_recall"] = recall;
    part.headlines["capture_recall_photo_alone"] = recall_alone;
    table.rows.push_back(
        {"mean over those unlike training", fmt::format("{:.3f}", recall), fmt::format("{:.3f}", recall_alone)});
    part.tables.push_back(std::move(table));
    part.notes.emplace_back(
        "test shapes of known categories; camera known: elevation, roll, perspective and distance are told, as with a "
        "calibrated camera and a sense of gravity; photo alone: they are read from the picture. Those from above, from "
        "below and on the side are rendered anew from 64^3 distance fields, the others are the dataset's photos "
        "changed");
    return part;
}

}  // namespace maquette::recon
