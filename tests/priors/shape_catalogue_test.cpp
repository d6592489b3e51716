#include "priors/shape_catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zip.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "priors/zip_archive.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"

namespace maquette::priors {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* header =
    "id,category,name,library,creator,licence,package,archive,model,icon,model_rotation,duplicate_cluster,split\n";

/// Longest along Z, half of that along X and a quarter along Y, away from the origin.
constexpr const char* box_obj =
    "mtllib box.mtl\nusemtl red\n"
    "v 10 0 0\nv 12 0 0\nv 12 1 0\nv 10 1 0\nv 10 0 4\nv 12 0 4\nv 12 1 4\nv 10 1 4\n"
    "f 1 4 3 2\nf 5 6 7 8\nf 1 2 6 5\nf 4 8 7 3\nf 1 5 8 4\nf 2 3 7 6\n";

void write_zip(const fs::path& path, const std::map<std::string, std::string>& members) {
    zip_t* zip = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    ASSERT_NE(zip, nullptr);
    for (const auto& [name, bytes] : members) {
        zip_source_t* source = zip_source_buffer(zip, bytes.data(), bytes.size(), 0);
        ASSERT_GE(zip_file_add(zip, name.c_str(), source, ZIP_FL_ENC_UTF_8), 0);
    }
    ASSERT_EQ(zip_close(zip), 0);
}

class ShapeCatalogueTest : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder_ = fs::temp_directory_path() / ("shape_catalogue_" + std::to_string(getpid()) + "_" + test->name());
        fs::create_directories(folder_ / "package");
    }
    void TearDown() override { fs::remove_all(folder_); }

    fs::path table(const std::string& text) {
        const fs::path path = folder_ / "table.csv";
        std::ofstream(path) << text;
        return path;
    }
    ShapeCatalogue catalogue(const std::string& rows) { return {table(header + rows), folder_}; }
    void expect_refused(const std::string& text, const std::string& message) {
        EXPECT_THAT([&] { ShapeCatalogue(table(text), folder_); }, ThrowsMessage<InputError>(HasSubstr(message)))
            << text;
    }

    fs::path folder_;
};

TEST_F(ShapeCatalogueTest, EntriesAreReadColumnByColumn) {
    const auto shapes = catalogue(
        "a-1,chair,\"Chair, \"\"oak\"\"\",Lib,Ann,CC0-1.0,pkg,x/y.zip,m/a.obj,m/a.png,0 0 1 0 1 0 -1 0 0,7,held_out\r\n"
        "b,car,Car,Lib,,GPL-2.0-or-later,pkg,,b.ac,,,-1,cross\n");
    ASSERT_EQ(shapes.entries().size(), 2U);
    const auto& first = shapes.entries()[0];
    EXPECT_EQ(first.id, "a-1");
    EXPECT_EQ(first.category, "chair");
    EXPECT_EQ(first.name, "Chair, \"oak\"");
    EXPECT_EQ(first.creator, "Ann");
    EXPECT_EQ(first.licence, "CC0-1.0");
    EXPECT_EQ(first.package, "pkg");
    EXPECT_EQ(first.archive, "x/y.zip");
    EXPECT_EQ(first.model, "m/a.obj");
    EXPECT_EQ(first.icon, "m/a.png");
    EXPECT_EQ(first.duplicate_cluster, 7);
    EXPECT_EQ(first.split, Split::held_out);
    ASSERT_TRUE(first.model_rotation);
    EXPECT_FLOAT_EQ((*first.model_rotation)(0, 2), 1);
    EXPECT_FLOAT_EQ((*first.model_rotation)(2, 0), -1);
    const auto& second = shapes.entries()[1];
    EXPECT_FALSE(second.model_rotation);
    EXPECT_TRUE(second.archive.empty());
    EXPECT_EQ(second.duplicate_cluster, -1);
    EXPECT_EQ(second.split, Split::cross);
}

