#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <map>

#include "render/error.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string corners = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";

TriangleMesh parse(const std::string& text, const std::map<std::string, std::string>& files = {},
                   const MeshLimits& limits = {}) {
    const auto open = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = files.find(name);
        return found == files.end() ? std::nullopt : std::optional(found->second);
    };
    return parse_obj(text, "test.obj", open, limits);
}

std::string problem(const std::string& text, const MeshLimits& limits = {}) {
    return input_error_of([&] { parse(text, {}, limits); });
}

/// Processor time: the clock on the wall would measure the machine's other work.
double processor_seconds() {
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

TEST(ObjReader, ReadsPolygonsWithEveryKindOfCorner) {
    const std::string attributes = corners + "vt 0 0\nvt 1 0\nvt 1 1\nvn 0 0 2\n";
    for (const char* face : {"f 1 2 3 4", "f 1/1 2/2 3/3 4/1", "f 1//1 2//1 3//1 4//1", "f 1/1/1 2/2/1 3/3/1 4/1/1",
                             "f -4 -3 -2 -1", "f\t1  2 \\\n 3 4 ", "f 1 2 3 4 # a square"}) {
        const TriangleMesh mesh = parse(attributes + face + "\n");
        EXPECT_EQ(mesh.triangles.size(), 2U) << face;
        EXPECT_DOUBLE_EQ(area_of(mesh), 1) << face;
        EXPECT_EQ(mesh.vertices.size(), 4U);
    }
}

TEST(ObjReader, NormalsAreKeptOnlyWhereVerticesHaveOneEach) {
    const TriangleMesh one = parse(corners + "vn 0 0 2\nf 1//1 2//1 3//1 4//1\n");
    ASSERT_EQ(one.vertex_normals.size(), 4U);
    EXPECT_EQ(one.vertex_normals[2], Eigen::Vector3f(0, 0, 1));
    EXPECT_TRUE(parse(corners + "vn 0 0 1\nvn 1 0 0\nf 1//1 2//1 3//1\nf 1//2 3//2 4//2\n").vertex_normals.empty());
    EXPECT_TRUE(parse(corners + "vn 0 0 1\nf 1//1 2//1 3//1\n").vertex_normals.empty());
}

TEST(ObjReader, LineEndingsByteOrderMarkAndUnknownStatements) {
    EXPECT_EQ(parse("\xEF\xBB\xBFo thing\r\nv 0 0 0\r\nv 1 0 0\r\nv 0 1 0\r\ns off\r\nf 1 2 3\r\n").triangles.size(),
              1U);
    EXPECT_EQ(parse("v 0 0 0\rv 1 0 0\rv 0 1 0\rf 1 2 3").triangles.size(), 1U);
    EXPECT_EQ(parse("v 0 0 0\nv 1 0 0\nv 0 1 0\n\n  # c\nl 1 2\np 1\ncurv 0 1 1 2\nf 1 2 3").triangles.size(), 1U);
}

TEST(ObjReader, NumbersInOddShapes) {
    const TriangleMesh mesh = parse("v +1.5e0 1e-400 -0\nv 1E1 .5 2.\nv 0 1 0 1\nf 1 2 3\n");
    EXPECT_EQ(mesh.vertices[0], Eigen::Vector3f(1.5F, 0, 0));
    EXPECT_EQ(mesh.vertices[1], Eigen::Vector3f(10, 0.5F, 2));
    EXPECT_TRUE(mesh.vertex_colours.empty());
}

TEST(ObjReader, VertexColours) {
    const TriangleMesh mesh = parse("v 0 0 0 1 0 0\nv 1 0 0 0 1 0\nv 0 1 0 0.25 0.5 1\nf 1 2 3\n");
    ASSERT_EQ(mesh.vertex_colours.size(), 3U);
    EXPECT_EQ(mesh.vertex_colours[2], Eigen::Vector3f(0.25F, 0.5F, 1));
    const TriangleMesh bytes = parse("v 0 0 0 255 0 51\nv 1 0 0 0 1 0\nv 0 1 0 0 0 0\nf 1 2 3\n");
    EXPECT_TRUE(bytes.vertex_colours[0].isApprox(Eigen::Vector3f(1, 0, 0.2F)));
}

TEST(ObjReader, RefusalsNameTheLine) {
    EXPECT_THAT(problem(corners + "f 1 2 9\n"),
                AllOf(HasSubstr("test.obj: line 5"), HasSubstr("vertex 9"), HasSubstr("4")));
    EXPECT_THAT(problem(corners + "f -5 1 2\n"), AllOf(HasSubstr("line 5"), HasSubstr("-5")));
    EXPECT_THAT(problem(corners + "f 0 1 2\n"), HasSubstr("indices start at 1"));
    EXPECT_THAT(problem(corners + "f 1 2 99999999999999999999\n"), HasSubstr("line 5"));
    EXPECT_THAT(problem(corners + "f 1 2 x\n"), HasSubstr("not an index"));
    EXPECT_THAT(problem(corners + "f 1/7 2/7 3/7\n"), AllOf(HasSubstr("line 5"), HasSubstr("texture coordinate 7")));
    EXPECT_THAT(problem(corners + "\n\nf 1//3 2//3 3//3\n"), AllOf(HasSubstr("line 7"), HasSubstr("normal 3")));
    EXPECT_THAT(problem("v 0 0 nan\n"), AllOf(HasSubstr("line 1"), HasSubstr("finite")));
    EXPECT_THAT(problem("v 0 inf 0\n"), HasSubstr("finite"));
    EXPECT_THAT(problem("v 1e39 0 0\n"), HasSubstr("finite"));
    EXPECT_THAT(problem("v 1e999 0 0\n"), HasSubstr("finite"));
    EXPECT_THAT(problem("v 0 0\n"), HasSubstr("too few"));
    EXPECT_THAT(problem("v 0 zero 0\n"), HasSubstr("`zero`"));
    EXPECT_THAT(problem(corners + "l 1 2\n"), HasSubstr("no faces"));
    EXPECT_THAT(problem(""), HasSubstr("no faces"));
}

TEST(ObjReader, TextureCoordinatesMayFollowTheirFaces) {
    const TriangleMesh mesh = parse(corners + "f 1/1 2/2 3/3\nvt 0 0\nvt 1 0\nvt 1 1\n");
    ASSERT_EQ(mesh.triangle_uvs.size(), 1U);
    EXPECT_EQ(mesh.triangle_uvs[0][2], Eigen::Vector2f(1, 1));
}

TEST(ObjReader, LimitsHoldWhileParsing) {
    MeshLimits limits;
    limits.max_triangles = 1;
    EXPECT_THAT(problem(corners + "f 1 2 3 4\n", limits),
                AllOf(HasSubstr("more than 1 triangles"), HasSubstr("line 5")));
    limits = {};
    limits.max_vertices = 3;
    EXPECT_THAT(problem(corners, limits), HasSubstr("more than 3 vertices"));
    limits = {};
    limits.max_file_bytes = 10;
    EXPECT_THAT(problem(corners, limits), HasSubstr("limit of 10"));
}

TEST(ObjReader, TenMillionFacesAreRefusedSoon) {
    std::string text = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
    text.reserve(text.size() + 8 * 10000000);
    for (int i = 0; i < 10000000; ++i) {
        text += "f 1 2 3\n";
    }
    const double begin = processor_seconds();
    EXPECT_THAT(problem(text), HasSubstr("5000000 triangles, the limit"));
    EXPECT_LT(processor_seconds() - begin, 10);
}

TEST(ObjReader, MaterialsAndTextures) {
    Image picture(2, 1, 3);
    picture.pixels = {255, 0, 0, 0, 0, 255};
    const std::string mtl =
        "newmtl red paint\r\nKd 0.5 0.25 1\r\nTr 0.25\r\n"
        "newmtl wood\nkd 0 0 0\nd 0.5\nmap_Kd -s 2 3 1 -o 0.5 0 -clamp on tex\\wood grain.png\n"
        "newmtl odd\nKd red\nd nan\nmap_Kd missing.png\n";
    const std::string text = "mtllib my things.mtl\n" + corners +
                             "vt 0.5 1\nusemtl red paint\nf 1/1 2/1 3/1\nusemtl wood\nf 1/1 3/1 4/1\n"
                             "usemtl odd\nf 1 2 4\nusemtl nowhere\nf 2 3 4\n";
    const TriangleMesh mesh = parse(text, {{"my things.mtl", mtl}, {"tex/wood grain.png", encode_png(picture)}});
    ASSERT_EQ(mesh.materials.size(), 4U);
    EXPECT_EQ(mesh.material_ids, (std::vector<int>{0, 1, 2, 3}));
    EXPECT_EQ(mesh.materials[0].base_colour, Eigen::Vector3f(0.5F, 0.25F, 1));
    EXPECT_FLOAT_EQ(mesh.materials[0].opacity, 0.75F);
    ASSERT_NE(mesh.materials[1].base_colour_texture, nullptr);
    EXPECT_EQ(mesh.materials[1].base_colour_texture->at(1, 0, 2), 255);
    EXPECT_EQ(mesh.materials[1].base_colour, Eigen::Vector3f(1, 1, 1));
    EXPECT_FLOAT_EQ(mesh.materials[1].opacity, 0.5F);
    EXPECT_EQ(mesh.triangle_uvs[0][0], Eigen::Vector2f(0.5F, 1));
    EXPECT_EQ(mesh.triangle_uvs[1][0], Eigen::Vector2f(1.5F, 3));
    EXPECT_EQ(mesh.materials[2].base_colour_texture, nullptr);
    EXPECT_FLOAT_EQ(mesh.materials[2].opacity, 1);
    EXPECT_EQ(mesh.materials[3].name, "nowhere");
}

TEST(ObjReader, MissingMaterialLibraryIsTolerated) {
    const TriangleMesh mesh = parse("mtllib gone.mtl\n" + corners + "f 1 2 3\nusemtl a\nf 1 3 4\n");
    EXPECT_EQ(mesh.material_ids, (std::vector<int>{-1, 0}));
    EXPECT_NO_THROW(parse_obj("mtllib a\n" + corners + "usemtl a\nf 1 2 3\n", "x", nullptr));
}

TEST(ObjReader, FacesWithRepeatedCornersVanish) {
    EXPECT_EQ(parse(corners + "f 1 1 2\nf 1 2 3\n").triangles.size(), 1U);
    EXPECT_THAT(problem(corners + "f 1 1 2\n"), HasSubstr("no faces"));
}

TEST(ObjReader, ReadsTwoHundredThousandTrianglesFast) {
    std::string text;
    const int side = 318;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            text += "v " + std::to_string(x * 0.013) + " " + std::to_string(y * 0.017) + " 0.25\n";
        }
    }
    for (int y = 0; y + 1 < side; ++y) {
        for (int x = 0; x + 1 < side; ++x) {
            const int a = y * side + x + 1;
            text += "f " + std::to_string(a) + " " + std::to_string(a + 1) + " " + std::to_string(a + side + 1) + " " +
                    std::to_string(a + side) + "\n";
        }
    }
    const double begin = processor_seconds();
    const TriangleMesh mesh = parse(text);
    const double seconds = processor_seconds() - begin;
    EXPECT_EQ(mesh.triangles.size(), 2U * 317 * 317);
    // 0.1 s on one core; the margin is for sanitizers and busy machines.
    EXPECT_LT(seconds, 3);
    RecordProperty("milliseconds", static_cast<int>(1000 * seconds));
}

