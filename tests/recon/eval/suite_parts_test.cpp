#include "recon/eval/suite_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "render/error.h"

namespace maquette::recon {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Property;
using ::testing::Throws;

TEST(SuiteParts, NoneAskedForMeansAll) {
    EXPECT_TRUE(AskedParts({}, {"a", "b"}).contains("b"));
    const AskedParts one({"a"}, {"a", "b"});
    EXPECT_TRUE(one.contains("a"));
    EXPECT_FALSE(one.contains("b"));
    EXPECT_THAT(
        [] {
            AskedParts({"c"}, {"a", "b"});
        },
        Throws<UsageError>(Property(&UsageError::what, AllOf(HasSubstr("'c'"), HasSubstr("a, b")))));
}

TEST(SuiteParts, KnowsTheSplitsThatAreMeasuredOn) {
    EXPECT_NO_THROW(check_measured_split("novel"));
    EXPECT_NO_THROW(check_measured_split("validation"));
    EXPECT_THROW(check_measured_split("train"), UsageError);
}

TEST(SuiteParts, NamesEachWeightsFileByItsDigest) {
    const auto file = std::filesystem::path(::testing::TempDir()) / "suite_parts_weights";
    std::ofstream(file) << "abc";
    PartReport report;
    add_weights_digest(report, file);
    add_weights_digest(report, file);
    EXPECT_EQ(report.weights_digest, "ba7816bf8f01 ba7816bf8f01");
    std::filesystem::remove(file);
    EXPECT_THROW(add_weights_digest(report, file), InputError);
}

}  // namespace
}  // namespace maquette::recon
