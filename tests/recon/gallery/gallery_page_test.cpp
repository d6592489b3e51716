#include "recon/gallery/gallery_page.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "priors/child_process.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/compact_glb.h"
#include "render/io/image_io.h"

namespace maquette::recon::gallery {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class GalleryPage : public ::testing::Test {
protected:
    GalleryPage() {
        std::string pattern = (fs::temp_directory_path() / "maquette-gallery-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~GalleryPage() override { fs::remove_all(folder_); }

    /// A red ball over a white photo.
    [[nodiscard]] GalleryObject object(const std::string& name, int rings) const {
        render::TriangleMesh ball = render::welded(render::make_sphere(0.5F, rings, 2 * rings), 1e-6F);
        ball.vertex_colours.assign(ball.vertices.size(), {0.8F, 0.1F, 0.1F});
        render::compute_vertex_normals(ball);
        GalleryObject made{.name = name,
                           .prior = "ball",
                           .agreement = 0.75,
                           .camera = "azimuth 30, elevation 10, given",
                           .seconds = 1.5,
                           .triangles = ball.triangles.size(),
                           .photo = folder_ / "photo.jpg",
                           .model = folder_ / (name + ".glb"),
                           .result = fs::path("items") / name / "out.glb"};
        render::write_image(made.photo, render::Image(64, 64, 3, 255));
        render::write_file_atomically(made.model, render::compact_glb(ball));
        return made;
    }

    [[nodiscard]] std::string written(const Gallery& gallery) const {
        write_gallery(page(), shell(), gallery);
        return render::read_file(page());
    }

    [[nodiscard]] fs::path page() const { return folder_ / "index.html"; }
    [[nodiscard]] const fs::path& folder() const { return folder_; }
    static fs::path shell() { return fs::path(MAQUETTE_ASSETS) / "gallery" / "page.html"; }

private:
    fs::path folder_;
};

TEST_F(GalleryPage, HoldsEverythingAndAsksForNothing) {
    const std::string page = written({.title = "balls", .objects = {object("one", 8), object("two", 8)}});
    EXPECT_THAT(page, HasSubstr("<script type=\"text/plain\" id=\"mesh-1\">Z2xURg"));  // glTF
    EXPECT_THAT(page, HasSubstr("<script type=\"text/plain\" id=\"photo-1\">/9j/"));   // JPEG
    for (const char* asking : {"src=\"http", "href=\"http", "@import", "<link "}) {
        EXPECT_THAT(page, Not(HasSubstr(asking)));
    }
    EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST_F(GalleryPage, TextsCannotEndTheirScript) {
    GalleryObject hostile = object("x", 8);
    hostile.name = "</script><script>alert(1)</script><!--";
    hostile.notes = {"\xff is no UTF-8"};
    const std::string page = written({.title = "<b>", .objects = {hostile}, .failures = {{"<i>", "</script>"}}});
    EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
    EXPECT_THAT(page, HasSubstr("\\u003c/script>"));
}

TEST_F(GalleryPage, StaysSmallHoweverManyObjects) {
    EXPECT_GE(gallery_triangles(1), 40000);
    EXPECT_GE(gallery_triangles(0), 40000);
    for (const std::size_t objects : {10U, 50U, 101U, 200U}) {
        const double side = gallery_photo_size(objects);
        const double model = static_cast<double>(render::compact_glb_bytes(gallery_triangles(objects)));
        EXPECT_LT(static_cast<double>(objects) * (model + side * side / 3) * 4 / 3, 20e6) << objects;
        EXPECT_GE(gallery_triangles(objects), 2000) << objects;
    }
    // A batch that has grown: models made for a smaller one are brought to their new share.
    const GalleryObject large = object("large", 55);
    std::vector<GalleryObject> many(200, large);
    ASSERT_GT(large.triangles, 2U * gallery_triangles(many.size()));
    const std::string page = written({.title = "many", .objects = many});
    EXPECT_LT(page.size(), 20'000'000U);
    EXPECT_EQ(std::count(page.begin(), page.end(), '\n') > 400, true);
}

TEST_F(GalleryPage, SaysWhatIsMissing) {
    GalleryObject gone = object("gone", 8);
    fs::remove(gone.model);
    EXPECT_THROW(written({.objects = {gone}}), InputError);
    EXPECT_FALSE(fs::exists(page()));
    std::ofstream(folder() / "other.html") << "<html></html>";
    EXPECT_THROW(write_gallery(page(), folder() / "other.html", {}), InputError);
}

/// What a browser without a display makes of the page, at most `seconds` later.
class GalleryInBrowser : public GalleryPage {
protected:
    void SetUp() override {
        try {
            (void)priors::run_child({"chromium", "--version"}, folder());
        } catch (const Error&) {
            GTEST_SKIP() << "chromium is not installed: apt-get install chromium";
        }
    }

    [[nodiscard]] std::string browse(const std::string& what) const {
        const auto result =
            priors::run_child({"timeout", "280", "chromium", "--headless=new", "--no-sandbox",
                               "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--hide-scrollbars",
                               "--no-first-run", "--disable-background-networking", "--disable-component-update",
                               "--force-device-scale-factor=1", "--window-size=900,2000", "--virtual-time-budget=60000",
                               "--user-data-dir=" + (folder() / "profile").string(), what, "file://" + page().string()},
                              folder());
        EXPECT_EQ(result.status, 0) << result.output;
        return result.output;
    }
};

TEST_F(GalleryInBrowser, DrawsTheModels) {
    (void)written({.title = "balls", .objects = {object("one", 24)}});
    (void)browse("--screenshot=" + (folder() / "shot.png").string());
    const render::Image shot = render::read_image(folder() / "shot.png");
    ASSERT_EQ(shot.width, 900);
    // The models are the only red on the page.
    int red = 0;
    int left = shot.width;
    int right = 0;
    for (int y = 0; y < shot.height; ++y) {
        for (int x = 0; x < shot.width; ++x) {
            if (shot.at(x, y, 0) < 60 || shot.at(x, y, 0) < 2 * shot.at(x, y, 1)) continue;
            ++red;
            left = std::min(left, x);
            right = std::max(right, x);
        }
    }
    const int across = right - left + 1;
    EXPECT_GT(across, 100);
    // A ball fills pi/4 of its square.
    EXPECT_NEAR(red, 0.785 * across * across, 0.06 * across * across);
}

TEST_F(GalleryInBrowser, EveryObjectHasItsPlaceAndNoneFails) {
    (void)written({.title = "balls",
                   .objects = {object("one", 24), object("two", 12), object("three's", 8)},
                   .failures = {{"bad", "no picture"}}});
    const std::string page = browse("--dump-dom");
    EXPECT_THAT(page, HasSubstr("aria-label=\"Enlarge three's\""));
    EXPECT_THAT(page, HasSubstr("<li>bad: no picture</li>"));
    EXPECT_THAT(page, Not(HasSubstr("data-state=\"failed\"")));
}

}  // namespace
}  // namespace maquette::recon::gallery
