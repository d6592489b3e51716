#include "viewer/studio/shape_maker.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "recon/cli/field_surface.h"
#include "recon/refine/outline_completion.h"
#include "recon/refine/surface_evidence.h"
#include "viewer/studio/distance_grid.h"

namespace maquette::viewer {
namespace {

constexpr std::size_t most_wishes = 12;
constexpr float faint = 0.5F;  // of the highest value: where a field too weak for the threshold is cut

float level_of(const render::VoxelGrid& field, float threshold) {
    const float highest = *std::max_element(field.values.begin(), field.values.end());
    return highest >= threshold ? threshold : faint * highest;
}

/// Distance to the prior's surface on a grid; made once a prior.
class PriorDistance {
public:
    const render::SignedDistanceGrid& of(const ShapeWish& wish) {
        if (prior_ != wish.prior || threshold_ != wish.threshold) {
            prior_ = wish.prior;
            threshold_ = wish.threshold;
            distance_ = distance_to_points(surface_at_or_below(prior_->mean, threshold_, cells).vertices);
        }
        return distance_;
    }

private:
    static constexpr int cells = 64;
    std::shared_ptr<const priors::CategoryPrior> prior_;
    float threshold_ = 0;
    render::SignedDistanceGrid distance_;
};

std::shared_ptr<const Shape> made(const ShapeWish& wish, PriorDistance& prior_distance) {
    const auto start = std::chrono::steady_clock::now();
    auto shape = std::make_shared<Shape>();
    render::TriangleMesh mesh = surface_of(wish);
    std::vector<float> shades;
    const auto shade_by = [&](const render::SignedDistanceGrid& distance) {
        shades.clear();
        double sum = 0;
        for (const Eigen::Vector3f& vertex : mesh.vertices) {
            const float away = render::sample_trilinear(distance, vertex);
            sum += away;
            shades.push_back(std::min(away / full_difference, 1.0F));
        }
        return sum / static_cast<double>(std::max<std::size_t>(mesh.vertices.size(), 1));
    };
    if (wish.prior && !mesh.empty()) shape->mean_difference = shade_by(prior_distance.of(wish));
    if (wish.truth && !mesh.empty()) shade_by(wish.truth->distance);
    if (wish.views && !mesh.empty()) {
        const bool posed = std::any_of(wish.views->begin(), wish.views->end(),
                                       [](const recon::View& view) { return view.camera.has_value(); });
        if (posed) {
            recon::SurfaceEvidence evidence = recon::surface_evidence(mesh, *wish.views);
            mesh.vertex_colours = std::move(evidence.colours);
            if (wish.confidence) shades = std::move(evidence.confidence);
        } else if (wish.confidence) {
            shades.assign(mesh.vertices.size(), 0.0F);
        }
    }
    shape->mesh = pack_mesh(std::move(mesh), shades);
    const float level = level_of(wish.snapshot->occupancy, wish.threshold);
    shape->cubes = level > 0 ? pack_voxels(wish.snapshot->occupancy, level) : std::make_shared<PackedCubes>();
    shape->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return shape;
}

}  // namespace

render::TriangleMesh surface_at_or_below(const render::VoxelGrid& field, float threshold, int resolution) {
    const float level = field.values.empty() ? 0 : level_of(field, threshold);
    if (level <= 0) return {};
    return recon::cli::surface_of_field(field, level, resolution);
}

render::TriangleMesh surface_of(const ShapeWish& wish) {
    const render::VoxelGrid& field = wish.snapshot->occupancy;
    const float level = field.values.empty() ? 0 : level_of(field, wish.threshold);
    if (level <= 0) return {};
    std::vector<recon::PosedMask> masks;
    const std::vector<recon::View> none;
    for (const recon::View& view : wish.outlines ? *wish.outlines : none) {
        if (!view.camera || view.generated || view.weight <= 0) continue;
        if (view.camera->projection != render::Camera::Projection::perspective) continue;
        masks.push_back({recon::crop_camera_of(*view.camera), &view.mask, view.weight});
    }
    return recon::cli::surface_of_field(field, level, wish.resolution, [&](render::VoxelGrid& fine, float fine_level) {
        recon::complete_outlines(fine, fine_level, field, masks);
    });
}

ShapeMaker::ShapeMaker(std::function<void()> notify, std::size_t kept) : notify_(std::move(notify)), kept_(kept) {
    thread_ = std::jthread([this](const std::stop_token& stop) { worker(stop); });
}

ShapeMaker::~ShapeMaker() {
    thread_.request_stop();
    thread_.join();
}

std::shared_ptr<const Shape> ShapeMaker::find(const ShapeWish& wish) {
    if (!wish.snapshot) return nullptr;
    {
        const std::lock_guard lock(mutex_);
        const auto found = std::find_if(shapes_.begin(), shapes_.end(), [&](const Kept& k) { return k.wish == wish; });
        if (found != shapes_.end()) {
            shapes_.splice(shapes_.begin(), shapes_, found);
            return found->shape;
        }
        wishes_.remove(wish);
        wishes_.push_front(wish);
        if (wishes_.size() > most_wishes) wishes_.pop_back();
    }
    wake_.notify_all();
    return nullptr;
}

bool ShapeMaker::idle() const {
    const std::lock_guard lock(mutex_);
    return wishes_.empty() && !busy_;
}

void ShapeMaker::worker(const std::stop_token& stop) {
    PriorDistance prior_distance;
    while (true) {
        ShapeWish wish;
        {
            std::unique_lock lock(mutex_);
            busy_ = false;
            if (!wake_.wait(lock, stop, [this] { return !wishes_.empty(); })) return;
            wish = wishes_.front();
            wishes_.pop_front();
            const bool known =
                std::any_of(shapes_.begin(), shapes_.end(), [&](const Kept& kept) { return kept.wish == wish; });
            if (known) continue;
            busy_ = true;
        }
        std::shared_ptr<const Shape> shape;
        try {
            shape = made(wish, prior_distance);
        } catch (const std::exception&) {
            // A field that is nowhere solid has no surface: nothing is drawn for it.
            auto nothing = std::make_shared<Shape>();
            nothing->mesh = std::make_shared<PackedMesh>();
            nothing->cubes = std::make_shared<PackedCubes>();
            shape = std::move(nothing);
        }
        {
            const std::lock_guard lock(mutex_);
            shapes_.push_front({std::move(wish), std::move(shape)});
            while (shapes_.size() > kept_) shapes_.pop_back();
        }
        notify_();
    }
}

}  // namespace maquette::viewer
