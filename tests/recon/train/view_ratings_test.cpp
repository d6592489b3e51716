#include "recon/train/view_ratings.h"

#include <gmock/gmock.h>

#include "render/error.h"

namespace maquette::recon {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ViewRatings, ReadsWhatTheWindowWrites) {
    const auto list = parse_view_ratings(
        R"({"choice":"a","kind":"generated_view","ms":812,"photo":{"camera":{"azimuth":30.5,"centre_x":0.5,"centre_y":0.52,"distance":2.4,"elevation":10.0,"roll":0.0,"scale":0.7},"crop_sha256":"12","path":"a.png"},"picture_sha256_a":"1","picture_sha256_b":"2","pose":{"azimuth":165.0,"centre_x":0.5,"centre_y":0.5,"distance":2.4,"elevation":-5.0,"roll":0.0,"scale":0.8},"prior":"chair","seed_a":4,"seed_b":18446744073709551615,"shape_sha256":"3","steps_a":10,"steps_b":10,"time":"2026-11-25T12:00:00Z","weights_sha256_a":"ab","weights_sha256_b":"ab"})"
        "\n",
        "ratings.jsonl");
    EXPECT_TRUE(list.problems.empty());
    ASSERT_EQ(list.ratings.size(), 1U);
    const auto& rating = list.ratings.front();
    EXPECT_EQ(rating.line, 1);
    EXPECT_EQ(rating.photo, "a.png");
    ASSERT_TRUE(rating.camera);
    EXPECT_EQ(rating.camera->azimuth, 30.5);
    EXPECT_EQ(rating.camera->centre_y, 0.52);
    ASSERT_TRUE(rating.pose);
    EXPECT_EQ(rating.pose->scale, 0.8);
    EXPECT_EQ(rating.azimuth, 165);
    EXPECT_EQ(rating.elevation, -5);
    EXPECT_EQ(rating.seed_a, 4U);
    EXPECT_EQ(rating.seed_b, 18446744073709551615U);
    EXPECT_TRUE(rating.prefers_a);
    EXPECT_EQ(rating.steps, 10);
    EXPECT_EQ(rating.weights_sha256, "ab");
    EXPECT_THAT(rating.prior, ElementsAre("chair"));
}

TEST(ViewRatings, ReadsWhatIsWrittenByHand) {
    const auto list = parse_view_ratings(
        R"({"kind":"generated_view","photo":"a.png","azimuth":135,"elevation":-5.5,"seed_a":4,"seed_b":5,"choice":"a","who":"me"})"
        "\r\n\n"
        R"({"kind":"generated_view","photo":"b/c.png","azimuth":0,"elevation":10,"seed_a":1,"seed_b":2,"choice":"b","prior":["chair:0.7","sofa:0.3"],"steps":10,"geometry":false})",
        "ratings.jsonl");
    EXPECT_TRUE(list.problems.empty());
    EXPECT_EQ(list.ties, 0);
    ASSERT_EQ(list.ratings.size(), 2U);
    const auto& first = list.ratings[0];
    EXPECT_EQ(first.azimuth, 135);
    EXPECT_EQ(first.elevation, -5.5);
    EXPECT_TRUE(first.prefers_a);
    EXPECT_TRUE(first.prior.empty());
    EXPECT_FALSE(first.camera);
    EXPECT_FALSE(first.pose);
    EXPECT_TRUE(first.geometry);
    const auto& second = list.ratings[1];
    EXPECT_EQ(second.line, 3);
    EXPECT_EQ(second.photo, "b/c.png");
    EXPECT_FALSE(second.prefers_a);
    EXPECT_THAT(second.prior, ElementsAre("chair:0.7", "sofa:0.3"));
    EXPECT_EQ(second.steps, 10);
    EXPECT_FALSE(second.geometry);
    EXPECT_NE(first.key, second.key);
}

TEST(ViewRatings, LeavesOutViewsOfDifferentMaking) {
    const auto list = parse_view_ratings(
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":2,"choice":"a","steps_a":10,"steps_b":20})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":2,"choice":"a","weights_sha256_a":"1","weights_sha256_b":"2"})",
        "ratings.jsonl");
    EXPECT_TRUE(list.ratings.empty());
    EXPECT_THAT(list.problems, ElementsAre(HasSubstr("differ in steps"), HasSubstr("differ in weights_sha256")));
}

TEST(ViewRatings, DropsTiesAndPassesOverOtherKinds) {
    const auto list = parse_view_ratings(
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":2,"choice":"tie"})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":3,"choice":"same"})"
        "\n"
        R"({"choice":"a","a":{"run":"chair"},"b":{"run":"sofa"},"photos":[]})",
        "ratings.jsonl");
    EXPECT_TRUE(list.ratings.empty());
    EXPECT_EQ(list.ties, 2);
    EXPECT_EQ(list.other, 1);
    EXPECT_TRUE(list.problems.empty());
}

TEST(ViewRatings, NamesTheLinesThatCannotBeUsed) {
    const auto list = parse_view_ratings(
        "{\"kind\":\"generated_view\",\"photo\":\"a.p\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"choice":"a"})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":2,"choice":"c"})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":"left","elevation":1,"seed_a":1,"seed_b":2,"choice":"a"})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":-1,"seed_b":2,"choice":"a"})"
        "\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":2,"seed_b":2,"choice":"a"})"
        "\n[1, 2]\n"
        R"({"kind":"generated_view","photo":"a.png","azimuth":1,"elevation":1,"seed_a":1,"seed_b":2,"choice":"b"})",
        "r.jsonl");
    EXPECT_EQ(list.ratings.size(), 1U);
    EXPECT_EQ(list.ratings.front().line, 8);
    EXPECT_THAT(
        list.problems,
        ElementsAre(HasSubstr("r.jsonl line 1: not a JSON object"), AllOf(HasSubstr("line 2"), HasSubstr("seed_b")),
                    AllOf(HasSubstr("line 3"), HasSubstr("'c'")), AllOf(HasSubstr("line 4"), HasSubstr("azimuth")),
                    AllOf(HasSubstr("line 5"), HasSubstr("seed_a")), AllOf(HasSubstr("line 6"), HasSubstr("same seed")),
                    HasSubstr("line 7: not a JSON object")));
    EXPECT_THROW(read_view_ratings("missing.jsonl"), InputError);
}

}  // namespace
}  // namespace maquette::recon
