#include "recon/data/dataset_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>

#include "made_up_shapes.h"
#include "recon/data/record_file.h"
#include "render/error.h"
#include "render/parallel.h"
#include "temporary_folder.h"

namespace maquette::recon {
namespace {

using testing::contents_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::made_up_contents;
using testing::made_up_view;
using testing::TemporaryFolder;
using testing::write_contents;

priors::CatalogueEntry entry(const std::string& id, priors::Split split = priors::Split::train) {
    priors::CatalogueEntry made;
    made.id = id;
    made.category = "block";
    made.name = "Block " + id;
    made.library = "made up";
    made.split = split;
    return made;
}

DatasetOptions small() {
    DatasetOptions options;
    options.views = 3;
    options.image_size = 32;
    return options;
}

/// Boxes whose proportions, and made-up contents whose pictures, follow from their ids.
struct Boxes {
    std::vector<priors::CatalogueEntry> entries;
    std::atomic<int> loaded{0};

    explicit Boxes(int count) {
        for (int i = 0; i < count; ++i) {
            entries.push_back(entry("box-" + std::to_string(i)));
        }
    }

    ShapeSource rendered() {
        return {entries, "digest of the table",
                [this](const priors::CatalogueEntry& wanted) {
                    ++loaded;
                    if (wanted.id == "broken") {
                        throw InputError("no triangles");
                    }
                    return render::make_box({1, 0.3F + 0.01F * static_cast<float>(wanted.id.back() - '0'), 0.5F});
                },
                [](const priors::CatalogueEntry&) { return render::Image(8, 8, 4, 99); }};
    }

    /// For what does not look at the pictures: a hundred times faster.
    ShapeSource made_up() {
        ShapeSource source = rendered();
        source.make = [](const DatasetShape& shape, const render::TriangleMesh&, render::Image icon,
                         const DatasetOptions& options) {
            ShapeContents contents = made_up_contents(shape.id, 0, options.image_size);
            contents.shape = shape;
            contents.icon = std::move(icon);
            for (int i = 0; i < options.views; ++i) {
                contents.views.push_back(
                    made_up_view(options.image_size, static_cast<unsigned>(shape.id.back() * 100 + i)));
            }
            return contents;
        };
        return source;
    }
};

std::vector<std::string> ids_of(const ShapeDataset& dataset) {
    std::vector<std::string> ids;
    for (const DatasetShape& shape : dataset.shapes()) {
        ids.push_back(shape.id);
    }
    return ids;
}

void build(Boxes& boxes, const std::filesystem::path& file, const DatasetOptions& options = small()) {
    build_dataset(boxes.made_up(), file, options, {}, {});
}

void expect_same(const ShapeDataset& first, const ShapeDataset& second) {
    ASSERT_EQ(ids_of(first), ids_of(second));
    EXPECT_EQ(first.digest(), second.digest());
    for (int shape = 0; shape < static_cast<int>(first.shapes().size()); ++shape) {
        EXPECT_EQ(first.occupancy(shape, 32).values, second.occupancy(shape, 32).values);
        EXPECT_EQ(first.distance(shape, 64).values, second.distance(shape, 64).values);
        for (int i = 0; i < first.shapes()[static_cast<std::size_t>(shape)].view_count; ++i) {
            const DatasetView a = first.view(shape, i);
            const DatasetView b = second.view(shape, i);
            EXPECT_EQ(a.camera.cam_from_object.matrix(), b.camera.cam_from_object.matrix());
            EXPECT_EQ(a.rgb.pixels, b.rgb.pixels);
            EXPECT_EQ(a.depth.pixels, b.depth.pixels);
            EXPECT_EQ(a.normal.pixels, b.normal.pixels);
        }
    }
}

TEST(DatasetBuilder, FieldsAndViewsShowTheShape) {
    const TemporaryFolder folder;
    Boxes boxes(1);
    build_dataset(boxes.rendered(), folder.file("set"), small(), {}, {});
    const ShapeDataset dataset(folder.file("set"));
    ASSERT_THAT(ids_of(dataset), ElementsAre("box-0"));
    EXPECT_EQ(dataset.shapes()[0].category, "block");
    EXPECT_EQ(dataset.shapes()[0].split, priors::Split::train);
    EXPECT_EQ(dataset.shapes()[0].view_count, 3);

    const render::VoxelGrid occupancy = dataset.occupancy(0, 32);
    EXPECT_EQ(occupancy.at(16, 16, 16), 1);
    EXPECT_EQ(occupancy.at(2, 16, 16), 1);
    EXPECT_EQ(occupancy.at(16, 29, 16), 0);
    const render::SignedDistanceGrid distance = dataset.distance(0, 64);
    const Eigen::Vector3f at = distance.centre(32, 42, 32);
    EXPECT_NEAR(distance.at(32, 42, 32), at.y() - 0.15F, 0.002);

    for (int i = 0; i < 3; ++i) {
        const DatasetView view = dataset.view(0, i);
        const auto centre = view.camera.project(Eigen::Vector3d::Zero());
        ASSERT_TRUE(centre.has_value());
        const int x = static_cast<int>(centre->x());
        const int y = static_cast<int>(centre->y());
        EXPECT_EQ(view.mask.at(x, y), 255);
        EXPECT_EQ(view.mask.at(0, 0), 0);
        EXPECT_EQ(view.rgb.at(0, 0, 1), 255);
        EXPECT_GT(view.depth.at(x, y), view.pose.distance - 0.6);
        EXPECT_LT(view.depth.at(x, y), view.pose.distance - 0.1);
        const Eigen::Map<const Eigen::Vector3f> normal(&view.normal.at(x, y));
        EXPECT_LT(normal.z(), 0);
    }
}

TEST(DatasetBuilder, LeavesOutExcludedAndCrossAndBrokenShapes) {
    const TemporaryFolder folder;
    Boxes boxes(1);
    boxes.entries.push_back(entry("broken"));
    boxes.entries.push_back(entry("away-2", priors::Split::excluded));
    boxes.entries.push_back(entry("plane-3", priors::Split::cross));
    boxes.entries.push_back(entry("novel-4", priors::Split::novel));
    ::testing::internal::CaptureStderr();
    build(boxes, folder.file("set"));
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("shape broken: left out: no triangles"));
    EXPECT_THAT(ids_of(ShapeDataset(folder.file("set"))), ElementsAre("box-0", "novel-4"));

