#include "recon/cli/photo_matching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::size_t> match(const std::vector<std::string>& photos, const std::vector<std::string>& names) {
    std::vector<PosedPhoto> posed;
    for (const std::string& name : names) posed.push_back({.name = name});
    return matching_entries(photos, posed, "images.txt");
}
std::string refusal(const std::vector<std::string>& photos, const std::vector<std::string>& names) {
    try {
        (void)match(photos, names);
    } catch (const InputError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(PhotoMatching, GoesByFileName) {
    EXPECT_THAT(match({"/home/me/b.jpg", "a.jpg"}, {"a.jpg", "cam0/b.jpg", "b.png"}), ElementsAre(1, 0));
    EXPECT_THAT(match({"x/b.jpg"}, {"a.jpg", "images\\b.jpg"}), ElementsAre(1));
}

TEST(PhotoMatching, ByTheNameWithoutExtensionOtherwise) {
    EXPECT_THAT(match({"train/r_1.png", "train/r_0.png"}, {"./train/r_0", "./train/r_1", "./train/r_10"}),
                ElementsAre(1, 0));
    EXPECT_THAT(match({"cut/b.png"}, {"a.jpg", "b.jpg"}), ElementsAre(1));
    EXPECT_THAT(match({"take.001.png"}, {"take.002", "take.001"}), ElementsAre(1));
}

TEST(PhotoMatching, FoldersDecideBetweenEqualNames) {
    EXPECT_THAT(match({"data/test/r_0.png"}, {"./train/r_0", "./test/r_0"}), ElementsAre(1));
    EXPECT_THAT(refusal({"data/r_0.png"}, {"./train/r_0", "./test/r_0"}),
                AllOf(HasSubstr("./train/r_0"), HasSubstr("./test/r_0"), HasSubstr("data/r_0.png")));
    EXPECT_THAT(refusal({"a.webp"}, {"a.png", "a.jpg"}), AllOf(HasSubstr("a.png"), HasSubstr("a.jpg")));
}

TEST(PhotoMatching, RefusesWhatIsMissingOrTwiceThere) {
    EXPECT_THAT(refusal({"c.png"}, {"a.png", "b.png", "d.png", "e.png"}),
                AllOf(HasSubstr("no camera for c.png"), HasSubstr("a.png, b.png, d.png, ...")));
    EXPECT_THAT(refusal({"x/a.png", "y/a.png"}, {"a.png"}), AllOf(HasSubstr("x/a.png"), HasSubstr("y/a.png")));
}

}  // namespace
}  // namespace maquette::recon::cli
