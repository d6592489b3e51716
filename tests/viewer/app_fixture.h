#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recon/refine/session.h"
#include "render/image.h"
#include "viewer/app.h"

namespace maquette::viewer::testing {

/// A network that takes no time: every step goes a third of the way from what there is to a ball, whose radius grows
/// with the number of photos. Photos without a camera get one.
struct QuickNetwork {
    std::atomic<int> encoded = 0;                 ///< calls
    std::atomic<int> fails_at = -1;               ///< iteration that throws
    std::atomic<int> milliseconds = 0;            ///< that a step takes
    [[nodiscard]] recon::SessionEngine engine();  ///< the object must outlive it
};

/// The viewer on a picture that nobody sees, with a library of three priors, "column", "ball" and "pair", which
/// has both, and a quick network. In the test's own folder.
class AppTest : public ::testing::Test {
protected:
    AppTest();
    ~AppTest() override;

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    [[nodiscard]] std::filesystem::path photo() const { return folder_ / "photo.png"; }
    [[nodiscard]] std::filesystem::path second_photo() const { return folder_ / "second.png"; }
    [[nodiscard]] std::filesystem::path box() const { return folder_ / "box.obj"; }

    /// Starts the viewer anew.
    App& start(ViewOptions options = ViewOptions());
    App& app() { return *app_; }
    Studio& studio() { return app_->studio(); }
    const recon::SessionReport& report() { return app_->studio().report(); }
    QuickNetwork& network() { return network_; }

    /// Frames until nothing moves any more.
    void settle();
    /// Plays the actions, then settles.
    void play(const nlohmann::json& actions);
    /// Loads the photo and starts from "column", one step taken.
    void begin();
    /// The window as it is.
    render::Image shot();
    /// The model alone, 200 x 200.
    render::Image model();

private:
    std::filesystem::path folder_;
    std::filesystem::path before_;
    QuickNetwork network_;
    std::unique_ptr<App> app_;
};

/// Mean absolute difference of two pictures of one size in a rectangle, 0..255; width 0: of all.
double difference(const render::Image& a, const render::Image& b, int left = 0, int top = 0, int width = 0,
                  int height = 0);

}  // namespace maquette::viewer::testing
