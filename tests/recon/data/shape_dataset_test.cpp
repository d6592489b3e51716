#include "recon/data/shape_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "made_up_shapes.h"
#include "recon/data/record_file.h"
#include "render/error.h"
#include "temporary_folder.h"

namespace maquette::recon {
namespace {

using ::testing::HasSubstr;
using testing::made_up_contents;
using testing::TemporaryFolder;
using testing::write_contents;

const DatasetHeader header{"table", 2, 16, 1};

void append(RecordAppender& appender, const ShapeContents& contents) {
    const EncodedShape encoded = encode_shape(contents, 16);
    appender.append(encoded.description, encoded.payload);
}

void write_set(const std::filesystem::path& path, const std::vector<std::string>& ids) {
    RecordAppender appender(path);
    appender.resume_at(0);
    appender.append(encode_header(header), {});
    for (const std::string& id : ids) {
        append(appender, made_up_contents(id, 2, 16));
    }
}

TEST(ShapeDataset, OrdersShapesByIdWhateverTheOrderInTheFile) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"c", "a", "b"});
    const ShapeDataset dataset(folder.file("set"));
    ASSERT_EQ(dataset.shapes().size(), 3U);
    EXPECT_EQ(dataset.shapes()[0].id, "a");
    EXPECT_EQ(dataset.shapes()[1].id, "b");
    EXPECT_EQ(dataset.shapes()[2].id, "c");
    EXPECT_EQ(dataset.digest(), header.digest());
}

TEST(ShapeDataset, ViewHasGeometryAndViewColourHasNone) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"a"});
    const ShapeDataset dataset(folder.file("set"));
    const DatasetView whole = dataset.view(0, 1);
    const DatasetView colour = dataset.view_colour(0, 1);
    EXPECT_EQ(whole.rgb.pixels, colour.rgb.pixels);
    EXPECT_EQ(whole.depth.width, 16);
    EXPECT_EQ(whole.normal.channels, 3);
    EXPECT_TRUE(colour.depth.empty());
    EXPECT_TRUE(colour.normal.empty());
    EXPECT_EQ(dataset.icon(0).width, 31);
    EXPECT_EQ(dataset.occupancy(0, 64).resolution, 64);
}

TEST(ShapeDataset, TheLastRecordOfAShapeCounts) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"a", "b"});
    {
        const std::uint64_t end = RecordFile(folder.file("set")).complete_bytes();
        RecordAppender appender(folder.file("set"));
        appender.resume_at(end);
        ShapeContents newer = made_up_contents("a", 1, 16);
        newer.shape.name = "newer";
        append(appender, newer);
    }
    const ShapeDataset dataset(folder.file("set"));
    ASSERT_EQ(dataset.shapes().size(), 2U);
    EXPECT_EQ(dataset.shapes()[0].name, "newer");
    EXPECT_EQ(dataset.shapes()[0].view_count, 1);
}

TEST(ShapeDataset, IsReadWhileItGrows) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"a"});
    const ShapeDataset before(folder.file("set"));
    {
        const std::uint64_t end = RecordFile(folder.file("set")).complete_bytes();
        RecordAppender appender(folder.file("set"));
        appender.resume_at(end);
        append(appender, made_up_contents("b", 2, 16));
    }
    EXPECT_EQ(before.shapes().size(), 1U);
    EXPECT_EQ(before.view(0, 0).rgb.width, 16);
    EXPECT_EQ(ShapeDataset(folder.file("set")).shapes().size(), 2U);
}

TEST(ShapeDataset, ManyThreadsReadTheSame) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"a", "b", "c"});
    const ShapeDataset dataset(folder.file("set"));
    const auto expected = dataset.view(1, 1);
    std::atomic<int> wrong{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int i = 0; i < 200; ++i) {
                    static_cast<void>(dataset.view(i % 3, i % 2));
                    const DatasetView view = dataset.view(1, 1);
                    wrong +=
                        view.rgb.pixels == expected.rgb.pixels && view.depth.pixels == expected.depth.pixels ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(wrong, 0);
}

TEST(ShapeDataset, SaysWhatToDoWithoutADataset) {
    const TemporaryFolder folder;
    const auto message_for = [](const std::filesystem::path& path) -> std::string {
        try {
            const ShapeDataset dataset(path);
            return "opened";
        } catch (const InputError& error) {
            return error.what();
        }
    };
    EXPECT_THAT(message_for(folder.file("missing")), HasSubstr("maquette data build"));
    EXPECT_THAT(message_for(folder.file("")), HasSubstr("not a regular file"));
    write_contents(folder.file("text"), "this is not a dataset, but long enough to be one if it were");
    EXPECT_THAT(message_for(folder.file("text")), HasSubstr("not a dataset"));
    {
        RecordAppender appender(folder.file("other"));
        appender.append("{\"kind\":\"song\"}", {});
    }
    EXPECT_THAT(message_for(folder.file("other")), HasSubstr("not a dataset"));
    {
        RecordAppender appender(folder.file("odd"));
        appender.append(encode_header(header), {});
        appender.append("{\"kind\":\"shape\"}", {});
    }
    EXPECT_THAT(message_for(folder.file("odd")), HasSubstr("odd: a record that cannot be understood"));
}

TEST(ShapeDataset, RefusesShapesThatAreNotThere) {
    const TemporaryFolder folder;
    write_set(folder.file("set"), {"a"});
    const ShapeDataset dataset(folder.file("set"));
    EXPECT_THROW(static_cast<void>(dataset.view(1, 0)), UsageError);
    EXPECT_THROW(static_cast<void>(dataset.icon(-1)), UsageError);
    EXPECT_THROW(static_cast<void>(dataset.view_colour(0, 2)), UsageError);
}

}  // namespace
}  // namespace maquette::recon
