#include "viewer/studio/generated_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <span>
#include <utility>

#include "recon/diffusion/view_loop.h"
#include "recon/refine/crop_camera.h"
#include "render/io/atomic_file.h"

namespace maquette::viewer {
namespace {

constexpr double noticed_progress = 0.01;

}  // namespace

struct GeneratedViews::Loaded {
    std::filesystem::path weights;
    std::filesystem::path preferences;
    std::string sha256;
    recon::diffusion::ViewLoop loop;
};

GeneratedViews::GeneratedViews(std::function<void()> notify, std::function<void(const std::string&)> failed)
    : notify_(notify), failed_(failed), queue_(std::move(notify), std::move(failed)) {}

GeneratedViews::~GeneratedViews() {
    cancel();
}

const recon::diffusion::ViewLoop& GeneratedViews::loop_of(const ViewBasis& basis) {
    if (!loaded_ || loaded_->weights != basis.weights || loaded_->preferences != basis.preferences) {
        loaded_.reset();
        recon::diffusion::ViewLoop loop(basis.weights, basis.preferences);
        loaded_ = std::make_unique<Loaded>(
            Loaded{basis.weights, basis.preferences, render::sha256_of_file(basis.weights), std::move(loop)});
    }
    return loaded_->loop;
}

void GeneratedViews::start(const std::shared_ptr<Job>& job, const Draw& draw,
                           const std::function<void(std::vector<DrawnView>)>& done) {
    jobs_.push_back(job);
    queue_.add("Generating views", {}, [this, job, draw, done]() -> TaskQueue::Finish {
        std::vector<DrawnView> drawn;
        std::string error;
        try {
            if (job->cancelled) return {};
            const auto& loop = loop_of(*job->basis);
            const auto views = draw(loop, *job, [&](double share) {
                job->share = static_cast<float>(share);
                notify_();
                return !job->cancelled;
            });
            for (std::size_t i = 0; i < views.size(); ++i) {
                drawn.push_back(
                    {std::make_shared<const recon::View>(views[i]), job->seed + i, job->steps, loaded_->sha256});
            }
            if (drawn.empty()) error = "the photos show all that there is of the result; no view was generated";
        } catch (const std::exception& exception) {
            error = exception.what();
        }
        return [this, job, done, drawn = std::move(drawn), error]() mutable {
            if (job->cancelled) return;
            std::erase(jobs_, job);
            error.empty() ? done(std::move(drawn)) : failed_(error);
        };
    });
}

void GeneratedViews::generate(std::shared_ptr<const ViewBasis> basis, const Options& options,
                              std::uint64_t first_seed) {
    cancel();
    auto job = std::make_shared<Job>();
    job->basis = std::move(basis);
    job->seed = first_seed;
    job->steps = options.diffusion_steps;
    const auto draw = [count = options.views_from_diffusion](const recon::diffusion::ViewLoop& loop, const Job& of,
                                                             const std::function<bool(double)>& progress) {
        return loop.unseen(*of.basis->photos, of.basis->shape->occupancy, of.basis->threshold,
                           {.views = count, .steps = of.steps, .seed = of.seed}, progress);
    };
    start(job, draw, [this, job](std::vector<DrawnView> drawn) {
        views_.clear();
        for (DrawnView& view : drawn) views_.push_back({next_id_++, std::move(view), true});
        unused_seed_ = std::max(unused_seed_, job->seed + views_.size());
        basis_ = job->basis;
    });
}

void GeneratedViews::draw_one(const GeneratedView& view, int steps, std::uint64_t seed,
                              const std::function<void(DrawnView)>& done) {
    auto job = std::make_shared<Job>();
    job->view = view.id;
    job->basis = basis_;
    job->seed = seed;
    job->steps = steps;
    unused_seed_ = std::max(unused_seed_, seed + 1);
    const auto draw = [target = recon::crop_camera_of(*view.drawn.view->camera)](
                          const recon::diffusion::ViewLoop& loop, const Job& of,
                          const std::function<bool(double)>& progress) {
        return loop.seen_by({&target, 1}, *of.basis->photos, of.basis->shape->occupancy, of.basis->threshold,
                            {.steps = of.steps, .seed = of.seed}, progress);
    };
    start(job, draw, [done](std::vector<DrawnView> drawn) { done(std::move(drawn.front())); });
}

void GeneratedViews::regenerate(int id, int steps, std::optional<std::uint64_t> seed) {
    const GeneratedView* const view = find(id);
    if (view == nullptr || !basis_) return;
    draw_one(*view, steps, seed.value_or(unused_seed_), [this, id](DrawnView drawn) { replace(id, std::move(drawn)); });
}

void GeneratedViews::draw_rival(int id, const std::function<void(DrawnView)>& done) {
    const GeneratedView* const view = find(id);
    if (view == nullptr || !basis_) return;
    draw_one(*view, view->drawn.steps, unused_seed_, done);
}

void GeneratedViews::cancel() {
    for (const auto& job : jobs_) job->cancelled = true;
    jobs_.clear();
}

void GeneratedViews::set_on(int id, bool on) {
    for (GeneratedView& view : views_) {
        if (view.id == id) view.on = on;
    }
}

void GeneratedViews::remove(int id) {
    for (const auto& job : jobs_) {
        if (job->view == id) job->cancelled = true;
    }
    std::erase_if(jobs_, [](const auto& job) { return job->cancelled.load(); });
    std::erase_if(views_, [id](const GeneratedView& view) { return view.id == id; });
}

void GeneratedViews::replace(int id, DrawnView drawn) {
    for (GeneratedView& view : views_) {
        if (view.id != id) continue;
        view.drawn = std::move(drawn);
        return;
    }
}

void GeneratedViews::restore(std::vector<GeneratedView> views, std::shared_ptr<const ViewBasis> basis) {
    cancel();
    views_ = std::move(views);
    for (GeneratedView& view : views_) {
        view.id = next_id_++;
        unused_seed_ = std::max(unused_seed_, view.drawn.seed + 1);
    }
    basis_ = std::move(basis);
}

bool GeneratedViews::poll() {
    bool changed = queue_.finish();
    if (std::abs(progress() - seen_progress_) >= noticed_progress) {
        seen_progress_ = progress();
        changed = true;
    }
    return changed;
}

std::shared_ptr<const ViewBasis> GeneratedViews::drawing_all() const {
    const auto all = std::find_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->view == 0; });
    return all == jobs_.end() ? nullptr : (*all)->basis;
}

bool GeneratedViews::drawing(int id) const {
    return std::any_of(jobs_.begin(), jobs_.end(), [id](const auto& job) { return job->view == id; });
}

double GeneratedViews::progress() const {
    return jobs_.empty() ? 0 : jobs_.front()->share.load();
}

const GeneratedView* GeneratedViews::find(int id) const {
    const auto found = std::find_if(views_.begin(), views_.end(), [id](const auto& view) { return view.id == id; });
    return found == views_.end() ? nullptr : &*found;
}

}  // namespace maquette::viewer
