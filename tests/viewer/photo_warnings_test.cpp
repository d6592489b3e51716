#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "recon/encoders/untrained_capture_domain.h"
#include "tests/viewer/app_fixture.h"

namespace maquette::viewer {
namespace {

using ::testing::HasSubstr;

class PhotoWarnings : public testing::AppTest {};

TEST_F(PhotoWarnings, AreShownWhenThePhotoIsOpened) {
    recon::encoders::CaptureRanges ranges;
    ranges.fill({-100, 100});
    ranges[static_cast<std::size_t>(recon::encoders::Covariate::blur)] = {2, 3};
    recon::encoders::save_untrained_capture_domain(path("assets") / "weights" / "covariates.safetensors", ranges, 3);
    start();
    play({{{"do", "load"}, {"photos", {photo().string()}}}});
    EXPECT_EQ(studio().inputs().photos.size(), 1U);
    EXPECT_EQ(studio().error(), "");
    EXPECT_THAT(studio().notice(), HasSubstr("is outside what the networks were trained on (2.00 to 3.00)"));
}

}  // namespace
}  // namespace maquette::viewer