    DatasetOptions options = small();
    options.with_optional = true;
    ::testing::internal::CaptureStderr();
    build(boxes, folder.file("set"), options);
    ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(ids_of(ShapeDataset(folder.file("set"))), ElementsAre("box-0", "novel-4", "plane-3"));
    EXPECT_EQ(boxes.loaded, 3 + 2) << "only the broken and the new shape are loaded again";
}

TEST(DatasetBuilder, SaysWhenNothingCouldBeRead) {
    const TemporaryFolder folder;
    Boxes boxes(0);
    boxes.entries.push_back(entry("broken"));
    ::testing::internal::CaptureStderr();
    EXPECT_THROW(build(boxes, folder.file("set")), InputError);
    ::testing::internal::GetCapturedStderr();
}

TEST(DatasetBuilder, KeepsIconsAndDoesWithoutThem) {
    const TemporaryFolder folder;
    Boxes boxes(2);
    boxes.entries[1].icon = "icon.png";
    build(boxes, folder.file("set"));
    const ShapeDataset dataset(folder.file("set"));
    EXPECT_FALSE(dataset.shapes()[0].has_icon);
    EXPECT_TRUE(dataset.shapes()[1].has_icon);
    EXPECT_EQ(dataset.icon(1).at(7, 7, 3), 99);

    ShapeSource source = boxes.made_up();
    source.load_icon = [](const priors::CatalogueEntry&) -> render::Image { throw InputError("not a picture"); };
    ::testing::internal::CaptureStderr();
    build_dataset(source, folder.file("other"), small(), {}, {});
    EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("box-1: kept without its icon"));
    EXPECT_FALSE(ShapeDataset(folder.file("other")).shapes()[1].has_icon);
}

TEST(DatasetBuilder, SameBitsWithAnyNumberOfThreads) {
    const TemporaryFolder folder;
    Boxes boxes(2);
    render::set_thread_count(1);
    build_dataset(boxes.rendered(), folder.file("one"), small(), {}, {});
    render::set_thread_count(2);
    build_dataset(boxes.rendered(), folder.file("two"), small(), {}, {});
    render::set_thread_count(0);
    expect_same(ShapeDataset(folder.file("one")), ShapeDataset(folder.file("two")));
}

TEST(DatasetBuilder, ReportsProgress) {
    const TemporaryFolder folder;
    Boxes boxes(3);
    std::vector<int> done;
    const auto progress = [&](const BuildProgress& state) {
        done.push_back(state.done);
        EXPECT_EQ(state.total, 3);
        EXPECT_GE(state.seconds_left, 0);
    };
    build_dataset(boxes.made_up(), folder.file("set"), small(), progress, {});
    EXPECT_THAT(done, ElementsAre(0, 1, 2, 3));
    done.clear();
    build_dataset(boxes.made_up(), folder.file("set"), small(), progress, {});
    EXPECT_THAT(done, ElementsAre(3));
    EXPECT_EQ(boxes.loaded, 3);
}

TEST(DatasetBuilder, StopsBetweenShapesAndGoesOnLater) {
    const TemporaryFolder folder;
    Boxes boxes(5);
    std::stop_source stop;
    render::set_thread_count(1);
    build_dataset(
        boxes.made_up(), folder.file("set"), small(),
        [&](const BuildProgress& state) {
            if (state.done == 2) {
                stop.request_stop();
            }
        },
        stop.get_token());
    render::set_thread_count(0);
    EXPECT_EQ(ShapeDataset(folder.file("set")).shapes().size(), 2U);
    build(boxes, folder.file("set"));
    EXPECT_EQ(boxes.loaded, 5);
    build(boxes, folder.file("whole"));
    expect_same(ShapeDataset(folder.file("set")), ShapeDataset(folder.file("whole")));
}

