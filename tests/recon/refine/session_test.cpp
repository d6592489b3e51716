#include "recon/refine/session.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <stdexcept>
#include <thread>

#include "render/error.h"

namespace maquette::recon {
namespace {

constexpr int side = 8;
constexpr double patience = 60;  // seconds

class CountedViews : public EncodedViews {
public:
    explicit CountedViews(int count) : count_(count) {}
    [[nodiscard]] int count() const override { return count_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }

private:
    int count_;
};

/// Each step moves every cell half way to 1.
class HalvingNetwork : public RefinementNetwork {
public:
    mutable std::atomic<int> encoded = 0;
    mutable std::atomic<int> last_count = 0;  ///< views encoded last
    std::atomic<int> fails_at = -1;           ///< iteration
    std::atomic<bool> wants_cameras = false;

    [[nodiscard]] std::string architecture() const override { return "halving"; }
    [[nodiscard]] bool needs_cameras() const override { return wants_cameras; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 4; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        ++encoded;
        last_count = static_cast<int>(views.size());
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int iteration) const override {
        if (iteration == fails_at) throw std::runtime_error("the step broke");
        render::VoxelGrid next = current;
        for (float& value : next.values) value = 0.5F * (value + 1);
        return next;
    }

private:
    std::map<std::string, std::string> metadata_;
};

std::shared_ptr<const priors::CategoryPrior> prior_of(const std::string& name, float value) {
    auto prior = std::make_shared<priors::CategoryPrior>();
    prior->name = name;
    prior->mean = render::VoxelGrid(side, value);
    return prior;
}

struct Bench {
    std::shared_ptr<HalvingNetwork> network = std::make_shared<HalvingNetwork>();
    std::shared_ptr<const SessionReport> report = std::make_shared<SessionReport>();
    Session session;

    explicit Bench(const SessionOptions& options = {})
        : session({.load = [n = network] { return n; }, .encode = {}, .agreement = {}, .finish = {}}, options) {}

    const SessionReport& settle() {
        EXPECT_TRUE(session.wait_until_rest(patience));
        if (auto newest = session.take_report()) report = newest;
        return *report;
    }
};

TEST(Session, RunsToTheEndAndBeyondByOneStep) {
    Bench bench;
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("a", 0));
    EXPECT_EQ(bench.settle().state, SessionState::idle);
    bench.session.run();
    EXPECT_EQ(bench.settle().state, SessionState::finished);
    ASSERT_EQ(bench.report->tracks.size(), 1U);
    EXPECT_EQ(bench.report->tracks[0]->entries.size(), 5U);
    EXPECT_FLOAT_EQ(bench.report->tracks[0]->entries.back().snapshot->occupancy.values[0], 0.9375F);
    EXPECT_FLOAT_EQ(bench.report->tracks[0]->figures[0].change, 0.5F);
    bench.session.step();
    EXPECT_EQ(bench.settle().iteration, 5);
    EXPECT_EQ(bench.report->state, SessionState::finished);
}

TEST(Session, SwapStartsTheNextStepFromTheNewPriorAndEncodesNothingAgain) {
    Bench bench;
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("a", 0));
    bench.session.step();
    bench.session.step();
    EXPECT_EQ(bench.settle().state, SessionState::paused);
    bench.session.set_prior(prior_of("b", 0.5F));
    bench.session.step();
    bench.settle();
    ASSERT_EQ(bench.report->tracks.size(), 2U);
    EXPECT_EQ(bench.report->tracks[0]->name, "a");
    EXPECT_EQ(bench.report->tracks[0]->entries.size(), 3U);
    EXPECT_EQ(bench.report->tracks[1]->name, "b");
    EXPECT_FLOAT_EQ(bench.report->tracks[1]->entries.back().snapshot->occupancy.values[0], 0.75F);
    EXPECT_EQ(bench.network->encoded, 1);
    bench.session.set_views({View{}, View{}});
    bench.session.step();
    EXPECT_EQ(bench.settle().tracks.back()->name, "b, 2 photos");
    EXPECT_EQ(bench.network->encoded, 2);
}

/// Writes down from which priors the cameras were estimated.
struct EstimatingBench {
    std::shared_ptr<HalvingNetwork> network = std::make_shared<HalvingNetwork>();
    std::mutex mutex;
    std::vector<std::string> asked;
    std::atomic<bool> slow = false;  ///< goes on until nobody waits
    Session session;

