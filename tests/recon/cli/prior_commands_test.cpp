#include <fmt/format.h>
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "render/io/image_io.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class PriorCommands : public CommandTest {};

TEST_F(PriorCommands, BuildShowListAndUse) {
    const RunResult built = run({"prior", "build", "mug", box().string(), "--up", "y", "--front", "-z"});
    ASSERT_EQ(built.exit_code, 0) << built.errors;
    EXPECT_THAT(built.output, HasSubstr("mug.png"));
    EXPECT_GT(render::read_image(path("home/maquette/priors/mug.png")).width, 100);

    const json listed = json::parse(run({"prior", "list", "--json"}).output);
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[2]["name"], "mug");
    EXPECT_EQ(listed[2]["shipped"], false);

    const RunResult shown = run({"prior", "show", "mug", "-o", "mug.png"});
    ASSERT_EQ(shown.exit_code, 0) << shown.errors;
    EXPECT_GT(render::read_image(path("mug.png")).width, 100);
}

TEST_F(PriorCommands, BlendIsSavedWithTheWeightsAsked) {
    const RunResult blended = run({"prior", "blend", "column:0.7", "ball:0.3"});
    ASSERT_EQ(blended.exit_code, 0) << blended.errors;
    const RunResult shown = run({"prior", "show", "column-ball"});
    ASSERT_EQ(shown.exit_code, 0) << shown.errors;
    EXPECT_THAT(shown.output, HasSubstr("70.0 %"));
    EXPECT_THAT(shown.output, HasSubstr("30.0 %"));
}

TEST_F(PriorCommands, RankPutsTheShapeInThePhotoFirst) {
    const RunResult ranked = run({"prior", "rank", photo().string(), "--json"});
    ASSERT_EQ(ranked.exit_code, 0) << ranked.errors;
    const json listed = json::parse(ranked.output);
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0]["name"], "column");
    EXPECT_LT(listed[0]["distance"], listed[1]["distance"]);
}

TEST_F(PriorCommands, BadNamesAndAxesAreRefused) {
    expect_input_error({"prior", "build", "a/b", box().string()}, {"a/b"});
    EXPECT_EQ(run({"prior", "build", "mug", box().string(), "--up", "q"}).exit_code, 2);
    EXPECT_EQ(run({"prior", "build", "mug", box().string(), "--up", "y", "--front", "-y"}).exit_code, 2);
}

TEST_F(PriorCommands, CompareOfAMeshWithItself) {
    const RunResult result = run({"compare", box().string(), box().string(), "--align", "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.errors;
    const json figures = json::parse(result.output);
    EXPECT_EQ(figures["iou"], 1);
    EXPECT_EQ(figures["turned_degrees"], 0);
    EXPECT_LT(figures["chamfer_l1"], 0.02);
    EXPECT_GT(figures["fscore_005"], 0.99);
}

TEST_F(PriorCommands, InfoNamesWeightsPriorsAndFolders) {
    const json facts = json::parse(run({"info", "--json"}).output);
    for (const char* architecture : {"camera", "flagship", "wallace2019"}) {
        EXPECT_THAT(facts["weights"].dump(), HasSubstr(fmt::format("\"architecture\":\"{}\"", architecture)));
    }
    EXPECT_THAT(facts["priors"].dump(), HasSubstr("column"));
    EXPECT_EQ(facts["folders"]["your priors"], path("home/maquette/priors").string());
    EXPECT_FALSE(facts["versions"]["torch"].get<std::string>().empty());
}

TEST_F(PriorCommands, DataCommandsSayWhatToRunFirst) {
    EXPECT_THAT(run({"data", "info"}).errors, HasSubstr("data build"));
    EXPECT_EQ(run({"data", "info"}).exit_code, 3);
    EXPECT_EQ(run({"eval", "novel", "--dataset", "none.mqd"}).exit_code, 3);
    EXPECT_EQ(run({"train", "wallace2019", "--dataset", "none.mqd", "-o", "t"}).exit_code, 3);
}

}  // namespace
}  // namespace maquette::recon::testing