class ObjFiles : public MeshFileTest {};

TEST_F(ObjFiles, NamesAreFoundWhateverTheirCase) {
    put("Lib/Paint.MTL", "newmtl a\nKd 0.25 0.5 0.75\nmap_Kd C:\\work\\PIC.png\n");
    Image picture(1, 1, 3, 9);
    put("pic.PNG", encode_png(picture));
    const auto path = put("thing.OBJ", "mtllib lib\\paint.mtl\n" + corners + "vt 0 0\nusemtl a\nf 1/1 2/1 3/1\n");
    const TriangleMesh mesh = read_mesh(path);
    EXPECT_EQ(mesh.materials.at(0).base_colour, Eigen::Vector3f(1, 1, 1));  // a texture stands in for Kd
    ASSERT_NE(mesh.materials[0].base_colour_texture, nullptr);
    EXPECT_EQ(mesh.materials[0].base_colour_texture->pixels, picture.pixels);
}

TEST_F(ObjFiles, UnknownExtensionsAndMissingFiles) {
    EXPECT_THAT(input_error_of([&] { read_mesh(put("a.xyzzy", "")); }), AllOf(HasSubstr("xyzzy"), HasSubstr("glb")));
    EXPECT_THAT(input_error_of([&] { read_mesh(put("bare", "")); }), HasSubstr("without an extension"));
    EXPECT_THAT(input_error_of([&] { read_mesh(folder_ / "gone.obj"); }), HasSubstr("gone.obj"));
    EXPECT_THAT(input_error_of([&] { read_mesh(folder_ / "gone.stl"); }), HasSubstr("no such file"));
}

}  // namespace
}  // namespace maquette::render