    EstimatingBench() : session(engine()) { network->wants_cameras = true; }

    SessionEngine engine() {
        SessionEngine engine;
        engine.load = [this] { return network; };
        engine.encode = [this](const RefinementNetwork& of, std::span<View> views, const priors::CategoryPrior& prior,
                               const std::function<bool()>& superseded) {
            {
                const std::lock_guard lock(mutex);
                asked.push_back(prior.name);
            }
            while (slow) {
                if (superseded()) throw Interrupted("nobody waits");
                std::this_thread::yield();
            }
            for (View& view : views) {
                if (!view.camera) view.camera.emplace();
            }
            return of.encode(views);
        };
        return engine;
    }
    void run_from(const std::shared_ptr<const priors::CategoryPrior>& prior) {
        session.set_prior(prior);
        session.run();
        EXPECT_TRUE(session.wait_until_rest(patience));
    }
    std::vector<std::string> asked_now() {
        const std::lock_guard lock(mutex);
        return asked;
    }
};

TEST(Session, SwapFindsTheEstimatedCamerasAgain) {
    EstimatingBench bench;
    bench.session.set_views({View{}});
    bench.run_from(prior_of("a", 0));
    bench.run_from(prior_of("b", 0.5F));
    EXPECT_EQ(bench.asked_now(), (std::vector<std::string>{"a", "b"}));
    const auto report = bench.session.take_report();
    EXPECT_EQ(report->state, SessionState::finished);
    // The step taken before the cameras were found is gone: prior and four steps, not five.
    EXPECT_EQ(report->tracks.back()->entries.size(), 5U);
    EXPECT_EQ(report->tracks.back()->figures.size(), 4U);
    EXPECT_FLOAT_EQ(report->tracks.back()->entries.back().snapshot->occupancy.values[0], 1 - 0.5F / 16);
}

TEST(Session, FirstStepAfterASwapDoesNotWaitForTheCameras) {
    EstimatingBench bench;
    bench.session.set_views({View{}});
    bench.run_from(prior_of("a", 0));
    bench.slow = true;
    bench.session.set_prior(prior_of("b", 0.5F));
    bench.session.run();
    while (bench.asked_now().size() < 2) std::this_thread::yield();
    const auto report = bench.session.take_report();
    EXPECT_EQ(report->tracks.back()->name, "b");
    EXPECT_EQ(report->tracks.back()->entries.size(), 2U);
    // Another swap does not wait either.
    bench.session.set_prior(prior_of("c", 0.5F));
    while (bench.asked_now().size() < 3) std::this_thread::yield();
    EXPECT_EQ(bench.asked_now().back(), "c");
    bench.slow = false;
    ASSERT_TRUE(bench.session.wait_until_rest(patience));
    EXPECT_EQ(bench.session.take_report()->state, SessionState::finished);
}

TEST(Session, GivenCamerasOutlastASwap) {
    EstimatingBench bench;
    View posed;
    posed.camera.emplace();
    bench.session.set_views({posed});
    bench.run_from(prior_of("a", 0));
    bench.run_from(prior_of("b", 0.5F));
    EXPECT_EQ(bench.asked_now().size(), 1U);
}

TEST(Session, ASessionOpenedAfterASwapKeepsItsSteps) {
    EstimatingBench bench;
    bench.session.set_views({View{}});
    bench.run_from(prior_of("a", 0));
    const auto saved = bench.session.take_report()->tracks;
    bench.session.set_prior(prior_of("b", 0.5F));
    ASSERT_TRUE(bench.session.wait_until_rest(patience));
    bench.session.restore({.given = {View{}}, .used = {View{}}, .tracks = saved});
    bench.session.step();
    ASSERT_TRUE(bench.session.wait_until_rest(patience));
    EXPECT_EQ(bench.session.take_report()->tracks.back()->entries.size(), saved.back()->entries.size() + 1);
}

View drawn(const std::string& name) {
    View view{.weight = 0.3F, .name = name, .generated = true};
    view.camera.emplace();
    return view;
}

