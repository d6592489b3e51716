#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include "render/io/mesh_formats.h"
#include "render/io/mesh_io.h"
#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using ::testing::HasSubstr;

const std::string square_header =
    "ply\r\nformat ascii 1.0\r\ncomment hand made\r\nelement vertex 4\r\nproperty float x\r\nproperty double y\r\n"
    "property float z\r\nproperty uchar red\r\nproperty uchar green\r\nproperty uchar blue\r\nelement face 1\r\n"
    "property uchar flag\r\nproperty list uchar int vertex_index\r\nelement edge 1\r\nproperty int a\r\nend_header\r\n";
const std::string square = square_header + "0 0 0 255 0 0\n1 0 0 0 0 0\n1 1 0 0 0 51\n0 1 0 0 0 0\n9 4 0 1 2 3\n7\n";

TriangleMesh parse(const std::string& bytes, const MeshLimits& limits = {}) {
    return parse_ply(bytes, "test.ply", limits);
}

std::string replaced(std::string text, const std::string& old, const std::string& other) {
    return text.replace(text.find(old), old.size(), other);
}

std::string problem(const std::string& bytes, const MeshLimits& limits = {}) {
    return input_error_of([&] { parse(bytes, limits); });
}

TEST(PlyReader, TextWithForeignPropertiesAndElements) {
    const TriangleMesh mesh = parse(square);
    EXPECT_EQ(mesh.triangles.size(), 2U);
    EXPECT_DOUBLE_EQ(area_of(mesh), 1);
    ASSERT_EQ(mesh.vertex_colours.size(), 4U);
    EXPECT_TRUE(mesh.vertex_colours[2].isApprox(Eigen::Vector3f(0, 0, 0.2F)));
    EXPECT_TRUE(mesh.vertex_normals.empty());
}

TEST(PlyReader, BigEndian) {
    std::string bytes =
        "ply\nformat binary_big_endian 1.0\nelement vertex 3\nproperty short x\nproperty short y\nproperty short z\n"
        "element face 1\nproperty list uchar ushort vertex_indices\nend_header\n";
    for (const int value : {0, 0, 0, 1, 0, 0, 0, 258, 0}) {
        bytes += static_cast<char>(value >> 8);
        bytes += static_cast<char>(value & 255);
    }
    bytes += std::string("\3\0\0\0\1\0\2", 7);
    const TriangleMesh mesh = parse(bytes);
    EXPECT_EQ(mesh.vertices[2], Eigen::Vector3f(0, 258, 0));
    EXPECT_EQ(mesh.triangles.at(0), Eigen::Vector3i(0, 1, 2));
}

TEST(PlyReader, Refusals) {
    EXPECT_THAT(problem(""), HasSubstr("not a PLY"));
    EXPECT_THAT(problem("ply\nformat ascii 1.0\nelement vertex"), HasSubstr("end_header"));
    EXPECT_THAT(problem(replaced(square, "ascii", "morse")), HasSubstr("morse"));
    EXPECT_THAT(problem(replaced(square, "property double", "property quad")), HasSubstr("quad"));
    EXPECT_THAT(problem(replaced(square, "vertex 4", "vertex -4")), HasSubstr("-4"));
    EXPECT_THAT(problem(replaced(square, "vertex 4", "vertex 4000000000")), HasSubstr("limit"));
    EXPECT_THAT(problem(replaced(square, "face 1", "face 4000000000")), HasSubstr("cut off"));
    EXPECT_THAT(problem(replaced(square, "float z", "float w")), HasSubstr("lack"));
    EXPECT_THAT(problem(replaced(square, "0 1 2 3", "0 1 2 4")), HasSubstr("vertex 4"));
    EXPECT_THAT(problem(replaced(square, "0 1 2 3", "0 1 2 -1")), HasSubstr("vertex -1"));
    EXPECT_THAT(problem(replaced(square, "1 1 0 0", "nan 1 0 0")), HasSubstr("not finite"));
    EXPECT_THAT(problem(replaced(square, "1 1 0 0", "one 1 0 0")), HasSubstr("`one`"));
    EXPECT_THAT(problem(replaced(square, "9 4 0", "9 4000000 0")), HasSubstr("length"));
    EXPECT_THAT(problem(replaced(square, "element face 1", "element fact 1")), HasSubstr("no faces"));
    MeshLimits limits;
    limits.max_triangles = 1;
    EXPECT_THAT(problem(square, limits), HasSubstr("more than 1 triangles"));
}

class PlyFiles : public MeshFileTest {};

TEST_F(PlyFiles, TruncatedAndDamagedFilesNeverCrash) {
    TriangleMesh mesh = make_sphere(0.5F, 6, 8);
    compute_vertex_normals(mesh);
    write_mesh(folder_ / "a.ply", mesh);
    std::ifstream file(folder_ / "a.ply", std::ios::binary);
    const std::string good{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t length = 0; length < good.size(); ++length) {
        ASSERT_THROW(parse(good.substr(0, length)), InputError) << length;
    }
    std::mt19937 random(23);
    for (int round = 0; round < 3000; ++round) {
        std::string damaged = good;
        for (int k = 0; k < 3; ++k) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        try {
            parse(damaged).validate("damaged");
        } catch (const InputError& refusal) {
            EXPECT_THAT(refusal.what(), HasSubstr("test.ply"));
        }
    }
}

}  // namespace
}  // namespace maquette::render