TEST(DatasetBuilder, WritesOverATornTail) {
    const TemporaryFolder folder;
    Boxes boxes(3);
    build(boxes, folder.file("whole"));
    const std::string whole = contents_of(folder.file("whole"));
    // Inside the last payload, inside its header, and inside the dataset's own first record.
    const std::uint64_t last_payload = RecordFile(folder.file("whole")).records().back().payload.size();
    const std::string description(RecordFile(folder.file("whole")).records().back().description);
    for (const std::size_t kept :
         {whole.size() - 1000, whole.size() - last_payload - description.size() - 20, std::size_t{20}}) {
        write_contents(folder.file("torn"), whole.substr(0, kept));
        build(boxes, folder.file("torn"));
        expect_same(ShapeDataset(folder.file("torn")), ShapeDataset(folder.file("whole")));
        EXPECT_EQ(contents_of(folder.file("torn")).size(), whole.size());
    }
}

TEST(DatasetBuilder, MakesDamagedShapesAgain) {
    const TemporaryFolder folder;
    Boxes boxes(3);
    build(boxes, folder.file("whole"));
    build(boxes, folder.file("set"));
    std::string bytes = contents_of(folder.file("set"));
    const RecordFile file(folder.file("set"));
    const auto* first_description = reinterpret_cast<const std::uint8_t*>(file.records()[0].description.data());
    const auto first_payload = static_cast<std::size_t>(file.records()[1].payload.data() - first_description) + 32;
    bytes[first_payload + 500] ^= 1;
    write_contents(folder.file("damaged"), bytes);
    build(boxes, folder.file("damaged"));
    EXPECT_EQ(boxes.loaded, 7);
    expect_same(ShapeDataset(folder.file("damaged")), ShapeDataset(folder.file("whole")));
}

TEST(DatasetBuilder, RefusesAFileOfOtherOptionsOrOfSomethingElse) {
    const TemporaryFolder folder;
    Boxes boxes(1);
    build(boxes, folder.file("set"));
    const std::string before = contents_of(folder.file("set"));
    DatasetOptions options = small();
    options.seed = 9;
    try {
        build(boxes, folder.file("set"), options);
        FAIL() << "accepted";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("delete it or choose another --output"));
        EXPECT_THAT(error.what(), HasSubstr("seed 9"));
    }
    EXPECT_EQ(contents_of(folder.file("set")), before);

    const std::string diary = "Dear diary, today nobody overwrote me. " + std::string(200, '!');
    write_contents(folder.file("diary"), diary);
    EXPECT_THROW(build(boxes, folder.file("diary")), InputError);
    EXPECT_EQ(contents_of(folder.file("diary")), diary);
}

TEST(DatasetBuilder, RefusesImpossibleOptions) {
    const TemporaryFolder folder;
    Boxes boxes(1);
    DatasetOptions options = small();
    options.views = 0;
    EXPECT_THROW(build(boxes, folder.file("set"), options), UsageError);
    options = small();
    options.image_size = 5;
    EXPECT_THROW(build(boxes, folder.file("set"), options), UsageError);
    EXPECT_FALSE(std::filesystem::exists(folder.file("set")));
}

constexpr const char* killed_output = "MAQUETTE_TEST_KILLED_OUTPUT";

/// Run in a process of its own by the test below.
TEST(DatasetBuilder, DISABLED_BuildThatKillsItself) {
    const char* output = std::getenv(killed_output);
    ASSERT_NE(output, nullptr);
    Boxes boxes(6);
    build_dataset(boxes.made_up(), output, small(),
                  [](const BuildProgress& state) {
                      if (state.done == 3) {
                          ::kill(::getpid(), SIGKILL);
                      }
                  },
                  {});
}

TEST(DatasetBuilder, SurvivesBeingKilled) {
    const TemporaryFolder folder;
    const std::string output = folder.file("killed").string();
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        ::setenv(killed_output, output.c_str(), 1);
        ::execl("/proc/self/exe", "test", "--gtest_also_run_disabled_tests",
                "--gtest_filter=DatasetBuilder.DISABLED_BuildThatKillsItself", "--gtest_brief=1", nullptr);
        ::_exit(1);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_EQ(WTERMSIG(status), SIGKILL);

    EXPECT_EQ(ShapeDataset(output).shapes().size(), 3U);
    Boxes boxes(6);
    build(boxes, output);
    EXPECT_EQ(boxes.loaded, 3);
    build(boxes, folder.file("whole"));
    expect_same(ShapeDataset(output), ShapeDataset(folder.file("whole")));
}

}  // namespace
}  // namespace maquette::recon
