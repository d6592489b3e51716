#include "recon/segment/cutout_photos.h"

#include <gtest/gtest.h>

#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/temporary_folder.h"

namespace maquette::recon::segment {
namespace {

TEST(CutoutPhotos, KeepsPicturesWithATransparentPartAndTheirFolders) {
    const render::TemporaryFolder folder;
    for (const char* group : {"cup", "horse"}) {
        std::filesystem::create_directories(folder.path() / group);
        render::Image object(30, 20, 4, 100);
        for (int y = 0; y < 20; ++y) {
            for (int x = 0; x < 30; ++x) object.at(x, y, 3) = x < 12 ? 255 : 0;
        }
        render::write_image(folder.path() / group / "a.png", object);
        for (int y = 0; y < 20; ++y) {
            for (int x = 0; x < 30; ++x) object.at(x, y, 3) = 255;
        }
        render::write_image(folder.path() / group / "opaque.png", object);
        render::write_image(folder.path() / group / "rgb.png", render::Image(30, 20, 3, 50));
    }
    const auto cutouts = read_cutouts(folder.path(), 100);
    ASSERT_EQ(cutouts.views.size(), 2U);
    EXPECT_EQ(cutouts.groups, (std::vector<std::string>{"cup", "horse"}));
    const auto& view = cutouts.views.front();
    EXPECT_EQ(view.mask.at(5, 5), 255);
    EXPECT_EQ(view.mask.at(20, 5), 0);
    EXPECT_EQ(view.rgb.at(5, 5, 0), 100);
    EXPECT_EQ(view.rgb.at(20, 5, 0), 255) << "over white";
    EXPECT_EQ(read_cutouts(folder.path(), 10).views.front().mask.height, 10);
    std::filesystem::remove(folder.path() / "horse" / "a.png");
    EXPECT_THROW(static_cast<void>(read_cutouts(folder.path(), 100)), InputError);
}

}  // namespace
}  // namespace maquette::recon::segment