TEST(Session, GeneratedViewsMakeARunOfTheirOwnUnderTheCamerasFound) {
    EstimatingBench bench;
    View photo;
    photo.name = "photo";
    bench.session.set_views({photo});
    bench.run_from(prior_of("a", 0));
    EXPECT_EQ(bench.asked_now().size(), 1U);
    EXPECT_EQ(bench.network->last_count, 1);
    bench.session.set_generated({drawn("one"), drawn("two")});
    bench.session.run();
    ASSERT_TRUE(bench.session.wait_until_rest(patience));
    auto report = bench.session.take_report();
    EXPECT_EQ(report->state, SessionState::finished);
    ASSERT_EQ(report->tracks.size(), 2U);
    EXPECT_EQ(report->tracks[0]->name, "a");
    EXPECT_EQ(report->tracks[0]->generated, nullptr);
    EXPECT_EQ(report->tracks[1]->name, "a + 2 generated");
    ASSERT_NE(report->tracks[1]->generated, nullptr);
    EXPECT_EQ(report->tracks[1]->generated->size(), 2U);
    // Photos are what photos are.
    EXPECT_EQ(report->views->size(), 1U);
    EXPECT_EQ(report->tracks[1]->views->size(), 1U);
    EXPECT_TRUE(report->views->front().camera);
    EXPECT_EQ(bench.network->last_count, 3);
    EXPECT_EQ(bench.asked_now().size(), 1U) << "the cameras are known";
    // What was encoded of the photos serves the next prior's first step; then its cameras are found.
    bench.run_from(prior_of("b", 0.5F));
    report = bench.session.take_report();
    EXPECT_EQ(report->tracks.back()->name, "b");
    EXPECT_EQ(report->tracks.back()->generated, nullptr);
    EXPECT_EQ(bench.asked_now(), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(bench.network->last_count, 1);
    EXPECT_THROW(bench.session.set_generated({View{}}), UsageError);
}

TEST(Session, GeneratedViewsLeaveWithPhotosNetworkOrByThemselves) {
    EstimatingBench bench;
    const auto begin = [&] {
        bench.session.set_views({View{}});
        bench.run_from(prior_of("a", 0));
        bench.session.set_generated({drawn("one")});
        bench.session.step();
        EXPECT_TRUE(bench.session.wait_until_rest(patience));
        EXPECT_EQ(bench.session.take_report()->tracks.back()->name, "a + 1 generated");
    };
    const auto name_after_a_step = [&] {
        bench.session.step();
        EXPECT_TRUE(bench.session.wait_until_rest(patience));
        return bench.session.take_report()->tracks.back()->name;
    };
    begin();
    bench.session.set_views({View{}, View{}});
    EXPECT_EQ(name_after_a_step(), "a, 2 photos");
    begin();
    bench.session.set_engine(bench.engine());
    EXPECT_EQ(name_after_a_step(), "a");
    begin();
    bench.session.set_generated({});
    EXPECT_EQ(name_after_a_step(), "a");
    // What is ordered later counts.
    bench.session.set_generated({drawn("one")});
    bench.session.set_views({View{}});
    EXPECT_EQ(name_after_a_step(), "a");
}

TEST(Session, ARunWithGeneratedViewsGoesOnWithThemWhenOpened) {
    EstimatingBench bench;
    bench.session.set_views({View{}});
    bench.run_from(prior_of("a", 0));
    bench.session.set_generated({drawn("one")});
    bench.session.step();
    ASSERT_TRUE(bench.session.wait_until_rest(patience));
    const auto saved = bench.session.take_report();
    EstimatingBench other;
    other.session.restore({.given = {View{}}, .used = *saved->views, .tracks = saved->tracks});
    other.session.step();
    ASSERT_TRUE(other.session.wait_until_rest(patience));
    EXPECT_EQ(other.network->last_count, 2);
    EXPECT_TRUE(other.asked_now().empty()) << "the views were drawn for the cameras that were kept";
    EXPECT_EQ(other.session.take_report()->tracks.back()->name, "a + 1 generated");
}

TEST(Session, ARunIsFinishedAfterItsLastPlannedStep) {
    auto network = std::make_shared<HalvingNetwork>();
    SessionEngine engine;
    engine.load = [network] { return network; };
    engine.finish = [](const EndedRun& run) {
        FinishedRun finished{.occupancy = run.occupancy, .doubted = run.prior.name == "wrong"};
        EXPECT_EQ(run.iterations, 4);
        EXPECT_TRUE(run.cameras_given);
        if (run.settings.trust_prior) finished.occupancy.values[0] = 7;
        return finished;
    };
    Session session(engine);
    session.set_views({View{}});
    session.set_prior(prior_of("wrong", 0));
    session.run();
    ASSERT_TRUE(session.wait_until_rest(patience));
    auto report = session.take_report();
    EXPECT_TRUE(report->tracks.back()->doubted);
    EXPECT_FLOAT_EQ(report->tracks.back()->entries.back().snapshot->occupancy.values[0], 1 - 1.0F / 16);
    session.set_run({.trust_prior = true});
    session.set_prior(prior_of("right", 0));
    session.run();
    ASSERT_TRUE(session.wait_until_rest(patience));
    report = session.take_report();
    EXPECT_FALSE(report->tracks.back()->doubted);
    EXPECT_EQ(report->state, SessionState::finished);
    EXPECT_FLOAT_EQ(report->tracks.back()->entries.back().snapshot->occupancy.values[0], 7);
    EXPECT_EQ(report->tracks.back()->entries.back().snapshot->iteration, 4);
}

TEST(Session, ARunEndsWhereItsStepsChangeLessThanTheTolerance) {
    Bench bench({.run = {.iterations = 50, .tolerance = 0.02}});
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("a", 0));
    bench.session.run();
    // Steps change 1/2, 1/4 ... of everything: the sixth changes 1/64.
    EXPECT_EQ(bench.settle().iteration, 6);
    EXPECT_EQ(bench.report->state, SessionState::finished);
}

