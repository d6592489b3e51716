#include "recon/data/shape_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "made_up_shapes.h"
#include "render/error.h"

namespace maquette::recon {
namespace {

using testing::made_up_contents;

constexpr int size = 48;

class ShapeRecordTest : public ::testing::Test {
protected:
    const ShapeContents contents_ = made_up_contents("ball-1", 3, size);
    const EncodedShape encoded_ = encode_shape(contents_, size);
    const ShapeRecord record_{encoded_.description, encoded_.payload};
};

TEST_F(ShapeRecordTest, KeepsTheDescription) {
    const DatasetShape& shape = record_.shape();
    EXPECT_EQ(shape.id, "ball-1");
    EXPECT_EQ(shape.category, "ball");
    EXPECT_EQ(shape.name, contents_.shape.name);
    EXPECT_EQ(shape.library, "made up");
    EXPECT_EQ(shape.split, priors::Split::held_out);
    EXPECT_EQ(shape.duplicate_cluster, 4);
    EXPECT_EQ(shape.view_count, 3);
    EXPECT_TRUE(shape.has_icon);
}

TEST_F(ShapeRecordTest, KeepsOccupancyIconColourAndMaskExactly) {
    EXPECT_EQ(record_.occupancy(32).values, contents_.occupancy_32.values);
    EXPECT_EQ(record_.occupancy(64).values, contents_.occupancy_64.values);
    EXPECT_EQ(record_.icon().width, 31);
    EXPECT_EQ(record_.icon().pixels, contents_.icon.pixels);
    for (int i = 0; i < 3; ++i) {
        const DatasetView view = record_.view_colour(i);
        EXPECT_EQ(view.rgb.pixels, contents_.views[static_cast<std::size_t>(i)].rgb.pixels);
        EXPECT_EQ(view.mask.pixels, contents_.views[static_cast<std::size_t>(i)].mask.pixels);
        EXPECT_TRUE(view.depth.empty());
    }
}

TEST_F(ShapeRecordTest, KeepsCamerasToTheLastBit) {
    const DatasetView& before = contents_.views[2];
    const DatasetView after = record_.view_colour(2);
    EXPECT_EQ(after.camera.width, size);
    EXPECT_EQ(after.camera.height, size);
    EXPECT_EQ(after.camera.projection, render::Camera::Projection::perspective);
    EXPECT_EQ(after.camera.fx, before.camera.fx);
    EXPECT_EQ(after.camera.fy, before.camera.fy);
    EXPECT_EQ(after.camera.cx, before.camera.cx);
    EXPECT_EQ(after.camera.cy, before.camera.cy);
    EXPECT_EQ(after.camera.cam_from_object.matrix(), before.camera.cam_from_object.matrix());
    EXPECT_EQ(after.pose.azimuth, 35.3);
    EXPECT_EQ(after.pose.elevation, before.pose.elevation);
    EXPECT_EQ(after.pose.roll, before.pose.roll);
    EXPECT_EQ(after.pose.field_of_view, before.pose.field_of_view);
    EXPECT_EQ(after.pose.distance, before.pose.distance);
}

TEST_F(ShapeRecordTest, DistanceIsClampedAndWithinAThousandth) {
    for (const int resolution : {32, 64}) {
        const render::SignedDistanceGrid& before = resolution == 32 ? contents_.distance_32 : contents_.distance_64;
        const render::SignedDistanceGrid after = record_.distance(resolution);
        ASSERT_EQ(after.values.size(), before.values.size());
        for (std::size_t i = 0; i < after.values.size(); ++i) {
            ASSERT_NEAR(after.values[i], std::clamp(before.values[i], -0.125F, 0.125F), 0.0005F);
        }
        EXPECT_EQ(after.at(0, 0, 0), 0.125F);
        EXPECT_EQ(after.at(resolution / 2, resolution / 2, resolution / 2), -0.125F);
    }
}

TEST_F(ShapeRecordTest, DepthAndNormalsAreCloseAndEmptyStaysEmpty) {
    const DatasetView& before = contents_.views[1];
    DatasetView after = record_.view_colour(1);
    record_.add_geometry(1, after);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const Eigen::Map<const Eigen::Vector3f> normal(&after.normal.at(x, y));
            if (x < size / 2) {
                ASSERT_EQ(after.depth.at(x, y), 0);
                ASSERT_EQ(normal.norm(), 0);
            } else {
                const Eigen::Map<const Eigen::Vector3f> expected(&before.normal.at(x, y));
                ASSERT_NEAR(after.depth.at(x, y), before.depth.at(x, y), 1e-5);
                ASSERT_NEAR(normal.norm(), 1, 1e-5);
                ASSERT_GT(normal.dot(expected), 0.9999F);
            }
        }
    }
}

