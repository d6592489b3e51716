#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using ::testing::HasSubstr;

class AssimpReader : public MeshFileTest {};

TEST_F(AssimpReader, Off) {
    const TriangleMesh mesh = read_mesh(put("a.off", "OFF\n4 1 0\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"));
    EXPECT_EQ(mesh.triangles.size(), 2U);
    EXPECT_NEAR(area_of(mesh), 1, 1e-6);
    EXPECT_EQ(mesh.vertices.size(), 4U);
}

TEST_F(AssimpReader, AsciiStlIsWelded) {
    std::string text = "solid a\n";
    for (const char* last : {"vertex 0 1 0", "vertex 0 0 1"}) {
        text += "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n" + std::string(last) +
                "\nendloop\nendfacet\n";
    }
    const TriangleMesh mesh = read_mesh(put("a.stl", text + "endsolid a\n"));
    EXPECT_EQ(mesh.triangles.size(), 2U);
    EXPECT_EQ(mesh.vertices.size(), 4U);
}

TEST_F(AssimpReader, Ac3dWithOffsetsColoursAndTexture) {
    put("PAINT.png", encode_png(Image(1, 1, 3, 77)));
    const std::string text =
        "AC3Db\nMATERIAL \"red\" rgb 1 0.5 0  amb 0 0 0  emis 0 0 0  spec 0 0 0  shi 0  trans 0.25\n"
        "OBJECT world\nkids 1\nOBJECT poly\nname \"plate\"\nloc 10 20 30\ntexture \"paint.png\"\nnumvert 4\n"
        "0 0 0\n2 0 0\n2 0 1\n0 0 1\nnumsurf 1\nSURF 0x20\nmat 0\nrefs 4\n3 0 0\n2 1 0\n1 1 1\n0 0 1\nkids 0\n";
    const TriangleMesh mesh = read_mesh(put("a.ac", text));
    EXPECT_NEAR(area_of(mesh), 2, 1e-5);
    EXPECT_TRUE(mesh.bounding_box().min().isApprox(Eigen::Vector3f(10, 20, 30), 1e-5F));
    const Material& material = mesh.materials.at(static_cast<std::size_t>(mesh.material_ids.at(0)));
    EXPECT_TRUE(material.base_colour.isApprox(Eigen::Vector3f(1, 0.5F, 0), 1e-5F));
    ASSERT_NE(material.base_colour_texture, nullptr);
    EXPECT_EQ(material.base_colour_texture->at(0, 0, 0), 77);
    EXPECT_EQ(mesh.triangle_uvs.size(), mesh.triangles.size());
}

TEST_F(AssimpReader, PolygonsAreTriangulatedHere) {
    const std::string head =
        "AC3Db\nMATERIAL \"a\" rgb 1 1 1  amb 0 0 0  emis 0 0 0  spec 0 0 0  shi 0  trans 0\n"
        "OBJECT world\nkids 1\nOBJECT poly\nnumvert 4\n";
    const std::string tail = "numsurf 1\nSURF 0x20\nmat 0\nrefs 4\n0 0 0\n1 0 0\n2 0 0\n3 0 0\nkids 0\n";
    const TriangleMesh arrow = read_mesh(put("arrow.ac", head + "0 0 0\n2 -1 0\n0.5 0 0\n2 1 0\n" + tail));
    EXPECT_EQ(arrow.triangles.size(), 2U);
    EXPECT_NEAR(area_of(arrow), 0.5, 1e-5);
    EXPECT_THAT(input_error_of([&] { read_mesh(put("line.ac", head + "0 0 0\n1 0 0\n2 0 0\n3 0 0\n" + tail)); }),
                HasSubstr("no triangles"));
    EXPECT_THAT(input_error_of([&] { read_mesh(put("point.ac", head + "0 0 0\n0 0 0\n0 0 0\n0 0 0\n" + tail)); }),
                HasSubstr("no triangles"));
}

TEST_F(AssimpReader, GarbageIsAnInputErrorForEveryFormat) {
    for (const char* extension : {"ply", "stl", "off", "ac", "acc", "3ds", "dae", "fbx"}) {
        const std::string name = std::string("bad.") + extension;
        EXPECT_THROW(read_mesh(put(name, "this is no mesh at all\n1 2 3\n")), InputError) << extension;
        EXPECT_THROW(read_mesh(put(name, "")), InputError) << extension;
    }
}

TEST_F(AssimpReader, LimitsHold) {
    TriangleMesh mesh = make_sphere(0.5F, 6, 8);
    write_mesh(folder_ / "a.stl", mesh);
    MeshLimits limits;
    limits.max_triangles = 10;
    EXPECT_THAT(input_error_of([&] { read_mesh(folder_ / "a.stl", limits); }), HasSubstr("more than 10 triangles"));
    limits = {};
    limits.max_file_bytes = 100;
    EXPECT_THAT(input_error_of([&] { read_mesh(folder_ / "a.stl", limits); }), HasSubstr("limit of 100"));
}

}  // namespace
}  // namespace maquette::render