TEST(Session, FailureInTheWorkerIsShownAndCanBeLeft) {
    Bench bench;
    bench.network->fails_at = 2;
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("a", 0));
    bench.session.run();
    EXPECT_EQ(bench.settle().state, SessionState::failed);
    EXPECT_EQ(bench.report->error, "the step broke");
    EXPECT_EQ(bench.report->iteration, 2);
    bench.network->fails_at = -1;
    bench.session.run();
    EXPECT_EQ(bench.settle().state, SessionState::finished);
    EXPECT_TRUE(bench.report->error.empty());
}

TEST(Session, AReportAlwaysHasViews) {
    EXPECT_TRUE(SessionReport().views->empty());
    Bench bench;
    EXPECT_TRUE(bench.settle().views->empty());
}

TEST(Session, PhotosSwitchedOffAreSaidToBeMissing) {
    Bench bench;
    View off;
    off.weight = 0;
    bench.session.set_views({off});
    bench.session.set_prior(prior_of("a", 0));
    bench.session.run();
    EXPECT_EQ(bench.settle().state, SessionState::failed);
    EXPECT_NE(bench.report->error.find("no photo"), std::string::npos);
    EXPECT_THROW(bench.session.set_run({.iterations = 101}), UsageError);
}

TEST(Session, ResetGoesBackToThePrior) {
    Bench bench;
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("a", 0));
    bench.session.run();
    bench.settle();
    bench.session.reset();
    EXPECT_EQ(bench.settle().state, SessionState::idle);
    ASSERT_EQ(bench.report->tracks.size(), 1U);
    EXPECT_EQ(bench.report->tracks[0]->entries.size(), 1U);
}

TEST(Session, AThousandRandomOrdersLeaveItWorking) {
    Bench bench;
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("start", 0));
    std::mt19937 random(5);
    for (int i = 0; i < 1000; ++i) {
        switch (random() % 7) {
            case 0:
                bench.session.run();
                break;
            case 1:
                bench.session.pause();
                break;
            case 2:
                bench.session.step();
                break;
            case 3:
                bench.session.reset();
                break;
            case 4:
                bench.session.set_prior(prior_of("prior", 0.25F));
                break;
            case 5:
                bench.session.set_views(std::vector<View>(1 + random() % 3));
                break;
            default: {
                const auto report = bench.session.take_report();
                if (report && !report->tracks.empty()) {
                    ASSERT_FALSE(report->tracks.back()->entries.empty());
                    ASSERT_NE(report->state, SessionState::failed);
                    bench.session.forget_track(report->tracks.front()->id);
                }
            }
        }
    }
    bench.session.pause();
    bench.settle();
    bench.session.set_prior(prior_of("last", 0.5F));
    bench.session.run();
    EXPECT_EQ(bench.settle().state, SessionState::finished);
    EXPECT_EQ(bench.report->tracks.back()->entries.front().snapshot->occupancy.values[0], 0.5F);
}

