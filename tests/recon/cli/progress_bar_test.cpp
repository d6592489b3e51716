#include "recon/cli/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace maquette::recon::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(ProgressBar, EveryStageIsTold) {
    testing::internal::CaptureStderr();
    {
        ProgressBar bar("eval");
        for (const char* stage : {"coarse shapes", "novel views"}) {
            for (int i = 0; i < 10; ++i) bar.update(i / 10.0, stage, 1);
        }
    }
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_THAT(told, HasSubstr("eval: 90 %, 1 s left, coarse shapes"));
    EXPECT_THAT(told, HasSubstr("eval: 10 %, 1 s left, novel views"));
}

TEST(ProgressBar, ThreadsThatFallBackALittleBeginNoStage) {
    testing::internal::CaptureStderr();
    {
        ProgressBar bar("eval");
        for (const double fraction : {0.3, 0.1, 0.35}) bar.update(fraction, "shapes", 1);
    }
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_THAT(told, HasSubstr("30 %"));
    EXPECT_THAT(told, Not(HasSubstr("10 %")));
}

}  // namespace
}  // namespace maquette::recon::cli
