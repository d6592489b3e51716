#include "render/io/safetensors_reader.h"

#include <gmock/gmock.h>

#include <fstream>

#include "render/error.h"
#include "render/io/safetensors.h"
#include "tests/support/temporary_folder.h"

namespace maquette::render {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SafetensorsReaderTest : public ::testing::Test {
protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "w.safetensors"; }

    void write(std::string header, const std::string& data) const {
        header.resize((header.size() + 7) / 8 * 8, ' ');
        const std::uint64_t length = header.size();
        std::ofstream(path(), std::ios::binary)
            << std::string(reinterpret_cast<const char*>(&length), sizeof length) << header << data;
    }
    [[nodiscard]] std::string error() const {
        try {
            const SafetensorsReader reader(path());
        } catch (const InputError& error) {
            return error.what();
        }
        return "none";
    }

private:
    test::TemporaryFolder folder_;
};

std::vector<float> floats(SafetensorsReader& reader, const std::string& name, std::size_t count) {
    std::vector<float> values(count);
    reader.read_floats(name, values);
    return values;
}

TEST_F(SafetensorsReaderTest, ReadsTensorsInAnyOrder) {
    const std::vector<float> values = {1, -2.5F, 0.25F, 65504, 0, 3};
    SafetensorsFile file;
    file.tensors["wide"] = TensorData::from_floats(values, {2, 3});
    file.tensors["half"] = TensorData::from_floats(values, {6}, TensorType::f16);
    file.tensors["integers"] = {.type = TensorType::i64, .shape = {1}, .bytes = std::vector<std::uint8_t>(8)};
    write_safetensors(path(), file);
    SafetensorsReader reader(path());
    EXPECT_THAT(reader.names(), ElementsAre("half", "integers", "wide"));
    EXPECT_EQ(reader.shape("wide"), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(floats(reader, "wide", 6), values);
    EXPECT_EQ(floats(reader, "half", 6), values);
    EXPECT_EQ(floats(reader, "wide", 6), values);
    EXPECT_TRUE(reader.is_float("half"));
    EXPECT_FALSE(reader.is_float("integers"));
    EXPECT_THROW(floats(reader, "integers", 1), InputError);
    EXPECT_THROW(floats(reader, "wide", 5), UsageError);
    EXPECT_THROW(floats(reader, "absent", 1), UsageError);
}

// More halves than are converted at once.
TEST_F(SafetensorsReaderTest, ReadsLongHalves) {
    std::vector<float> values((std::size_t{1} << 20U) + 5);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 2000);
    SafetensorsFile file;
    file.tensors["long"] = TensorData::from_floats(values, {static_cast<std::int64_t>(values.size())}, TensorType::f16);
    write_safetensors(path(), file);
    SafetensorsReader reader(path());
    EXPECT_EQ(floats(reader, "long", values.size()), values);
}

TEST_F(SafetensorsReaderTest, ReadsBfloat16) {
    // 1, -2 and 0.15625 = 1.25 * 2^-3.
    write(R"({"b":{"dtype":"BF16","shape":[3],"data_offsets":[0,6]}})", std::string("\x80\x3f\x00\xc0\x20\x3e", 6));
    SafetensorsReader reader(path());
    EXPECT_THAT(floats(reader, "b", 3), ElementsAre(1, -2, 0.15625F));
}

TEST_F(SafetensorsReaderTest, NoticesThatAFileWasCutOff) {
    write(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", std::string(8, '\1'));
    SafetensorsReader reader(path());
    std::filesystem::resize_file(path(), std::filesystem::file_size(path()) - 4);
    EXPECT_THAT(error(), HasSubstr("cut off"));
    EXPECT_THROW(floats(reader, "w", 2), InputError);
    EXPECT_THROW(floats(reader, "w", 2), InputError);
}

TEST_F(SafetensorsReaderTest, IsAsStrictAsTheOtherReader) {
    EXPECT_THAT(error(), HasSubstr("cannot be read"));
    std::filesystem::create_directory(path());
    EXPECT_THAT(error(), HasSubstr("w.safetensors"));
    std::filesystem::remove(path());
    std::ofstream(path()) << "abc";
    EXPECT_THAT(error(), HasSubstr("3 bytes"));
    std::ofstream(path()) << std::string(8, '\xff') << "{}";
    EXPECT_THAT(error(), HasSubstr("above the limit"));
    std::ofstream(path()) << std::string("\x40\0\0\0\0\0\0\0", 8) << "{}";
    EXPECT_THAT(error(), HasSubstr("longer than the file"));
    write("[]", "");
    EXPECT_THAT(error(), HasSubstr("no JSON object"));
    write(R"({"w":{"dtype":"F8","shape":[1],"data_offsets":[0,1]}})", "x");
    EXPECT_THAT(error(), HasSubstr("has type F8"));
    write(R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", "");
    EXPECT_THAT(error(), HasSubstr("does not fit its 0 bytes"));
    write(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", "12345678");
    EXPECT_THAT(error(), HasSubstr("gap or an overlap"));
}

}  // namespace
}  // namespace maquette::render
