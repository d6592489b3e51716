#include <assimp/postprocess.h>
#include <assimp/scene.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <assimp/Importer.hpp>
#include <cstring>
#include <fstream>

#include "render/io/image_io.h"
#include "render/io/mesh_io.h"
#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TriangleMesh coloured_sphere() {
    TriangleMesh mesh = make_sphere(0.5F, 12, 20);
    compute_vertex_normals(mesh);
    for (const Eigen::Vector3f& vertex : mesh.vertices) {
        mesh.vertex_colours.emplace_back(vertex.array() + 0.5F);
    }
    return mesh;
}

/// Two materials, one with a texture; every corner of a triangle has its own uv, so that all vertices are seams.
TriangleMesh textured_box() {
    TriangleMesh mesh = make_box({1, 0.5F, 0.25F});
    auto picture = std::make_shared<Image>(4, 2, 3);
    for (std::size_t i = 0; i < picture->pixels.size(); ++i) {
        picture->pixels[i] = static_cast<std::uint8_t>(10 * i);
    }
    mesh.materials.resize(2);
    mesh.materials[0].name = "plain";
    mesh.materials[0].base_colour = {0.25F, 0.5F, 0.75F};
    mesh.materials[0].opacity = 0.5F;
    mesh.materials[1].name = "picture";
    mesh.materials[1].base_colour = {1, 1, 1};
    mesh.materials[1].base_colour_texture = picture;
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        mesh.material_ids.push_back(static_cast<int>(i % 2));
        const auto u = static_cast<float>(i) / 16;
        mesh.triangle_uvs.push_back({Eigen::Vector2f(u, 0.25F), Eigen::Vector2f(u, 0.5F), Eigen::Vector2f(u, 1)});
    }
    return mesh;
}

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

float largest_difference(const std::vector<Eigen::Vector3f>& a, const std::vector<Eigen::Vector3f>& b) {
    EXPECT_EQ(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        largest = std::max(largest, (a[i] - b[i]).cwiseAbs().maxCoeff());
    }
    return largest;
}

class MeshWriters : public MeshFileTest {};

TEST_F(MeshWriters, GlbWithVertexColoursComesBackUnchanged) {
    const TriangleMesh mesh = coloured_sphere();
    write_mesh(folder_ / "a.glb", mesh);
    const TriangleMesh read = read_mesh(folder_ / "a.glb");
    EXPECT_EQ(read.vertices, mesh.vertices);
    EXPECT_EQ(read.triangles, mesh.triangles);
    EXPECT_LT(largest_difference(read.vertex_normals, mesh.vertex_normals), 1e-6F);
    EXPECT_LT(largest_difference(read.vertex_colours, mesh.vertex_colours), 1e-5F);
    EXPECT_LT((read.materials.at(0).base_colour - Eigen::Vector3f::Ones()).norm(), 1e-6F);
}

TEST_F(MeshWriters, AssimpReadsTheGlbWithTheSameVerticesAndLinearColours) {
    const TriangleMesh mesh = coloured_sphere();
    write_mesh(folder_ / "a.glb", mesh);
    Assimp::Importer importer;
    const aiScene* scene = importer.ReadFile((folder_ / "a.glb").string(), aiProcess_ValidateDataStructure);
    ASSERT_NE(scene, nullptr) << importer.GetErrorString();
    ASSERT_EQ(scene->mNumMeshes, 1U);
    const aiMesh& read = *scene->mMeshes[0];
    ASSERT_EQ(read.mNumVertices, mesh.vertices.size());
    EXPECT_EQ(read.mNumFaces, mesh.triangles.size());
    ASSERT_TRUE(read.HasVertexColors(0));
    ASSERT_TRUE(read.HasNormals());
    for (std::size_t i = 0; i < mesh.vertices.size(); ++i) {
        EXPECT_EQ(read.mVertices[i].x, mesh.vertices[i].x());
        // The middle of the sRGB range is about a fifth of the light.
        const float srgb = mesh.vertex_colours[i].y();
        EXPECT_NEAR(read.mColors[0][i].g, srgb <= 0.04045F ? srgb / 12.92F : std::pow((srgb + 0.055F) / 1.055F, 2.4F),
                    1e-5);
    }
}