TEST_F(ShapeCatalogueTest, DigestIsTheSha256OfTheBytes) {
    const auto empty = catalogue("");
    EXPECT_EQ(empty.digest(), render::sha256_of(header));
    EXPECT_EQ(empty.digest().size(), 64U);
    EXPECT_NE(catalogue("a,c,n,l,c,x,p,a,m,i,,-1,train\n").digest(), empty.digest());
}

TEST_F(ShapeCatalogueTest, MalformedRowsAreRefusedWithTheirLine) {
    const std::string text = header;
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,,-1,train\nb,c,n\n", "table.csv:3: 3 fields where the header has 13");
    expect_refused(text + "\"a,c,n,l,c,x,p,a,m,i,,-1,train\n", "never closed");
    expect_refused(text + "\"a\"a,c,n,l,c,x,p,a,m,i,,-1,train\n", "after a closing quote");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,,-1,trian\n", "table.csv:2: split \"trian\" is not one of train,");
    expect_refused(text + "../a,c,n,l,c,x,p,a,m,i,,-1,train\n", "id \"../a\"");
    expect_refused(text + "a,c,n,l,c,x,p,a,../m,i,,-1,train\n", "path \"../m\"");
    expect_refused(text + "a,c,n,l,c,x,/p,a,m,i,,-1,train\n", "path \"/p\"");
    expect_refused(text + "a,c,n,l,c,,p,a,m,i,,-1,train\n", "must not be empty");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,1 0 0,-1,train\n", "not nine numbers");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,2 0 0 0 1 0 0 0 1,-1,train\n", "not a rotation matrix");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,1 0 0 0 1 0 0 0 -1,-1,train\n", "not a rotation matrix");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,,one,train\n", "duplicate_cluster \"one\"");
    expect_refused(text + "a,c,n,l,c,x,p,a,m,i,,-1,train\na,c,n,l,c,x,p,a,m,i,,-1,train\n",
                   ":3: id \"a\" is there twice");
    expect_refused("id,category\na,b\n", "no column \"model_rotation\"");
    expect_refused("id,id\n", "\"id\" is there twice");
}

TEST_F(ShapeCatalogueTest, MeshComesOutOfTheArchiveInTheObjectFrame) {
    write_zip(folder_ / "package/shapes.zip", {{"m/box.obj", box_obj}, {"m/box.mtl", "newmtl red\nKd 1 0 0\n"}});
    const auto shapes = catalogue(
        "plain,c,n,l,c,x,package,shapes.zip,m/box.obj,,,-1,train\n"
        "turned,c,n,l,c,x,package,shapes.zip,m/box.obj,,0 0 1 0 1 0 -1 0 0,-1,train\n");
    const auto plain = shapes.load_mesh(shapes.entries()[0]);
    EXPECT_EQ(plain.triangles.size(), 12U);
    ASSERT_EQ(plain.materials.size(), 1U);
    EXPECT_EQ(plain.materials[0].name, "red");
    EXPECT_TRUE(plain.bounding_box().min().isApprox(Eigen::Vector3f(-0.25F, -0.125F, -0.5F), 1e-5F));
    EXPECT_TRUE(plain.bounding_box().max().isApprox(Eigen::Vector3f(0.25F, 0.125F, 0.5F), 1e-5F));
    const auto turned = shapes.load_mesh(shapes.entries()[1]);
    EXPECT_TRUE(turned.bounding_box().max().isApprox(Eigen::Vector3f(0.5F, 0.125F, 0.25F), 1e-5F));
    // Object +X is the model's +Z: the rotation is row-major and maps model to object.
    EXPECT_NEAR(turned.vertices[0].x(), -0.5F, 1e-5F);
    EXPECT_NEAR(turned.vertices[0].z(), 0.25F, 1e-5F);
}

