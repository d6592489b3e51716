#include "recon/eval/part_report.h"

#include <gtest/gtest.h>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "tests/support/temporary_folder.h"

namespace maquette::recon {
namespace {

PartReport sample() {
    ReportPart part{.title = "Round trip", .notes = {"As it was."}, .key = "round_trip"};
    part.tables.push_back({"Errors", {"sampler", "error"}, {{"edict", "1e-7"}, {"ddim", "0.1"}}});
    part.pictures.push_back({"errors", "Error by steps.", render::Image(4, 3, 3, 9)});
    part.figures["steps"] = 50;
    part.headlines["largest_error"] = 1e-7;
    return {.suite = "diffusion",
            .data_digest = "0123456789abcdef",
            .weights_digest = "w",
            .choices = {"One choice."},
            .parts = {part}};
}

TEST(PartReport, JsonHoldsPartsAndHeadlines) {
    const auto json = to_json(sample());
    EXPECT_EQ(json["suite"], "diffusion");
    EXPECT_EQ(json["round_trip"]["steps"], 50);
    EXPECT_EQ(json["largest_error"], 1e-7);
}

TEST(PartReport, MarkdownShowsTablesAndLinksPictures) {
    const std::string text = to_markdown(sample(), "diffusion");
    for (const char* expected : {"# diffusion\n", "- One choice.\n", "## Round trip\n", "- As it was.\n",
                                 "| sampler | error |\n|---|---|\n| edict | 1e-7 |\n", "(diffusion/errors.png)"}) {
        EXPECT_NE(text.find(expected), std::string::npos) << expected << "\n" << text;
    }
    EXPECT_EQ(to_markdown(sample(), "").find("png"), std::string::npos);
}

TEST(PartReport, PicturesLieBesideTheMarkdown) {
    const test::TemporaryFolder folder;
    write_part_report(sample(), folder.path() / "d.json", folder.path() / "diffusion.md");
    EXPECT_EQ(render::read_image(folder.path() / "diffusion" / "errors.png").width, 4);
    EXPECT_FALSE(render::read_file(folder.path() / "d.json").empty());
}

TEST(PartReport, JsonIsReadBack) {
    const PartReport report = part_report_from(to_json(sample()));
    EXPECT_EQ(to_json(report), to_json(sample()));
    EXPECT_EQ(to_markdown(report, "diffusion"), to_markdown(sample(), "diffusion"));
    EXPECT_THROW((void)part_report_from({{"suite", "diffusion"}}), InputError);
}

TEST(PartReport, EarlierPartsStayAndThoseMeasuredAgainAreReplaced) {
    PartReport now = sample();
    now.weights_digest = "x w";
    now.choices = {"One choice.", "Another."};
    now.parts[0].notes = {"Again."};
    now.parts.push_back({.title = "Speed", .key = "speed"});
    PartReport earlier = sample();
    earlier.parts.insert(earlier.parts.begin(), {.title = "Views", .key = "views"});
    const PartReport both = with_earlier_parts(now, earlier);
    ASSERT_EQ(both.parts.size(), 3U);
    EXPECT_EQ(both.parts[0].key, "views");
    EXPECT_EQ(both.parts[1].notes[0], "Again.");
    EXPECT_EQ(both.parts[2].key, "speed");
    EXPECT_EQ(both.weights_digest, "w x");
    EXPECT_EQ(both.choices.size(), 2U);
    earlier.data_digest = "other";
    EXPECT_THROW((void)with_earlier_parts(now, earlier), InputError);
}

TEST(PartReport, PicturesOfEarlierPartsStayWhereTheyAre) {
    const test::TemporaryFolder folder;
    write_part_report(sample(), folder.path() / "d.json", folder.path() / "diffusion.md");
    write_part_report(part_report_from(to_json(sample())), folder.path() / "d.json", folder.path() / "diffusion.md");
    EXPECT_EQ(render::read_image(folder.path() / "diffusion" / "errors.png").width, 4);
}

TEST(PartReport, ARowThatDoesNotFitIsAnError) {
    auto report = sample();
    report.parts[0].tables[0].rows.push_back({"alone"});
    EXPECT_THROW((void)to_markdown(report, ""), UsageError);
}

TEST(PartReport, IntervalsAreWrittenWithTheirSign) {
    EXPECT_EQ(interval_text({0.1234, 0.1, 0.2}), "0.123 (0.100 to 0.200)");
    EXPECT_EQ(interval_text({0.5, -0.25, 1}, 2, true), "+0.50 (-0.25 to +1.00)");
}

}  // namespace
}  // namespace maquette::recon