TEST_F(MeshWriters, GlbWithTextureAndMaterials) {
    const TriangleMesh mesh = textured_box();
    write_mesh(folder_ / "a.glb", mesh);
    EXPECT_EQ(files_in(folder_), 1U);
    const TriangleMesh read = read_mesh(folder_ / "a.glb");
    EXPECT_EQ(read.triangles.size(), mesh.triangles.size());
    EXPECT_NEAR(area_of(read), area_of(mesh), 1e-6);
    EXPECT_NEAR(volume_of(read), 0.125, 1e-6);
    ASSERT_EQ(read.materials.size(), 2U);
    EXPECT_LT((read.materials[0].base_colour - mesh.materials[0].base_colour).norm(), 1e-5F);
    EXPECT_FLOAT_EQ(read.materials[0].opacity, 0.5F);
    EXPECT_EQ(read.materials[0].name, "plain");
    ASSERT_NE(read.materials[1].base_colour_texture, nullptr);
    EXPECT_EQ(read.materials[1].base_colour_texture->pixels, mesh.materials[1].base_colour_texture->pixels);
    // The reader has the triangles of the first material first.
    for (std::size_t i = 0; i < mesh.triangles.size(); ++i) {
        const std::size_t source = i < 6 ? 2 * i : 2 * (i - 6) + 1;
        EXPECT_EQ(read.material_ids[i], mesh.material_ids[source]);
        for (int k = 0; k < 3; ++k) {
            EXPECT_EQ(read.triangle_uvs[i][k], mesh.triangle_uvs[source][k]);
            EXPECT_EQ(read.vertices[read.triangles[i][k]], mesh.vertices[mesh.triangles[source][k]]);
        }
    }
}

TEST_F(MeshWriters, ObjWithMaterialsAndTexture) {
    TriangleMesh mesh = textured_box();
    mesh.materials[0].name = "plain white\nnewmtl evil";
    compute_vertex_normals(mesh);
    write_mesh(folder_ / "my box.obj", mesh);
    EXPECT_EQ(files_in(folder_), 3U);
    const TriangleMesh read = read_mesh(folder_ / "my box.obj");
    EXPECT_EQ(read.vertices, mesh.vertices);
    EXPECT_EQ(read.triangles, mesh.triangles);
    EXPECT_EQ(read.material_ids, mesh.material_ids);
    EXPECT_EQ(read.triangle_uvs, mesh.triangle_uvs);
    EXPECT_LT(largest_difference(read.vertex_normals, mesh.vertex_normals), 1e-5F);
    ASSERT_EQ(read.materials.size(), 2U);
    EXPECT_EQ(read.materials[0].base_colour, mesh.materials[0].base_colour);
    EXPECT_FLOAT_EQ(read.materials[0].opacity, 0.5F);
    ASSERT_NE(read.materials[1].base_colour_texture, nullptr);
    EXPECT_EQ(read.materials[1].base_colour_texture->pixels, mesh.materials[1].base_colour_texture->pixels);
}

TEST_F(MeshWriters, ObjWithVertexColours) {
    const TriangleMesh mesh = coloured_sphere();
    write_mesh(folder_ / "a.obj", mesh);
    const TriangleMesh read = read_mesh(folder_ / "a.obj");
    EXPECT_EQ(read.vertices, mesh.vertices);
    EXPECT_EQ(read.vertex_colours, mesh.vertex_colours);
    EXPECT_TRUE(read.materials.empty());
}

TEST_F(MeshWriters, PlyWithNormalsAndColours) {
    const TriangleMesh mesh = coloured_sphere();
    write_mesh(folder_ / "a.ply", mesh);
    const TriangleMesh read = read_mesh(folder_ / "a.ply");
    EXPECT_EQ(read.triangles.size(), mesh.triangles.size());
    EXPECT_NEAR(volume_of(read), volume_of(mesh), 1e-6);
    EXPECT_TRUE(read.materials.empty());
    ASSERT_EQ(read.vertices.size(), mesh.vertices.size());
    EXPECT_LT(largest_difference(read.vertices, mesh.vertices), 1e-7F);
    EXPECT_LT(largest_difference(read.vertex_normals, mesh.vertex_normals), 1e-6F);
    EXPECT_LT(largest_difference(read.vertex_colours, mesh.vertex_colours), 0.51F / 255);
}

