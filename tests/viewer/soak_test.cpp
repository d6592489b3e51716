#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double usual_minutes = 0.15;
constexpr int history_megabytes = 8;
/// The timeline's bound, 48 surfaces of 96^3 at most, textures, and what an allocator keeps for itself.
constexpr double growth_megabytes = 260;

double minutes() {
    const char* const wanted = std::getenv("MAQUETTE_SOAK_MINUTES");
    return wanted == nullptr ? usual_minutes : std::atof(wanted);
}

/// Memory in use by the process, MB.
double resident_megabytes() {
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * 4096 / 1e6;
}

class Soak : public testing::AppTest {
protected:
    std::size_t below(std::size_t count) { return random_() % count; }
    float along(int pixels) { return static_cast<float>(below(static_cast<std::size_t>(pixels))); }

    /// Anything a user can do with mouse and keyboard, and what comes from outside.
    void act() {
        SimulatedHand& hand = app().hand();
        const ImVec2 at{along(1100), along(760)};
        switch (below(12)) {
            case 0:
            case 1:
            case 2:
                hand.click(at, static_cast<ImGuiMouseButton>(below(2)), below(4) == 0);
                break;
            case 3:
            case 4:
                hand.drag(at, {along(1100), along(760)}, static_cast<ImGuiMouseButton>(below(2)), below(3) == 0);
                break;
            case 5:
                hand.wheel(at, static_cast<float>(below(7)) - 3);
                break;
            case 6:
                press();
                break;
            case 7:
                app().drop({below(2) == 0 ? photo() : below(2) == 0 ? second_photo() : box()});
                break;
            case 8:
                studio().set_prior({{below(2) == 0 ? "ball" : "pair", 1}});
                break;
            case 9:
                below(2) == 0 ? studio().run() : studio().step();
                break;
            case 10:
                below(3) == 0 ? studio().save_session(path("kept")) : studio().set_truth(box());
                break;
            default:
                network().fails_at = below(8) == 0 ? static_cast<int>(below(3)) : -1;
                if (below(4) == 0 && std::filesystem::exists(path("kept"))) studio().open_session(path("kept"));
        }
    }

    void press() {
        // All letters but Q with Ctrl, which ends the window.
        const int code = static_cast<int>('A' + below(26));
        const bool control = code != 'Q' && below(4) == 0;
        if (below(5) == 0) {
            app().hand().key(below(2) == 0 ? key_code::escape : key_code::f1);
        } else {
            app().hand().key(code, control);
        }
    }

    /// As many photos as a user has, not as many as a machine drops.
    void tidy_up() {
        Inputs inputs = studio().inputs();
        if (inputs.photos.size() > 4) inputs.photos.resize(2);
        studio().change(std::move(inputs));
        while (report().tracks.size() > 12) {
            studio().forget_track(report().tracks.front()->id);
            settle_shortly();
        }
    }

    void settle_shortly() {
        for (int i = 0; i < 5; ++i) app().tick(0.001);
    }

private:
    std::mt19937 random_{17};
};

// MAQUETTE_SOAK_MINUTES=30 for a long one; under AddressSanitizer with `./maquette test --sanitize`.
TEST_F(Soak, RandomUseBreaksNothingAndKeepsItsMemory) {
    ViewOptions options;
    options.history = history_megabytes;
    options.ratings = path("ratings.jsonl");
    start(options);
    app().drop({photo()});
    settle();
    const auto begin = Clock::now();
    const std::chrono::duration<double> whole(60 * minutes());
    double warm = 0;
    int actions = 0;
    while (Clock::now() - begin < whole) {
        act();
        ++actions;
        for (int i = 0; i < 12 && app().hand().busy(); ++i) app().tick(0.001);
        settle_shortly();
        if (actions % 20 == 0) tidy_up();
        std::size_t bytes = 0;
        for (const auto& track : report().tracks) bytes += recon::bytes_of(*track);
        ASSERT_LE(bytes, std::size_t{history_megabytes} << 20U);
        // What is kept is filled in the first third.
        if (warm == 0 && Clock::now() - begin > whole / 3) warm = resident_megabytes();
    }
    EXPECT_GT(actions, 10);
    EXPECT_LT(resident_megabytes() - warm, growth_megabytes) << "after " << actions << " actions";
    RecordProperty("actions", actions);
    // And it still works.
    network().fails_at = -1;
    app().hand().key(key_code::escape);
    app().hand().key(key_code::escape);
    studio().pause();
    settle();
    studio().clear_error();
    studio().change({});
    app().drop({photo()});
    studio().set_prior({{"column", 1}});
    settle();
    studio().run();
    settle();
    EXPECT_EQ(report().state, recon::SessionState::finished) << studio().error();
}

}  // namespace
}  // namespace maquette::viewer
