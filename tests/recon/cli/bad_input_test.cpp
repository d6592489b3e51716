#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>

#include "render/io/image_io.h"
#include "render/io/safetensors.h"
#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

class BadInput : public CommandTest {
protected:
    void expect_photo_error(const std::string& photo, const std::string& text) const {
        expect_input_error({"reconstruct", photo, "--prior", "column"}, {photo, text});
    }
    void expect_mesh_error(const std::string& obj, const std::string& text) const {
        write("bad.obj", obj);
        expect_input_error({"compare", "bad.obj", box().string()}, {"bad.obj", text});
    }
    void expect_weights_error(const std::string& text) const {
        expect_input_error({"reconstruct", photo().string(), "--prior", "none", "--weights", "w.safetensors"},
                           {"w.safetensors", text});
    }
};

std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>(value >> shift & 0xFFU));
    }
    return bytes;
}

template <typename Value>
std::string little_endian(Value value) {
    std::string bytes(sizeof(value), '\0');
    std::memcpy(bytes.data(), &value, sizeof(value));
    return bytes;
}

TEST_F(BadInput, TruncatedPng) {
    const std::string whole = bytes_of(photo());
    write("cut.png", whole.substr(0, whole.size() / 2));
    expect_photo_error("cut.png", "");
}

TEST_F(BadInput, PngHeaderThatClaimsThirtyThousandPixelsASide) {
    // Signature and IHDR; the checksum is that of these 17 bytes.
    write("huge.png", std::string("\x89PNG\r\n\x1a\n", 8) + big_endian(13) + "IHDR" + big_endian(30000) +
                          big_endian(30000) + std::string("\x08\x02\x00\x00\x00", 5) + big_endian(0xE9456FEDU));
    expect_photo_error("huge.png", "30000");
}

TEST_F(BadInput, EmptyFile) {
    write("empty.png", "");
    expect_photo_error("empty.png", "empty");
}

TEST_F(BadInput, TextRenamedToJpg) {
    write("letter.jpg", "Dear Sir or Madam,\nthis is no picture.\n");
    expect_photo_error("letter.jpg", "");
}

TEST_F(BadInput, FullyTransparentPicture) {
    render::write_image(path("clear.png"), render::Image(64, 64, 4, 0));
    expect_photo_error("clear.png", "");
}

TEST_F(BadInput, MissingPhoto) {
    expect_photo_error("nowhere.png", "");
}

TEST_F(BadInput, ObjWithNotANumber) {
    expect_mesh_error("v 0 0 0\nv 1 0 nan\nv 0 1 0\nf 1 2 3\n", "");
}

TEST_F(BadInput, ObjIndexOutOfRange) {
    expect_mesh_error("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 4\n", "4");
}

TEST_F(BadInput, ObjNegativeIndexOutOfRange) {
    expect_mesh_error("v 0 0 0\nv 1 0 0\nv 0 1 0\nf -1 -2 -4\n", "-4");
}

TEST_F(BadInput, ObjWithoutFaces) {
    expect_mesh_error("v 0 0 0\nv 1 0 0\nv 0 1 0\nl 1 2\n", "face");
}

TEST_F(BadInput, ObjWithTenMillionFaces) {
    constexpr int faces = 10000000;
    std::string text = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
    text.reserve(text.size() + std::size_t{8} * faces);
    for (int i = 0; i < faces; ++i) {
        text += "f 1 2 3\n";
    }
    expect_mesh_error(text, "");
}

TEST_F(BadInput, BadMeshAsPrior) {
    write("bad.obj", "v 0 0 0\n");
    expect_input_error({"reconstruct", photo().string(), "--prior", "bad.obj"}, {"bad.obj"});
}

TEST_F(BadInput, GlbThatLiesAboutItsLengths) {
    const std::string json = R"({"asset":{"version":"2.0"}} )";
    write("lying.glb", "glTF" + little_endian<std::uint32_t>(2) + little_endian<std::uint32_t>(0x7FFFFFFF) +
                           little_endian<std::uint32_t>(0x7FFFFF00) + "JSON" + json);
    expect_input_error({"compare", "lying.glb", box().string()}, {"lying.glb"});
}

