#include "tests/recon/cli/command_fixture.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

#include "priors/category_prior.h"
#include "priors/prior_library.h"
#include "recon/refine/camera_estimate.h"
#include "recon/refine/flagship.h"
#include "recon/refine/wallace2019.h"
#include "render/camera.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "render/renderer.h"

namespace maquette::recon::testing {
namespace {

constexpr std::uint64_t weights_seed = 7;

std::filesystem::path new_folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "maquette-cli-XXXXXX").string();
    return ::mkdtemp(pattern.data());
}

void remove_folder(const std::filesystem::path& folder) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

render::TriangleMesh upright_box() {
    render::TriangleMesh mesh = render::make_box({0.5F, 1, 0.5F});
    render::normalise_to_object_frame(mesh);
    return mesh;
}

/// What stands in for the shipped assets.
class SharedAssets {
public:
    SharedAssets() : folder_(new_folder()) {
        std::filesystem::create_directories(folder_ / "weights");
        std::filesystem::create_directories(folder_ / "demo");
        std::filesystem::copy(std::filesystem::path(MAQUETTE_ASSETS) / "gallery", folder_ / "gallery");
        const priors::PriorLibrary library(folder_ / "none", folder_ / "priors");
        library.save(
            priors::make_prior("column", {priors::make_exemplar(upright_box(), {"column", "", "", "CC0-1.0"})}));
        library.save(priors::make_prior(
            "ball", {priors::make_exemplar(render::make_sphere(0.5F, 16, 24), {"ball", "", "", "CC0-1.0"})}));
        save_random_wallace2019(folder_ / "weights" / "wallace2019.safetensors", weights_seed);
        save_random_flagship(folder_ / "weights" / "flagship.safetensors", weights_seed);
        save_random_camera_estimator(folder_ / "weights" / "camera.safetensors", weights_seed);
        render::write_mesh(folder_ / "box.obj", upright_box());

        const render::Camera camera = render::orbit_camera({.azimuth = 30, .elevation = 20}, 160, 160);
        const render::RenderOptions options{.lighting = render::studio_lighting(camera)};
        const render::Rendering icon = render::Renderer(upright_box()).render(camera, options);
        render::write_image(folder_ / "photo.png", render::with_alpha(icon, options.background));
        std::filesystem::copy_file(folder_ / "photo.png", folder_ / "demo" / "demo.png");
        std::ofstream(folder_ / "demo" / "demo.json") << R"({"prior": "column"})";
    }
    ~SharedAssets() { remove_folder(folder_); }
    SharedAssets(const SharedAssets&) = delete;
    SharedAssets& operator=(const SharedAssets&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    std::filesystem::path folder_;
};

/// The error messages among what was printed, progress and the note on the camera left out.
std::vector<std::string> messages_in(const std::string& errors) {
    std::vector<std::string> messages;
    std::istringstream lines(errors);
    for (std::string line; std::getline(lines, line);) {
        const bool note = line.starts_with("reconstruct: ") || line.ends_with("--cameras overrides");
        if (!note) {
            EXPECT_TRUE(line.starts_with("maquette: ")) << line;
            messages.push_back(line);
        }
    }
    return messages;
}

const std::filesystem::path& shared_folder() {
    static const SharedAssets assets;
    return assets.folder();
}

}  // namespace

CommandTest::CommandTest() : folder_(new_folder()) {}
CommandTest::~CommandTest() {
    remove_folder(folder_);
}

void CommandTest::write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
}

std::string CommandTest::read(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> CommandTest::files_left() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder_)) {
        const std::string name = file.path().lexically_relative(folder_).string();
        if (name != ".stdout" && name != ".stderr") {
            names.push_back(name);
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

RunResult CommandTest::run(const std::vector<std::string>& arguments, RunSettings settings) const {
    settings.folder = folder_;
    settings.environment.emplace("MAQUETTE_ASSETS", shared_folder().string());
    settings.environment.emplace("XDG_DATA_HOME", (folder_ / "home").string());
    return run_program(arguments, settings);
}

void CommandTest::expect_input_error(const std::vector<std::string>& arguments, const std::vector<std::string>& texts,
                                     const RunSettings& settings) const {
    const std::vector<std::string> before = files_left();
    const RunResult result = run(arguments, settings);
    EXPECT_EQ(result.exit_code, 3) << "signal " << result.signal << "\n" << result.errors;
    const std::vector<std::string> messages = messages_in(result.errors);
    EXPECT_EQ(messages.size(), 1U) << result.errors;
    for (const std::string& text : texts) {
        EXPECT_NE(result.errors.find(text), std::string::npos) << "'" << text << "' is not in: " << result.errors;
    }
    EXPECT_EQ(files_left(), before);
}

std::filesystem::path CommandTest::photo() {
    return shared_folder() / "photo.png";
}
std::filesystem::path CommandTest::box() {
    return shared_folder() / "box.obj";
}
std::filesystem::path CommandTest::weights() {
    return shared_folder() / "weights" / "wallace2019.safetensors";
}

}  // namespace maquette::recon::testing
