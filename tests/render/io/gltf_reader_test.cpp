#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "render/io/mesh_formats.h"
#include "render/io/mesh_io.h"
#include "tests/render/io/mesh_fixture.h"

namespace maquette::render {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// One triangle: 36 bytes of positions, then 3 indices of 2 bytes.
std::string triangle_bytes() {
    const float positions[9] = {0, 0, 0, 1, 0, 0, 0, 1, 0};
    const std::uint16_t indices[4] = {0, 1, 2, 0};
    std::string bytes(reinterpret_cast<const char*>(positions), sizeof(positions));
    bytes.append(reinterpret_cast<const char*>(indices), sizeof(indices));
    return bytes;
}

json triangle_json() {
    return json::parse(R"({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": 44}],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 6}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"}]})");
}

std::string glb(const json& document, const std::string& binary = triangle_bytes()) {
    std::string text = document.dump();
    text.resize((text.size() + 3) / 4 * 4, ' ');
    const auto number = [](std::size_t value) {
        const auto small = static_cast<std::uint32_t>(value);
        std::string bytes(4, '\0');
        std::memcpy(bytes.data(), &small, 4);
        return bytes;
    };
    return "glTF" + number(2) + number(28 + text.size() + binary.size()) + number(text.size()) + "JSON" + text +
           number(binary.size()) + std::string("BIN\0", 4) + binary;
}

TriangleMesh parse(const std::string& bytes, const MeshLimits& limits = {}) {
    return parse_gltf(bytes, "test.glb", nullptr, limits);
}

/// The document with one value replaced.
json with(const std::string& pointer, const json& value) {
    json document = triangle_json();
    document[json::json_pointer(pointer)] = value;
    return document;
}

TEST(GltfReader, ReadsATriangle) {
    const TriangleMesh mesh = parse(glb(triangle_json()));
    ASSERT_EQ(mesh.triangles.size(), 1U);
    EXPECT_EQ(mesh.triangles[0], Eigen::Vector3i(0, 1, 2));
    EXPECT_EQ(mesh.vertices[1], Eigen::Vector3f(1, 0, 0));
}

TEST(GltfReader, NodeTransformsMultiplyDownTheTree) {
    json document = triangle_json();
    document["nodes"] =
        json::parse(R"([{"children": [1], "translation": [10, 0, 0], "rotation": [0, 0, 0.70710678, 0.70710678]},
                                        {"mesh": 0, "scale": [2, 2, 2]}])");
    const TriangleMesh mesh = parse(glb(document));
    EXPECT_TRUE(mesh.vertices[1].isApprox(Eigen::Vector3f(10, 2, 0), 1e-5F)) << mesh.vertices[1].transpose();
    document["nodes"] = json::parse(R"([{"mesh": 0, "matrix": [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1]}])");
    EXPECT_TRUE(parse(glb(document)).vertices[1].isApprox(Eigen::Vector3f(5, 7, 7), 1e-5F));
}

TEST(GltfReader, MirroringKeepsTheOutside) {
    json document = triangle_json();
    document["nodes"] = json::parse(R"([{"mesh": 0, "scale": [1, 1, -1]}])");
    EXPECT_EQ(parse(glb(document)).triangles[0], Eigen::Vector3i(0, 2, 1));
}

TEST(GltfReader, MaterialFactorIsTurnedToSrgb) {
    json document = triangle_json();
    document["materials"] = json::parse(
        R"([{"name": "m", "alphaMode": "BLEND", "pbrMetallicRoughness": {"baseColorFactor": [0.2140411, 1, 0, 0.5]}}])");
    document["meshes"][0]["primitives"][0]["material"] = 0;
    const TriangleMesh mesh = parse(glb(document));
    EXPECT_NEAR(mesh.materials.at(0).base_colour.x(), 0.5F, 1e-4F);
    EXPECT_FLOAT_EQ(mesh.materials[0].opacity, 0.5F);
    EXPECT_EQ(mesh.material_ids, std::vector<int>{0});
}

TEST(GltfReader, StripsAndFans) {
    json document = triangle_json();
    document["accessors"][1]["count"] = 4;
    document["bufferViews"][1]["byteLength"] = 8;
    document["meshes"][0]["primitives"][0]["mode"] = 5;
    // Indices 0 1 2 0: every second triangle of a strip turns the other way.
    const TriangleMesh strip = parse(glb(document));
    ASSERT_EQ(strip.triangles.size(), 2U);
    EXPECT_EQ(strip.triangles[1], Eigen::Vector3i(1, 0, 2));
    document["meshes"][0]["primitives"][0]["mode"] = 6;
    // The fan's second triangle is 0 2 0, which vanishes.
    EXPECT_EQ(parse(glb(document)).triangles.size(), 1U);
    document["meshes"][0]["primitives"][0]["mode"] = 1;
    EXPECT_THAT(input_error_of([&] { parse(glb(document)); }), HasSubstr("no triangles"));
}