TEST_F(ShapeCatalogueTest, MeshComesFromAFileOfThePackageWhenThereIsNoArchive) {
    std::ofstream(folder_ / "package/box.obj") << box_obj;
    const auto shapes = catalogue("plain,c,n,l,c,x,package,,box.obj,,,-1,cross\n");
    EXPECT_TRUE(shapes.load_mesh(shapes.entries()[0])
                    .bounding_box()
                    .max()
                    .isApprox(Eigen::Vector3f(0.25F, 0.125F, 0.5F), 1e-5F));
}

TEST_F(ShapeCatalogueTest, IconsAreAlwaysRgba) {
    render::Image clear(3, 2, 4, 0);
    clear.at(1, 0, 0) = 200;
    clear.at(1, 0, 3) = 128;
    const render::Image opaque(3, 2, 3, 90);
    write_zip(folder_ / "package/shapes.zip",
              {{"clear.png", render::encode_png(clear)}, {"opaque.png", render::encode_png(opaque)}});
    const auto shapes = catalogue(
        "clear,c,n,l,c,x,package,shapes.zip,m,clear.png,,-1,train\n"
        "opaque,c,n,l,c,x,package,shapes.zip,m,opaque.png,,-1,train\n"
        "none,c,n,l,c,x,package,shapes.zip,m,,,-1,train\n");
    const auto first = shapes.load_icon(shapes.entries()[0]);
    EXPECT_EQ(first.channels, 4);
    EXPECT_EQ(first.at(1, 0, 0), 200);
    EXPECT_EQ(first.at(1, 0, 3), 128);
    EXPECT_EQ(first.at(0, 0, 3), 0);
    const auto second = shapes.load_icon(shapes.entries()[1]);
    EXPECT_EQ(second.channels, 4);
    EXPECT_EQ(second.at(2, 1, 2), 90);
    EXPECT_EQ(second.at(2, 1, 3), 255);
    EXPECT_THAT([&] { (void)shapes.load_icon(shapes.entries()[2]); },
                ThrowsMessage<InputError>(HasSubstr("shape none: there is no icon")));
}

TEST_F(ShapeCatalogueTest, WhatIsMissingIsNamed) {
    write_zip(folder_ / "package/shapes.zip", {{"other.obj", box_obj}});
    std::ofstream(folder_ / "package/text.zip") << "this is no zip";
    const auto shapes = catalogue(
        "one,c,n,l,c,x,absent,shapes.zip,m.obj,,,-1,train\n"
        "two,c,n,l,c,x,package,shapes.zip,m.obj,,,-1,train\n"
        "three,c,n,l,c,x,package,text.zip,m.obj,,,-1,train\n");
    const auto load = [&](std::size_t i) { return [&shapes, i] { (void)shapes.load_mesh(shapes.entries()[i]); }; };
    EXPECT_THAT(load(0), ThrowsMessage<InputError>(testing::AllOf(HasSubstr("shape one"), HasSubstr("data fetch"))));
    EXPECT_THAT(load(1), ThrowsMessage<InputError>(HasSubstr("shape two: shapes.zip has no m.obj")));
    EXPECT_THAT(load(2), ThrowsMessage<InputError>(HasSubstr("cannot be opened as a zip")));
}

TEST_F(ShapeCatalogueTest, ZipMembersAreFoundInOtherLetterCaseAndDamageIsSeen) {
    const std::string bytes(5000, 'x');
    const fs::path path = folder_ / "a.zip";
    write_zip(path, {{"Dir/File.TXT", bytes}, {"empty", ""}});
    {
        const ZipArchive archive(path);
        EXPECT_EQ(archive.read("Dir/File.TXT"), bytes);
        EXPECT_EQ(archive.read("dir/file.txt"), bytes);
        EXPECT_EQ(archive.read("empty"), "");
        EXPECT_FALSE(archive.read("Dir"));
    }
    std::string damaged = render::read_file(path);
    const auto payload = damaged.find("Dir/File.TXT") + 14;
    damaged[payload] = static_cast<char>(damaged[payload] ^ 0x55);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_THAT([&] { (void)ZipArchive(path).read("Dir/File.TXT"); },
                ThrowsMessage<InputError>(HasSubstr("Dir/File.TXT cannot be read")));
}

