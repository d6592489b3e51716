#include "recon/data/record_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "render/error.h"
#include "temporary_folder.h"

namespace maquette::recon {
namespace {

using testing::contents_of;
using testing::TemporaryFolder;
using testing::write_contents;

std::vector<std::uint8_t> bytes_of(const std::string& text) {
    return {text.begin(), text.end()};
}

void write_three(const std::filesystem::path& path) {
    RecordAppender appender(path);
    appender.resume_at(0);
    appender.append("head", {});
    appender.append("first", bytes_of("payload of the first"));
    appender.append("second", bytes_of("payload of the second"));
    appender.sync();
}

std::vector<std::string> descriptions_of(const RecordFile& file) {
    std::vector<std::string> descriptions;
    for (const auto& record : file.records()) {
        descriptions.emplace_back(record.description);
    }
    return descriptions;
}

TEST(Crc32, IsTheOneOfZlibAndPng) {
    EXPECT_EQ(crc32_of(bytes_of("123456789")), 0xCBF43926U);
    EXPECT_EQ(crc32_of({}), 0U);
}

TEST(RecordFile, GivesBackWhatWasAppended) {
    const TemporaryFolder folder;
    write_three(folder.file("new/folder/file"));
    const RecordFile file(folder.file("new/folder/file"));
    EXPECT_THAT(descriptions_of(file), ::testing::ElementsAre("head", "first", "second"));
    EXPECT_EQ(file.records()[0].payload.size(), 0U);
    EXPECT_THAT(file.records()[2].payload, ::testing::ElementsAreArray(bytes_of("payload of the second")));
    EXPECT_EQ(file.complete_bytes(), file.file_bytes());
    EXPECT_FALSE(file.is_blank());
}

TEST(RecordFile, IgnoresATornTailWhereverItTears) {
    const TemporaryFolder folder;
    const auto path = folder.file("file");
    write_three(path);
    const std::string whole = contents_of(path);
    const std::size_t last = 32 + std::string("second").size() + std::string("payload of the second").size();
    for (std::size_t lost = 1; lost < last; ++lost) {
        write_contents(path, whole.substr(0, whole.size() - lost));
        const RecordFile file(path);
        ASSERT_THAT(descriptions_of(file), ::testing::ElementsAre("head", "first")) << lost << " bytes lost";
        ASSERT_EQ(file.complete_bytes(), whole.size() - last);
    }
}

TEST(RecordFile, IgnoresALastRecordWhosePayloadNeverReachedTheDisk) {
    const TemporaryFolder folder;
    const auto path = folder.file("file");
    write_three(path);
    std::string bytes = contents_of(path);
    bytes.replace(bytes.size() - 5, 5, 5, '\0');
    write_contents(path, bytes);
    EXPECT_THAT(descriptions_of(RecordFile(path)), ::testing::ElementsAre("head", "first"));
}

TEST(RecordFile, StopsAtADamagedDescriptionAndKnowsDamagedPayloads) {
    const TemporaryFolder folder;
    const auto path = folder.file("file");
    write_three(path);
    const std::string whole = contents_of(path);

    std::string bytes = whole;
    bytes[bytes.find("payload of the first")] ^= 1;
    write_contents(path, bytes);
    {
        const RecordFile file(path);
        ASSERT_EQ(file.records().size(), 3U);
        EXPECT_TRUE(file.records()[0].intact());
        EXPECT_FALSE(file.records()[1].intact());
        EXPECT_TRUE(file.records()[2].intact());
    }

    bytes = whole;
    bytes[bytes.find("first")] ^= 1;
    write_contents(path, bytes);
    EXPECT_THAT(descriptions_of(RecordFile(path)), ::testing::ElementsAre("head"));
}

TEST(RecordFile, AppendingGoesOnAfterTheLastCompleteRecord) {
    const TemporaryFolder folder;
    const auto path = folder.file("file");
    write_three(path);
    const std::string whole = contents_of(path);
    write_contents(path, whole.substr(0, whole.size() - 7));
    const std::uint64_t complete = RecordFile(path).complete_bytes();
    {
        RecordAppender appender(path);
        appender.resume_at(complete);
        appender.append("second", bytes_of("payload of the second"));
    }
    EXPECT_EQ(contents_of(path), whole);
}

TEST(RecordFile, TellsForeignFilesFromBlankOnes) {
    const TemporaryFolder folder;
    const auto path = folder.file("file");
    write_contents(path, "");
    EXPECT_TRUE(RecordFile(path).is_blank());
    write_contents(path, "MQ");
    EXPECT_TRUE(RecordFile(path).is_blank());
    write_contents(path, "My diary, and nothing else. Do not overwrite it, whatever you do.");
    const RecordFile diary(path);
    EXPECT_TRUE(diary.records().empty());
    EXPECT_FALSE(diary.is_blank());
    write_contents(path, "MQR1" + std::string(100000, 'x'));
    EXPECT_FALSE(RecordFile(path).is_blank());
}

TEST(RecordFile, RefusesWhatCannotBeOpened) {
    const TemporaryFolder folder;
    EXPECT_THROW(RecordFile(folder.file("missing")), InputError);
    EXPECT_THROW(RecordFile(folder.file("")), InputError);
    EXPECT_THROW(RecordAppender(folder.file("")), InputError);
    write_contents(folder.file("plain"), "x");
    EXPECT_THROW(RecordAppender(folder.file("plain") / "below"), InputError);
}

TEST(RecordAppender, LetsOnlyOneWriterIn) {
    const TemporaryFolder folder;
    {
        const RecordAppender first(folder.file("file"));
        EXPECT_THROW(RecordAppender(folder.file("file")), InputError);
    }
    EXPECT_NO_THROW(RecordAppender(folder.file("file")));
}

}  // namespace
}  // namespace maquette::recon