TEST_F(BadInput, GlbWhoseBufferViewsReachBeyondTheBuffer) {
    std::string json = R"({"asset":{"version":"2.0"},"buffers":[{"byteLength":36}],)"
                       R"("bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":4000000000}],)"
                       R"("accessors":[{"bufferView":0,"componentType":5126,"count":300000000,"type":"VEC3"}],)"
                       R"("meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"nodes":[{"mesh":0}],)"
                       R"("scenes":[{"nodes":[0]}],"scene":0})";
    json.resize((json.size() + 3) / 4 * 4, ' ');
    const auto json_size = static_cast<std::uint32_t>(json.size());
    write("beyond.glb", "glTF" + little_endian<std::uint32_t>(2) +
                            little_endian<std::uint32_t>(12 + 8 + json_size + 8 + 36) + little_endian(json_size) +
                            "JSON" + json + little_endian<std::uint32_t>(36) + std::string("BIN\0", 4) +
                            std::string(36, '\0'));
    expect_input_error({"compare", "beyond.glb", box().string()}, {"beyond.glb"});
}

TEST_F(BadInput, SafetensorsHeaderOfTwoToTheSixty) {
    write("w.safetensors", little_endian(std::uint64_t{1} << 60U) + "{}");
    expect_weights_error("header");
}

TEST_F(BadInput, SafetensorsWithMissingTensors) {
    render::SafetensorsFile file = render::read_safetensors(weights());
    const std::string removed = file.tensors.begin()->first;
    file.tensors.erase(removed);
    render::write_safetensors(path("w.safetensors"), file);
    expect_weights_error(removed);
}

TEST_F(BadInput, SafetensorsWithUnexpectedTensors) {
    render::SafetensorsFile file = render::read_safetensors(weights());
    file.tensors["surplus"] = render::TensorData::from_floats(std::array{1.0F}, {1});
    render::write_safetensors(path("w.safetensors"), file);
    expect_weights_error("surplus");
}

TEST_F(BadInput, SafetensorsWithWrongShapes) {
    render::SafetensorsFile file = render::read_safetensors(weights());
    auto& [name, tensor] = *file.tensors.begin();
    tensor = render::TensorData::from_floats(std::array{1.0F, 2.0F}, {2, 1});
    render::write_safetensors(path("w.safetensors"), file);
    expect_weights_error(name);
}

TEST_F(BadInput, UnknownPriorSuggestsTheNearest) {
    expect_input_error({"reconstruct", photo().string(), "--prior", "colunm"}, {"colunm", "column"});
}

TEST_F(BadInput, OutputInAFolderThatIsAFile) {
    write("occupied", "not a folder");
    expect_input_error({"reconstruct", photo().string(), "--prior", "column", "-o", "occupied/out.glb"},
                       {"occupied/out.glb", "cannot write"});
}

TEST_F(BadInput, OutputThatIsAFolder) {
    std::filesystem::create_directory(path("out.glb"));
    expect_input_error({"reconstruct", photo().string(), "--prior", "column"}, {"out.glb", "folder"});
}

TEST_F(BadInput, OutputOnAFileSystemWithoutWrites) {
    expect_input_error({"reconstruct", photo().string(), "--prior", "column", "-o", "/proc/out.glb"},
                       {"/proc/out.glb", "cannot write"});
}

TEST_F(BadInput, OutputOfUnknownKind) {
    expect_input_error({"reconstruct", photo().string(), "--prior", "column", "-o", "out.docx"}, {".docx", ".glb"});
}

TEST_F(BadInput, DiskFullWhileWritingLeavesNothing) {
    expect_input_error({"reconstruct", photo().string(), "--prior", "column", "--resolution", "64"}, {"out.glb"},
                       {.folder = {}, .environment = {}, .max_file_bytes = 20000, .while_running = {}});
}

TEST_F(BadInput, DiskFullKeepsWhatWasThereBefore) {
    write("out.glb", "an older result");
    const RunResult result = run({"reconstruct", photo().string(), "--prior", "column"},
                                 {.folder = {}, .environment = {}, .max_file_bytes = 20000, .while_running = {}});
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(read("out.glb"), "an older result");
}

}  // namespace
}  // namespace maquette::recon::testing
