#include "viewer/measurements.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "recon/refine/mailbox.h"
#include "render/error.h"
#include "render/triangle_mesh.h"

namespace maquette::viewer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double patience = 120;  // seconds until something is thought not to come
constexpr double drawing_seconds = 3;
constexpr double idle_seconds = 4;
constexpr int measured_steps = 60;
constexpr int swaps = 6;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Of all threads of the process.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(const std::string& what, const std::string& figures) {
    fmt::print("{:<46}{}\n", what, figures);
    std::fflush(stdout);
}

/// A figure that should be at least, or at most, what it is held against.
std::string target_at_least(double value, double least) {
    return fmt::format("   [target >= {:g}: {}]", least, value >= least ? "met" : "MISSED");
}

std::string target_below(double value, double most) {
    return fmt::format("   [target < {:g}: {}]", most, value < most ? "met" : "MISSED");
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

/// A ball with dents that move with `phase`, so that updates differ. Triangles: about the number asked for.
std::shared_ptr<const PackedMesh> dented_ball(int triangles, float phase) {
    const int rings = static_cast<int>(std::sqrt(triangles / 4.0));
    render::TriangleMesh mesh = render::make_sphere(0.45F, rings, 2 * rings);
    for (Eigen::Vector3f& vertex : mesh.vertices) {
        vertex *= 1 + 0.05F * std::sin(9 * vertex.x() + phase) * std::cos(11 * vertex.y());
    }
    mesh.vertex_normals.clear();
    return pack_mesh(std::move(mesh));
}

template <typename Done>
void tick_until(App& app, const char* what, Done done) {
    const auto start = Clock::now();
    while (!done()) {
        if (!app.studio().error().empty()) throw Error(app.studio().error());
        if (seconds_since(start) > patience) throw Error(fmt::format("{} does not come", what));
        app.tick(0.02);
    }
}

void measure_panels(App& app) {
    constexpr int frames = 40;
    const auto start = Clock::now();
    const double processor = processor_seconds();
    for (int i = 0; i < frames; ++i) app.draw_frame();
    print("panels alone", fmt::format("{:6.1f} fps, {:.1f} ms of processor a frame", frames / seconds_since(start),
                                      1000 * (processor_seconds() - processor) / frames));
}

/// least: frames a second to reach; 0: none
void measure_drawing(App& app, int triangles, int updates_a_second, double least) {
    recon::Mailbox<PackedMesh> mailbox;
    std::jthread maker;
    app.stage().present(dented_ball(triangles, 0));
    app.draw_frame();
    if (updates_a_second > 0) {
        maker = std::jthread([&](const std::stop_token& stop) {
            auto next = Clock::now();
            for (float phase = 0; !stop.stop_requested(); phase += 0.2F) {
                mailbox.put(dented_ball(triangles, phase));
                next += std::chrono::microseconds(1000000 / updates_a_second);
                std::this_thread::sleep_until(next);
            }
        });
    }
    int frames = 0;
    int updates = 0;
    const auto start = Clock::now();
    const double processor = processor_seconds();
    while (seconds_since(start) < drawing_seconds) {
        if (auto mesh = mailbox.take()) {
            app.stage().present(std::move(mesh));
            ++updates;
        }
        app.settings().view.orbit(3, 0);
        app.expect_frames(1);
        app.tick(0);
        ++frames;
    }
    const double seconds = seconds_since(start);
    const double each = (processor_seconds() - processor) / frames;
    app.stage().present(nullptr);
    const auto count = dented_ball(triangles, 0)->indices.size() / 3;
    std::string figures = fmt::format("{:6.1f} fps, {:.1f} ms of processor a frame", frames / seconds, 1000 * each);
    if (updates_a_second > 0) figures += fmt::format(", {:.1f} updates/s", updates / seconds);
    if (least > 0) figures += target_at_least(frames / seconds, least);
    print(fmt::format("orbiting, {} triangles{}", count, updates_a_second > 0 ? ", updated" : ""), figures);
}

/// From the end of a step to the end of the frame that shows it, over a run.
void measure_latency(App& app) {
    Studio& studio = app.studio();
    studio.set_iterations(measured_steps);
    studio.reset();
    tick_until(app, "the prior", [&] { return app.settled(); });
    std::vector<double> latencies;
    const recon::RefinementSnapshot* last = app.stage().placed();
    studio.run();
    tick_until(app, "the end of the run", [&] {
        const recon::RefinementSnapshot* placed = app.stage().placed();
        if (placed != last && placed != nullptr) {
            last = placed;
            for (const auto& entry : studio.report().tracks.back()->entries) {
                if (entry.snapshot.get() == placed) latencies.push_back(seconds_since(entry.made));
            }
        }
        return studio.report().state == recon::SessionState::finished;
    });
    const double worst = latencies.empty() ? 0 : *std::max_element(latencies.begin(), latencies.end());
    print("making a shape while running", fmt::format("{:6.0f} ms", 1000 * app.stage().shape()->seconds));
    print("from a step to the screen",
          fmt::format("{:6.0f} ms median, {:.0f} ms worst, {} of {} steps shown", 1000 * median(latencies),
                      1000 * worst, latencies.size(), measured_steps) +
              target_below(1000 * median(latencies), 100));
}

/// From choosing another prior in the middle of a run to the first step taken from it.
void measure_swap(App& app) {
    Studio& studio = app.studio();
    std::vector<std::string> names;
    for (const std::string& name : studio.shelf().names()) {
        if (names.size() < 2) names.push_back(name);
    }
    if (names.size() < 2) return;
    studio.set_iterations(100);
    std::vector<double> shown;
    std::vector<double> stepped;
    for (int i = 0; i < swaps; ++i) {
        studio.run();
        tick_until(app, "a running state", [&] { return studio.report().state == recon::SessionState::running; });
        const int before = studio.report().tracks.back()->id;
        const auto start = Clock::now();
        studio.set_prior({{names[static_cast<std::size_t>(i % 2)], 1}});
        tick_until(app, "the new run", [&] { return studio.report().tracks.back()->id != before; });
        shown.push_back(seconds_since(start));
        tick_until(app, "a step of the new run", [&] { return studio.report().iteration > 0; });
        stepped.push_back(seconds_since(start));
    }
    studio.pause();
    print("from a swap to its run, and to the first step",
          fmt::format("{:6.0f} ms, {:.0f} ms median; {:.0f} ms, {:.0f} ms worst", 1000 * median(shown),
                      1000 * median(stepped), 1000 * *std::max_element(shown.begin(), shown.end()),
                      1000 * *std::max_element(stepped.begin(), stepped.end())) +
              target_below(1000 * median(shown), 200));
    tick_until(app, "rest", [&] { return app.settled(); });
}

double steps_a_second(App& app, bool drawing) {
    Studio& studio = app.studio();
    studio.set_iterations(measured_steps);
    studio.reset();
    tick_until(app, "rest", [&] { return app.settled(); });
    const auto start = Clock::now();
    const unsigned long long before = studio.report().steps;
    studio.run();
    while (seconds_since(start) < patience) {
        if (drawing) {
            app.tick(0.02);
        } else {
            // Nothing is asked of the shapes: what there is in a program without a window.
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
            studio.poll();
        }
        if (studio.report().steps - before >= measured_steps) break;
    }
    const double seconds = seconds_since(start);
    tick_until(app, "rest", [&] { return app.settled(); });
    return measured_steps / seconds;
}

void measure_steps(App& app) {
    std::vector<double> alone;
    std::vector<double> drawn;
    // In turns, so that what else the machine does falls on both.
    for (int i = 0; i < 3; ++i) {
        alone.push_back(steps_a_second(app, false));
        drawn.push_back(steps_a_second(app, true));
    }
    const double share = 100 * median(drawn) / median(alone);
    print("steps a second, drawing against not",
          fmt::format("{:6.2f} against {:.2f}: {:.0f} %", median(drawn), median(alone), share) +
              target_at_least(share, 90));
}

void measure_idle(App& app) {
    tick_until(app, "rest", [&] { return app.settled(); });
    const auto start = Clock::now();
    const double processor = processor_seconds();
    while (seconds_since(start) < idle_seconds) app.tick(1);
    const double share = 100 * (processor_seconds() - processor) / seconds_since(start);
    print("idle", fmt::format("{:6.1f} % of one core", share) + target_below(share, 3));
}

}  // namespace

void print_measurements(App& app) {
    const auto start = Clock::now();
    tick_until(app, "the photo", [&] { return app.studio().inputs_settled(); });
    app.studio().step();
    tick_until(app, "the first step", [&] { return app.studio().report().steps > 0 && app.settled(); });
    print("from the start to the first step", fmt::format("{:6.1f} s", seconds_since(start)));
    measure_idle(app);
    measure_panels(app);
    measure_drawing(app, 20000, 0, 30);
    measure_drawing(app, 200000, 0, 0);
    measure_drawing(app, 200000, 10, 10);
    measure_latency(app);
    measure_swap(app);
    measure_steps(app);
}

}  // namespace maquette::viewer