TEST(ShapeRecord, KeepsAShapeWithoutIconAndAnEmptyOrFlatView) {
    ShapeContents contents = made_up_contents("plain", 2, 16);
    contents.icon = {};
    contents.views[0].depth = render::FloatImage(16, 16, 1);
    contents.views[1].depth = render::FloatImage(16, 16, 1, 2.25F);
    const EncodedShape encoded = encode_shape(contents, 16);
    const ShapeRecord record(encoded.description, encoded.payload);
    EXPECT_FALSE(record.shape().has_icon);
    EXPECT_TRUE(record.icon().empty());
    DatasetView view = record.view_colour(0);
    record.add_geometry(0, view);
    EXPECT_EQ(view.depth.pixels, contents.views[0].depth.pixels);
    record.add_geometry(1, view);
    EXPECT_EQ(view.depth.pixels, contents.views[1].depth.pixels);
}

TEST_F(ShapeRecordTest, RefusesWhatIsNotThere) {
    EXPECT_THROW(static_cast<void>(record_.view_colour(3)), UsageError);
    EXPECT_THROW(static_cast<void>(record_.view_colour(-1)), UsageError);
    EXPECT_THROW(static_cast<void>(record_.occupancy(48)), UsageError);
    EXPECT_THROW(static_cast<void>(record_.distance(-32)), UsageError);
}

TEST_F(ShapeRecordTest, RefusesToEncodeOtherSizes) {
    ShapeContents contents = contents_;
    EXPECT_THROW(encode_shape(contents, size + 1), UsageError);
    contents.distance_64 = render::SignedDistanceGrid(32);
    EXPECT_THROW(encode_shape(contents, size), UsageError);
    contents = contents_;
    contents.icon = render::Image(4, 4, 3);
    EXPECT_THROW(encode_shape(contents, size), UsageError);
}

TEST_F(ShapeRecordTest, NamesTheShapeWhoseBytesAreDamaged) {
    std::vector<std::uint8_t> payload = encoded_.payload;
    payload[payload.size() - 100] ^= 1;
    const ShapeRecord record(encoded_.description, payload);
    DatasetView view = record.view_colour(2);
    try {
        record.add_geometry(2, view);
        FAIL() << "damage went unnoticed";
    } catch (const InputError& error) {
        EXPECT_NE(std::string(error.what()).find("ball-1"), std::string::npos) << error.what();
    }
}

TEST_F(ShapeRecordTest, RefusesDescriptionsThatDoNotFit) {
    const auto changed = [&](const char* key, const nlohmann::json& value) {
        nlohmann::json description = nlohmann::json::parse(encoded_.description);
        description[key] = value;
        return description.dump();
    };
    EXPECT_THROW(ShapeRecord("not JSON", encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord("{}", encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord(changed("kind", "song"), encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord(changed("views", 4), encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord(changed("views", "many"), encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord(changed("image_size", 1 << 30), encoded_.payload), InputError);
    EXPECT_THROW(ShapeRecord(encoded_.description, std::span(encoded_.payload).first(100)), InputError);
    EXPECT_NO_THROW(ShapeRecord(changed("category", "sphere"), encoded_.payload));
}

TEST(DatasetHeader, DigestChangesWithEveryOption) {
    const DatasetHeader header{"abc", 24, 128, 1};
    EXPECT_EQ(header.digest().size(), 64U);
    EXPECT_EQ(decode_header(encode_header(header), "file").digest(), header.digest());
    EXPECT_NE((DatasetHeader{"abd", 24, 128, 1}).digest(), header.digest());
    EXPECT_NE((DatasetHeader{"abc", 23, 128, 1}).digest(), header.digest());
    EXPECT_NE((DatasetHeader{"abc", 24, 64, 1}).digest(), header.digest());
    EXPECT_NE((DatasetHeader{"abc", 24, 128, 2}).digest(), header.digest());
    EXPECT_THROW(decode_header("{}", "file"), InputError);
    EXPECT_THROW(decode_header("[1]", "file"), InputError);
    EXPECT_THROW(decode_header(R"({"kind":"maquette dataset","format":99})", "file"), InputError);
    EXPECT_THROW(decode_header(R"({"kind":"maquette dataset","format":2})", "file"), InputError);
}

}  // namespace
}  // namespace maquette::recon
