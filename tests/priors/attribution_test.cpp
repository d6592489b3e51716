#include "priors/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

using testing::HasSubstr;

TEST(Attribution, NamesCreatorLicenceLinkAndChange) {
    const std::string text = attribution_text({{"Chair", "Ann", "Some Library", "CC-BY-3.0"}});
    EXPECT_THAT(text, HasSubstr("## Some Library"));
    EXPECT_THAT(text, HasSubstr("| Chair | Ann | [CC-BY-3.0](https://creativecommons.org/licenses/by/3.0/) | "
                                "modified: voxelised, normalised |"));
}

TEST(Attribution, IsSortedAndFreeOfRepetition) {
    const Provenance a{"Armchair", "Ann", "B", "CC0-1.0"};
    const Provenance z{"Zebra", "Zoe", "A", "CC0-1.0"};
    const std::string text = attribution_text({a, z, a});
    EXPECT_EQ(text, attribution_text({z, a}));
    EXPECT_LT(text.find("Zebra"), text.find("Armchair"));
    EXPECT_EQ(text.find("Armchair"), text.rfind("Armchair"));
}

TEST(Attribution, TextFromFilesCannotBreakTheTable) {
    const std::string text = attribution_text({{"a|b\nc", "<script>", "", "my own"}});
    EXPECT_THAT(text, HasSubstr("| a\\|b c | \\<script\\> | my own |"));
    EXPECT_THAT(text, HasSubstr("## unknown"));
}

TEST(Attribution, LinksKnownLicencesOnly) {
    EXPECT_EQ(licence_link("CC0-1.0"), "https://creativecommons.org/publicdomain/zero/1.0/");
    EXPECT_EQ(licence_link("cc-by-3.0-us"), "https://creativecommons.org/licenses/by/3.0/us/");
    EXPECT_EQ(licence_link("user"), "");
}

TEST(Attribution, IsWrittenFromCatalogueEntries) {
    CatalogueEntry entry;
    entry.name = "Lamp";
    entry.creator = "Kim";
    entry.library = "Lights";
    entry.licence = "CC0-1.0";
    const TemporaryFolder folder;
    write_attribution(folder.path() / "ATTRIBUTION.md", {provenance_of(entry)});
    EXPECT_THAT(render::read_file(folder.path() / "ATTRIBUTION.md"), HasSubstr("| Lamp | Kim | [CC0-1.0]("));
}

}  // namespace
}  // namespace maquette::priors
