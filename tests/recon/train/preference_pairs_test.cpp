#include "recon/train/preference_pairs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "recon/data/record_file.h"
#include "recon/diffusion/geometry_picture.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "tests/recon/data/temporary_folder.h"

namespace maquette::recon {
namespace {

constexpr int size = 8;

JudgedViews made_up(long long number) {
    JudgedViews judged;
    judged.number = number;
    judged.shape = "shape-" + std::to_string(number);
    judged.photo = 3;
    judged.target = 5;
    judged.iou = 0.4375;
    judged.seeds = {18446744073709551615U, 7};
    judged.rewards = {0.1 / 3, -0.02};
    judged.image_size = size;
    for (std::size_t i = 0; i < judged.pose.size(); ++i) judged.pose[i] = 0.1F * static_cast<float>(i) - 0.7F;
    const auto value = [&](int i) { return static_cast<std::uint8_t>(37 * i + number); };
    for (int i = 0; i < 4 * size * size; ++i) judged.photo_pixels.push_back(value(i));
    for (int i = 0; i < 2 * 4 * size * size; ++i) judged.views.push_back(value(3 * i));
    for (int i = 0; i < diffusion::geometry_channels * size * size; ++i)
        judged.geometry.push_back(static_cast<std::int8_t>(i % 255 - 127));
    return judged;
}

void expect_same(const JudgedViews& a, const JudgedViews& b) {
    EXPECT_EQ(a.number, b.number);
    EXPECT_EQ(a.key, b.key);
    EXPECT_EQ(a.shape, b.shape);
    EXPECT_EQ(a.photo, b.photo);
    EXPECT_EQ(a.target, b.target);
    EXPECT_EQ(a.iou, b.iou);
    EXPECT_EQ(a.seeds, b.seeds);
    EXPECT_EQ(a.rewards, b.rewards);
    EXPECT_EQ(a.pose, b.pose);
    EXPECT_EQ(a.photo_pixels, b.photo_pixels);
    EXPECT_EQ(a.geometry, b.geometry);
    EXPECT_EQ(a.views, b.views);
}

class PreferencePairs : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path file() const { return folder_.file("pairs.mqr"); }
    void write(int count, int first = 0) const {
        PairFileWriter writer(file(), header_);
        for (int i = first; i < first + count; ++i) writer.append(made_up(i));
    }

    testing::TemporaryFolder folder_;
    PairFileHeader header_{.base_digest = "abc", .settings = R"({"seed": 1, "candidates": 2})"};
};

TEST_F(PreferencePairs, KeepsEveryBit) {
    write(2);
    JudgedViews bare = made_up(2);
    bare.geometry.clear();
    bare.key = "rated";
    {
        PairFileWriter writer(file(), header_);
        ASSERT_EQ(writer.present().size(), 2U);
        EXPECT_EQ(writer.present()[1].rewards, made_up(1).rewards);
        EXPECT_TRUE(writer.present()[1].views.empty());
        writer.append(bare);
    }
    const PairFile found = read_pair_file(file());
    EXPECT_EQ(found.header.base_digest, "abc");
    ASSERT_EQ(found.judged.size(), 3U);
    expect_same(found.judged[0], made_up(0));
    expect_same(found.judged[1], made_up(1));
    expect_same(found.judged[2], bare);
    EXPECT_NE(found.digest, "");
}

// Whatever a killed writer leaves: what was complete is there, and writing goes on after it.
TEST_F(PreferencePairs, SurvivesTruncationAnywhere) {
    write(3);
    const std::string whole = render::read_file(file());
    std::vector<std::size_t> ends;  // of 0, 1, 2, 3 judged
    for (int count = 0; count <= 3; ++count) {
        std::filesystem::remove(file());
        write(count);
        ends.push_back(std::filesystem::file_size(file()));
    }
    ASSERT_EQ(ends.back(), whole.size());
    for (std::size_t bytes = 0; bytes <= whole.size(); bytes += bytes + 23 < whole.size() ? 23 : 1) {
        std::ofstream(file(), std::ios::binary | std::ios::trunc).write(whole.data(), static_cast<long>(bytes));
        std::size_t kept = 0;
        while (kept < 3 && ends[kept + 1] <= bytes) ++kept;
        {
            PairFileWriter writer(file(), header_);
            ASSERT_EQ(writer.present().size(), kept) << bytes;
            writer.append(made_up(9));
        }
        const PairFile found = read_pair_file(file());
        ASSERT_EQ(found.judged.size(), kept + 1) << bytes;
        for (std::size_t i = 0; i < kept; ++i) expect_same(found.judged[i], made_up(static_cast<long long>(i)));
        expect_same(found.judged[kept], made_up(9));
    }
}

TEST_F(PreferencePairs, LeavesOutWhatIsDamaged) {
    write(3);
    std::string bytes = render::read_file(file());
    const RecordFile records(file());
    // The first record's description comes after a header of 32 bytes.
    const char* const begin = records.records()[0].description.data() - 32;
    const auto place = reinterpret_cast<const char*>(records.records()[2].payload.data()) - begin;
    bytes[static_cast<std::size_t>(place) + 5] ^= 0x40;
    const auto damaged = folder_.file("damaged.mqr");
    std::ofstream(damaged, std::ios::binary) << bytes;
    const PairFile found = read_pair_file(damaged);
    ASSERT_EQ(found.judged.size(), 2U);
    EXPECT_EQ(found.judged[1].number, 2);
}

TEST_F(PreferencePairs, RefusesOtherFilesAndOtherSettings) {
    write(1);
    EXPECT_THROW(PairFileWriter(file(), {"abd", header_.settings}), InputError);
    EXPECT_THROW(PairFileWriter(file(), {"abc", R"({"seed": 2, "candidates": 2})"}), InputError);
    EXPECT_NO_THROW(PairFileWriter(file(), {"abc", R"({"candidates": 2, "seed": 1})"}));
    EXPECT_THROW(read_pair_file(folder_.file("missing.mqr")), InputError);
    const auto other = folder_.file("other.mqr");
    std::ofstream(other) << std::string(5000, 'x');
    EXPECT_THROW(read_pair_file(other), InputError);
    EXPECT_THROW(PairFileWriter(other, header_), InputError);
    EXPECT_EQ(std::filesystem::file_size(other), 5000U);
}

TEST(PreferredPair, IsTheBestAgainstTheWorstUnlessTheyTie) {
    JudgedViews judged;
    judged.rewards = {0.01, 0.05, -0.02, 0.03};
    EXPECT_EQ(preferred_pair(judged, 0.01), std::pair(1, 2));
    EXPECT_EQ(preferred_pair(judged, 0.07), std::pair(1, 2));
    EXPECT_EQ(preferred_pair(judged, 0.0701), std::nullopt);
    judged.rewards = {0.02, 0.02};
    EXPECT_EQ(preferred_pair(judged, 0), std::nullopt);
}

}  // namespace
}  // namespace maquette::recon