TEST_F(MeshWriters, ConfidencesAreVertexAttributes) {
    const TriangleMesh mesh = coloured_sphere();
    std::vector<float> confidence;
    for (const Eigen::Vector3f& vertex : mesh.vertices) confidence.push_back(vertex.y() + 0.5F);
    const auto bytes_of = [&](const char* name) {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    const std::string stored(reinterpret_cast<const char*>(confidence.data()), 4 * confidence.size());
    write_mesh(folder_ / "a.glb", mesh, {.confidence = confidence});
    const std::string glb = bytes_of("a.glb");
    EXPECT_THAT(glb, HasSubstr("\"_CONFIDENCE\""));
    EXPECT_NE(glb.find(stored), std::string::npos);
    EXPECT_EQ(read_mesh(folder_ / "a.glb").vertices, mesh.vertices);

    write_mesh(folder_ / "a.ply", mesh, {.confidence = confidence});
    const std::string ply = bytes_of("a.ply");
    EXPECT_THAT(ply, HasSubstr("property float confidence\n"));
    // Of the first vertex: after position, normal and colour.
    const auto first = ply.find("end_header\n") + std::string("end_header\n").size() + 27;
    float value = 0;
    std::memcpy(&value, ply.data() + first, sizeof value);
    EXPECT_EQ(value, confidence.front());
    EXPECT_EQ(read_mesh(folder_ / "a.ply").triangles.size(), mesh.triangles.size());

    confidence.pop_back();
    EXPECT_THAT(input_error_of([&] { write_mesh(folder_ / "b.glb", mesh, {.confidence = confidence}); }),
                HasSubstr("confidences"));
}

TEST_F(MeshWriters, PlacesInThePriorAndPartsAreVertexAttributes) {
    const TriangleMesh mesh = coloured_sphere();
    std::vector<Eigen::Vector3f> places;
    std::vector<int> parts;
    for (const Eigen::Vector3f& vertex : mesh.vertices) {
        places.push_back(2 * vertex);
        parts.push_back(vertex.y() > 0 ? 3 : -1);
    }
    const VertexFacts facts{.prior_position = places, .part = parts};
    const auto bytes_of = [&](const char* name) {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    write_mesh(folder_ / "a.glb", mesh, facts);
    const std::string glb = bytes_of("a.glb");
    EXPECT_THAT(glb, HasSubstr("\"_PRIOR_POSITION\""));
    EXPECT_THAT(glb, HasSubstr("\"_PART\""));
    EXPECT_THAT(glb, ::testing::Not(HasSubstr("\"_CONFIDENCE\"")));
    const std::string stored(reinterpret_cast<const char*>(places.data()), sizeof(places[0]) * places.size());
    EXPECT_NE(glb.find(stored), std::string::npos);
    EXPECT_EQ(read_mesh(folder_ / "a.glb").vertices, mesh.vertices);

    write_mesh(folder_ / "a.ply", mesh, facts);
    const std::string ply = bytes_of("a.ply");
    // Of the first vertex: after position, normal and colour.
    const auto first = ply.find("end_header\n") + std::string("end_header\n").size() + 27;
    Eigen::Vector3f place;
    std::int32_t part = 0;
    std::memcpy(place.data(), ply.data() + first, sizeof place);
    std::memcpy(&part, ply.data() + first + sizeof place, sizeof part);
    EXPECT_EQ(place, places.front());
    EXPECT_EQ(part, parts.front());
    EXPECT_EQ(read_mesh(folder_ / "a.ply").triangles.size(), mesh.triangles.size());

    parts.pop_back();
    EXPECT_THAT(input_error_of([&] { write_mesh(folder_ / "b.glb", mesh, {.part = parts}); }),
                HasSubstr("part labels"));
    places.pop_back();
    EXPECT_THAT(input_error_of([&] { write_mesh(folder_ / "b.ply", mesh, {.prior_position = places}); }),
                HasSubstr("places in the prior"));
}

TEST_F(MeshWriters, StlIsWeldedOnReading) {
    const TriangleMesh mesh = make_sphere(0.5F, 12, 20);
    write_mesh(folder_ / "a.stl", mesh);
    EXPECT_EQ(std::filesystem::file_size(folder_ / "a.stl"), 84 + 50 * mesh.triangles.size());
    const TriangleMesh read = read_mesh(folder_ / "a.stl");
    EXPECT_EQ(read.vertices.size(), mesh.vertices.size());
    EXPECT_EQ(read.triangles.size(), mesh.triangles.size());
    EXPECT_NEAR(volume_of(read), volume_of(mesh), 1e-6);
}

TEST_F(MeshWriters, FailuresLeaveNothingBehind) {
    const TriangleMesh mesh = textured_box();
    EXPECT_THAT(input_error_of([&] { write_mesh(folder_ / "a.step", mesh); }),
                AllOf(HasSubstr("step"), HasSubstr("glb, obj")));
    EXPECT_THROW(write_mesh(folder_ / "a.glb", TriangleMesh{}), InputError);
    EXPECT_EQ(files_in(folder_), 0U);
    // The OBJ itself cannot replace a folder of its name; its MTL and picture must go again.
    std::filesystem::create_directories(folder_ / "a.obj" / "inner");
    EXPECT_THROW(write_mesh(folder_ / "a.obj", mesh), InputError);
    EXPECT_EQ(files_in(folder_), 1U);
}

}  // namespace
}  // namespace maquette::render
