#include "tests/viewer/app_fixture.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "priors/category_prior.h"
#include "priors/prior_library.h"
#include "render/camera.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/renderer.h"
#include "viewer/script.h"

namespace maquette::viewer::testing {
namespace {

constexpr int most_frames = 20000;

class CountedViews : public recon::EncodedViews {
public:
    explicit CountedViews(int count) : count_(count) {}
    [[nodiscard]] int count() const override { return count_; }
    [[nodiscard]] std::unique_ptr<recon::EncodedViews> pick(std::span<const int> views) const override {
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }

private:
    int count_;
};

class BallNetwork : public recon::RefinementNetwork {
public:
    explicit BallNetwork(QuickNetwork& controls) : controls_(controls) {}
    [[nodiscard]] std::string architecture() const override { return "ball"; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 3; }
    [[nodiscard]] int iterations_for(int /*views*/) const override { return 3; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<recon::EncodedViews> encode(std::span<const recon::View> views) const override {
        ++controls_.encoded;
        return std::make_unique<CountedViews>(static_cast<int>(views.size()));
    }
    [[nodiscard]] render::VoxelGrid step(const recon::EncodedViews& views, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int iteration) const override {
        std::this_thread::sleep_for(std::chrono::milliseconds(controls_.milliseconds));
        if (iteration == controls_.fails_at) throw std::runtime_error("the step broke");
        const float radius = 0.25F + 0.1F * static_cast<float>(views.count());
        render::VoxelGrid next = current;
        for (int z = 0; z < next.resolution; ++z) {
            for (int y = 0; y < next.resolution; ++y) {
                for (int x = 0; x < next.resolution; ++x) {
                    const float inside = next.centre(x, y, z).norm() < radius ? 1.0F : 0.0F;
                    float& value = next.values[next.index(x, y, z)];
                    value += (inside - value) / 3;
                }
            }
        }
        return next;
    }

private:
    QuickNetwork& controls_;
    std::map<std::string, std::string> metadata_;
};

render::TriangleMesh upright_box() {
    render::TriangleMesh mesh = render::make_box({0.5F, 1, 0.5F});
    render::normalise_to_object_frame(mesh);
    return mesh;
}

void write_photo(const std::filesystem::path& path, double azimuth) {
    const render::Camera camera = render::orbit_camera({.azimuth = azimuth, .elevation = 20}, 160, 160);
    const render::RenderOptions options{.lighting = render::studio_lighting(camera)};
    const render::Rendering icon = render::Renderer(upright_box()).render(camera, options);
    render::write_image(path, render::with_alpha(icon, options.background));
}

}  // namespace

recon::SessionEngine QuickNetwork::engine() {
    recon::SessionEngine engine;
    engine.load = [this] { return std::make_shared<const BallNetwork>(*this); };
    engine.encode = [](const recon::RefinementNetwork& network, std::span<recon::View> views,
                       const priors::CategoryPrior& /*prior*/, const std::function<bool()>& /*superseded*/) {
        for (recon::View& view : views) {
            if (!view.camera) {
                view.camera = render::orbit_camera({.azimuth = 30, .elevation = 20}, view.rgb.width, view.rgb.height);
            }
        }
        return network.encode(views);
    };
    engine.agreement = [](const recon::RefinementNetwork& /*network*/, std::span<const recon::View> /*views*/,
                          const render::VoxelGrid& field) -> std::optional<double> {
        return static_cast<double>(field.at(field.resolution / 2, field.resolution / 2, field.resolution / 2));
    };
    return engine;
}

AppTest::AppTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "maquette-view-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    const priors::PriorLibrary library(folder_ / "none", folder_ / "assets" / "priors");
    library.save(priors::make_prior("column", {priors::make_exemplar(upright_box(), {"column", "", "", "CC0-1.0"})}));
    library.save(priors::make_prior(
        "ball", {priors::make_exemplar(render::make_sphere(0.5F, 16, 24), {"ball", "", "", "CC0-1.0"})}));
    library.save(priors::make_prior(
        "pair", {priors::make_exemplar(upright_box(), {"column", "", "", "CC0-1.0"}),
                 priors::make_exemplar(render::make_sphere(0.5F, 16, 24), {"ball", "", "", "CC0-1.0"})}));
    ::setenv("MAQUETTE_ASSETS", (folder_ / "assets").c_str(), 1);
    ::setenv("XDG_DATA_HOME", (folder_ / "home").c_str(), 1);
    ::setenv("XDG_CONFIG_HOME", (folder_ / "config").c_str(), 1);
    write_photo(photo(), 30);
    write_photo(second_photo(), 120);
    render::write_mesh(box(), upright_box());
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
}

AppTest::~AppTest() {
    app_.reset();
    std::error_code ignored;
    std::filesystem::current_path(before_, ignored);
    std::filesystem::remove_all(folder_, ignored);
}

App& AppTest::start(ViewOptions options) {
    if (options.size == ViewOptions().size) options.size = "1100x760";
    // Nothing is proposed: it would take time that no test here is about.
    if (options.prior.empty()) options.prior = {"column"};
    app_.reset();
    app_ = std::make_unique<App>(options, make_hidden_surface, network_.engine());
    return *app_;
}

void AppTest::settle() {
    for (int i = 0; i < most_frames; ++i) {
        if (app_->settled()) return;
        app_->tick(0.01);
    }
    FAIL() << "the viewer does not come to rest";
}

void AppTest::play(const nlohmann::json& actions) {
    Script script({{"actions", actions}}, "test");
    for (int i = 0; !script.play(*app_); ++i) {
        ASSERT_LT(i, most_frames);
        app_->tick(0.01);
    }
    settle();
}

void AppTest::begin() {
    start();
    play({{{"do", "load"}, {"photos", {photo().string()}}}, {{"do", "run"}, {"steps", 1}}});
}

render::Image AppTest::shot() {
    return app_->screenshot();
}

render::Image AppTest::model() {
    return app_->picture(200, 200);
}

double difference(const render::Image& a, const render::Image& b, int left, int top, int width, int height) {
    if (a.width != b.width || a.height != b.height) return 255;
    if (width == 0) {
        width = a.width;
        height = a.height;
    }
    double sum = 0;
    for (int y = top; y < top + height; ++y) {
        for (int x = left; x < left + width; ++x) {
            for (int c = 0; c < 3; ++c) sum += std::abs(int{a.at(x, y, c)} - int{b.at(x, y, c)});
        }
    }
    return sum / (3.0 * width * height);
}

}  // namespace maquette::viewer::testing