TEST(SplitName, ThereAndBack) {
    for (const auto split :
         {Split::train, Split::validation, Split::held_out, Split::novel, Split::cross, Split::excluded}) {
        EXPECT_EQ(split_from_string(to_string(split)), split);
    }
    EXPECT_EQ(to_string(Split::held_out), "held_out");
    EXPECT_THROW(split_from_string("Train"), InputError);
    EXPECT_THROW(split_from_string(""), InputError);
}

class FrozenTable : public testing::Test {
protected:
    ShapeCatalogue shapes_{fs::path(MAQUETTE_ASSETS) / "shapes.csv", "nowhere"};
};

TEST_F(FrozenTable, IsTheOneThatPublishedFiguresWereMeasuredOn) {
    EXPECT_EQ(shapes_.digest(), "7cf815f756affd741af8b7a141cbba3f19e1a9cceba995b1dbb20dbf806fd690")
        << "the table of shapes is frozen: a change makes every published figure incomparable";
}

TEST_F(FrozenTable, NovelCategoriesAndHeldOutLibrariesNeverTrain) {
    const std::set<std::string> novel = {"cup_bowl", "car",    "tv_screen", "animal",   "shelf_bookcase",
                                         "sink",     "toilet", "aircraft",  "car_torcs"};
    const std::set<std::string> base = {"chair", "table",     "cabinet", "sofa",    "lamp",
                                        "bed",   "appliance", "bottle",  "armchair"};
    std::map<Split, int> counts;
    for (const auto& entry : shapes_.entries()) {
        ++counts[entry.split];
        const bool seen = entry.split == Split::train || entry.split == Split::validation;
        EXPECT_FALSE(seen && novel.count(entry.category) > 0) << entry.id;
        const bool held_out_library = entry.library == "KatorLegaz" || entry.library == "Default";
        EXPECT_FALSE(seen && held_out_library && base.count(entry.category) > 0) << entry.id;
        if (entry.split == Split::validation || entry.split == Split::held_out) {
            EXPECT_EQ(base.count(entry.category), 1U) << entry.id;
        }
    }
    EXPECT_GE(counts[Split::train], 500);
    EXPECT_GE(counts[Split::validation], 30);
    EXPECT_GE(counts[Split::held_out], 40);
    EXPECT_GE(counts[Split::novel], 70);
}

TEST_F(FrozenTable, ADuplicateClusterIsOnOneSide) {
    std::map<int, std::set<Split>> sides;
    for (const auto& entry : shapes_.entries()) {
        if (entry.duplicate_cluster >= 0 && entry.split != Split::excluded) {
            sides[entry.duplicate_cluster].insert(entry.split);
        }
    }
    for (const auto& [cluster, splits] : sides) {
        EXPECT_EQ(splits.size(), 1U) << "cluster " << cluster;
    }
}

TEST(UnpackedPackages, UsableShapesLoad) {
    const char* root = std::getenv("MAQUETTE_PACKAGES");
    if (root == nullptr) {
        GTEST_SKIP() << "set MAQUETTE_PACKAGES to a folder of unpacked packages";
    }
    const ShapeCatalogue shapes(fs::path(MAQUETTE_ASSETS) / "shapes.csv", root);
    int number = 0;
    for (const auto& entry : shapes.entries()) {
        if (entry.split == Split::excluded || entry.split == Split::cross || number++ % 20 != 0) {
            continue;
        }
        SCOPED_TRACE(entry.id);
        const auto mesh = shapes.load_mesh(entry);
        EXPECT_NEAR(mesh.bounding_box().sizes().maxCoeff(), 1, 1e-4);
        EXPECT_EQ(shapes.load_icon(entry).channels, 4);
    }
}

}  // namespace
}  // namespace maquette::priors