TEST(GltfReader, LiesAboutLengthsAreInputErrors) {
    const std::vector<json> lies = {
        with("/buffers/0/byteLength", 4000000000U),
        with("/buffers/0/byteLength", 0),
        with("/buffers/0/byteLength", -1),
        with("/bufferViews/0/byteLength", 4000000000U),
        with("/bufferViews/0/byteLength", 18446744073709551615U),
        with("/bufferViews/0/byteOffset", 18446744073709551600U),
        with("/bufferViews/0/byteOffset", 40),
        with("/bufferViews/0/buffer", 7),
        with("/bufferViews/0/buffer", -1),
        with("/bufferViews/0/byteStride", 4),
        with("/bufferViews/0/byteStride", 252),
        with("/accessors/0/count", 4),
        with("/accessors/0/count", 18446744073709551615U),
        with("/accessors/0/count", 0),
        with("/accessors/0/byteOffset", 18446744073709551610U),
        with("/accessors/0/byteOffset", 4),
        with("/accessors/0/bufferView", 9),
        with("/accessors/0/bufferView", -5),
        with("/accessors/0/type", "VEC2"),
        with("/accessors/0/type", "MAT4"),
        with("/accessors/0/componentType", 77),
        with("/accessors/1/componentType", 5126),
        with("/accessors/1/count", 4),
        with("/meshes/0/primitives/0/indices", 99),
        with("/meshes/0/primitives/0/attributes/POSITION", 99),
        with("/meshes/0/primitives/0/attributes/NORMAL", 1),
        with("/meshes/0/primitives/0/attributes/COLOR_0", 1),
        with("/meshes/0/primitives/0/attributes", json::object()),
        with("/nodes/0/mesh", 3),
        with("/nodes/0/children", {0}),
        with("/nodes/0/children", {5}),
        with("/nodes/0/matrix", {1, 2, 3}),
        with("/scenes/0/nodes", {-2}),
        with("/scenes/0/nodes", {0, 0}),
        with("/scene", 4),
        with("/meshes", json::array()),
        with("/accessors/0/sparse", json::parse(R"({"count": 1, "indices": {"bufferView": 0, "componentType": 5123},
                                                    "values": {"bufferView": 0}})")),
    };
    for (const json& lie : lies) {
        EXPECT_THROW(parse(glb(lie)), InputError) << lie.dump();
    }
}

TEST(GltfReader, IndicesAndCoordinatesAreChecked) {
    std::string binary = triangle_bytes();
    binary[36] = 3;
    EXPECT_THAT(input_error_of([&] { parse(glb(triangle_json(), binary)); }), HasSubstr("vertex 3 of 3"));
    binary = triangle_bytes();
    const float nan = std::nanf("");
    std::memcpy(binary.data() + 12, &nan, 4);
    EXPECT_THAT(input_error_of([&] { parse(glb(triangle_json(), binary)); }), HasSubstr("not finite"));
}

TEST(GltfReader, BrokenPicturesAreTolerated) {
    json document = triangle_json();
    document["materials"] = json::parse(R"([{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}])");
    document["textures"] = json::parse(R"([{"source": 0}])");
    document["images"] = json::parse(R"([{"bufferView": 0, "mimeType": "image/png"}])");
    document["meshes"][0]["primitives"][0]["material"] = 0;
    EXPECT_EQ(parse(glb(document)).materials.at(0).base_colour_texture, nullptr);
    document["images"] = json::parse(R"([{"uri": "gone.png"}])");
    EXPECT_EQ(parse(glb(document)).materials.at(0).base_colour_texture, nullptr);
    document["images"] = json::parse(R"([{"bufferView": 2, "mimeType": "image/png"}])");
    document["bufferViews"].push_back({{"buffer", 0}, {"byteOffset", 4000000000U}, {"byteLength", 100}});
    EXPECT_THROW(parse(glb(document)), InputError);
}

TEST(GltfReader, DeepNestingIsRefused) {
    const std::string deep =
        R"({"asset": {"version": "2.0"}, "extras": )" + std::string(100000, '[') + std::string(100000, ']') + "}";
    EXPECT_THAT(input_error_of([&] { parse(deep); }), HasSubstr("nested"));
}

TEST(GltfReader, LimitsHold) {
    MeshLimits limits;
    limits.max_vertices = 2;
    EXPECT_THAT(input_error_of([&] { parse(glb(triangle_json()), limits); }), HasSubstr("limit"));
    limits = {};
    limits.max_triangles = 0;
    EXPECT_THAT(input_error_of([&] { parse(glb(triangle_json()), limits); }), HasSubstr("limit"));
}

TEST(GltfReader, DamagedFilesNeverCrash) {
    const std::string good = glb(triangle_json());
    std::mt19937 random(17);
    for (std::size_t length = 0; length < good.size(); length += 3) {
        EXPECT_THROW(parse(good.substr(0, length)), InputError) << length;
    }
    int read = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string damaged = good;
        for (int k = 0; k < 3; ++k) {
            damaged[random() % damaged.size()] = static_cast<char>(random());
        }
        try {
            parse(damaged).validate("damaged");
            ++read;
        } catch (const InputError&) {
            continue;
        }
    }
    EXPECT_LT(read, 3000);
}

class GltfFiles : public MeshFileTest {};

TEST_F(GltfFiles, TextWithABufferBesideIt) {
    json document = triangle_json();
    document["buffers"][0]["uri"] = "the%20data.bin";
    put("the data.bin", triangle_bytes());
    EXPECT_EQ(read_mesh(put("a.gltf", document.dump())).triangles.size(), 1U);
    document["buffers"][0]["uri"] = "gone.bin";
    EXPECT_THAT(input_error_of([&] { read_mesh(put("b.gltf", document.dump())); }), HasSubstr("gone.bin"));
    EXPECT_THROW(read_mesh(put("c.glb", "")), InputError);
}

}  // namespace
}  // namespace maquette::render