// The worker gets time between the orders, breaks down now and then, and is always either well or says what went wrong.
TEST(Session, AThousandRandomOrdersWithBreakdownsAreAllAnswered) {
    Bench bench({.run = {.iterations = 3}});
    bench.session.set_views({View{}});
    bench.session.set_prior(prior_of("start", 0));
    std::mt19937 random(11);
    int failures = 0;
    int successes = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto order = random() % 6;
        if (order == 0) bench.session.run();
        if (order == 1) bench.session.pause();
        if (order == 2) bench.session.step();
        if (order == 3) bench.session.reset();
        if (order == 4) bench.session.set_prior(prior_of("prior", 0.25F));
        if (order == 5) bench.session.set_views(std::vector<View>(1 + random() % 3));
        if (random() % 4 == 0) bench.network->fails_at = static_cast<int>(random() % 4) - 1;
        if (random() % 3 != 0) continue;
        const SessionReport& report = bench.settle();
        if (report.state == SessionState::failed) {
            ASSERT_EQ(report.error, "the step broke");
        } else if (report.state == SessionState::finished) {
            ASSERT_EQ(report.error, "");
        }
        ASSERT_NE(report.state, SessionState::running);
        report.state == SessionState::failed ? ++failures : ++successes;
    }
    EXPECT_GT(failures, 5);
    EXPECT_GT(successes, 50);
}

TEST(Session, GoesOnFromRunsThatWereKept) {
    Bench before;
    before.session.set_views({View{}});
    before.session.set_prior(prior_of("a", 0));
    before.session.step();
    before.session.step();
    before.settle();
    Bench bench;
    bench.session.set_prior(prior_of("other", 1));
    bench.session.set_views({View{}, View{}});
    bench.session.step();
    bench.settle();
    // What was ordered before about the runs that go is not done; what is ordered after is.
    bench.session.reset();
    bench.session.restore({.given = {View{}}, .used = {View{}}, .tracks = before.report->tracks});
    bench.session.step();
    bench.settle();
    ASSERT_EQ(bench.report->tracks.size(), 1U);
    EXPECT_EQ(bench.report->tracks[0]->name, "a");
    EXPECT_EQ(bench.report->iteration, 3);
    EXPECT_EQ(bench.report->state, SessionState::paused);
    EXPECT_EQ(bench.report->views->size(), 1U);
    EXPECT_FLOAT_EQ(bench.report->tracks[0]->entries.back().snapshot->occupancy.values[0], 0.875F);
    bench.session.set_prior(prior_of("b", 0.5F));
    EXPECT_EQ(bench.settle().tracks.size(), 2U);
    EXPECT_NE(bench.report->tracks[0]->id, bench.report->tracks[1]->id);
    EXPECT_THROW(bench.session.restore({}), UsageError);
}

TEST(Session, MayGoAtAnyMoment) {
    std::mt19937 random(13);
    for (int i = 0; i < 200; ++i) {
        std::atomic<int> notified = 0;
        const auto network = std::make_shared<HalvingNetwork>();
        Session session({.load = [network] { return network; }, .encode = {}, .agreement = {}, .finish = {}},
                        {.run = {.iterations = 100}}, [&] { ++notified; });
        session.set_views({View{}});
        if (random() % 8 != 0) session.set_prior(prior_of("a", 0));
        session.run();
        for (auto wait = random() % 200; wait > 0; --wait) std::this_thread::yield();
        if (random() % 2 == 0) session.pause();
    }
}

TEST(Session, TenThousandStepsStayWithinTheMemoryGiven) {
    constexpr std::size_t bound = 200000;
    Bench bench({.run = {.iterations = 100}, .history_bytes = bound, .figures = 50});
    bench.session.set_views({View{}});
    for (int run = 0; run < 100; ++run) {
        bench.session.set_prior(prior_of("a", 0));
        bench.session.run();
        bench.settle();
        std::size_t bytes = 0;
        for (const auto& track : bench.report->tracks) bytes += bytes_of(*track);
        ASSERT_LE(bytes, bound);
        ASSERT_EQ(bench.report->state, SessionState::finished);
        ASSERT_EQ(bench.report->tracks.back()->entries.back().snapshot->iteration, 100);
        ASSERT_EQ(bench.report->tracks.back()->entries.front().snapshot->iteration, 0);
    }
    EXPECT_EQ(bench.report->steps, 10000U);
}

}  // namespace
}  // namespace maquette::recon
