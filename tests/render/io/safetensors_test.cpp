#include "render/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <numeric>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::render {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string with_length(const std::string& header, const std::string& data) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + data;
}

std::string message_of(const std::string& bytes) {
    try {
        parse_safetensors(bytes, "weights.safetensors");
    } catch (const InputError& error) {
        return error.what();
    }
    return "no InputError";
}

std::string message_of(const std::string& header, std::size_t data_bytes) {
    return message_of(with_length(header, std::string(data_bytes, '\0')));
}

class TemporaryFolder : public testing::Test {
protected:
    TemporaryFolder() {
        std::string pattern = (fs::temp_directory_path() / "maquette-safetensors-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() override { fs::remove_all(folder_); }
    fs::path folder_;
};

using SafetensorsFiles = TemporaryFolder;

TEST(Safetensors, ReadsAFileWrittenByHand) {
    const std::string data{"\x00\x00\x80\x3f\x00\x00\x00\xc0\x07", 9};
    const auto file = parse_safetensors(
        with_length(R"({"b":{"dtype":"U8","shape":[],"data_offsets":[8,9]},"__metadata__":{"step":"12"},)"
                    R"("a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                    R"("none":{"dtype":"I64","shape":[0,7],"data_offsets":[8,8]}}   )",
                    data),
        "hand");
    ASSERT_EQ(file.tensors.size(), 3);
    EXPECT_EQ(file.metadata.at("step"), "12");
    EXPECT_THAT(file.tensors.at("a").to_floats(), testing::ElementsAre(1.0F, -2.0F));
    EXPECT_THAT(file.tensors.at("a").shape, testing::ElementsAre(2, 1));
    EXPECT_EQ(file.tensors.at("b").element_count(), 1);
    EXPECT_THAT(file.tensors.at("b").bytes, testing::ElementsAre(7));
    EXPECT_EQ(file.tensors.at("none").element_count(), 0);
}

TEST_F(SafetensorsFiles, RoundTripOfAllTypes) {
    SafetensorsFile file;
    file.metadata["config"] = "{\"größe\": 3}";
    std::vector<float> values(24);
    std::iota(values.begin(), values.end(), -3.5F);
    file.tensors["z.f32"] = TensorData::from_floats(values, {2, 3, 4});
    file.tensors["a.f16"] = TensorData::from_floats(values, {24}, TensorType::f16);
    file.tensors["i64"] = {.type = TensorType::i64, .shape = {1}, .bytes = {1, 2, 3, 4, 5, 6, 7, 8}};
    file.tensors["i32"] = {.type = TensorType::i32, .shape = {}, .bytes = {1, 2, 3, 4}};
    file.tensors["u8"] = {.type = TensorType::u8, .shape = {3}, .bytes = {9, 8, 7}};
    write_safetensors(folder_ / "a.safetensors", file);
    write_safetensors(folder_ / "b.safetensors", file);
    const std::string bytes = read_file(folder_ / "a.safetensors");
    EXPECT_EQ(bytes, read_file(folder_ / "b.safetensors"));
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), 8);
    EXPECT_EQ(header % 8, 0);

    const auto read = read_safetensors(folder_ / "a.safetensors");
    EXPECT_EQ(read.metadata, file.metadata);
    ASSERT_EQ(read.tensors.size(), 5);
    for (const auto& [name, tensor] : file.tensors) {
        EXPECT_EQ(read.tensors.at(name).bytes, tensor.bytes) << name;
        EXPECT_EQ(read.tensors.at(name).shape, tensor.shape) << name;
        EXPECT_EQ(read.tensors.at(name).type, tensor.type) << name;
    }
    EXPECT_EQ(read.tensors.at("z.f32").to_floats(), values);
    EXPECT_EQ(read.tensors.at("a.f16").to_floats(), values);
}

TEST_F(SafetensorsFiles, EmptyFile) {
    write_safetensors(folder_ / "empty.safetensors", {});
    const auto read = read_safetensors(folder_ / "empty.safetensors");
    EXPECT_TRUE(read.tensors.empty());
    EXPECT_TRUE(read.metadata.empty());
}

TEST_F(SafetensorsFiles, RefusesToWriteWhatItCouldNotRead) {
    const fs::path path = folder_ / "bad.safetensors";
    SafetensorsFile file;
    file.tensors["short"] = {.type = TensorType::f32, .shape = {2}, .bytes = {0, 0, 0, 0}};
    EXPECT_THROW(write_safetensors(path, file), InputError);
    file.tensors = {{"__metadata__", {.type = TensorType::u8, .shape = {0}, .bytes = {}}}};
    EXPECT_THROW(write_safetensors(path, file), InputError);
    file.tensors = {{"\xff", {.type = TensorType::u8, .shape = {0}, .bytes = {}}}};
    EXPECT_THROW(write_safetensors(path, file), InputError);
    EXPECT_FALSE(fs::exists(path));
}

TEST(Safetensors, MalformedHeaders) {
    EXPECT_THAT(message_of(""), testing::AllOf(HasSubstr("weights.safetensors"), HasSubstr("0 bytes")));
    EXPECT_THAT(message_of(std::string(8, '\xff')), HasSubstr("above the limit"));
    EXPECT_THAT(message_of(with_length("{}", "").substr(0, 9)), HasSubstr("longer than the file"));
    EXPECT_THAT(message_of("[1]", 0), HasSubstr("no JSON object"));
    EXPECT_THAT(message_of("{\"a\":", 0), HasSubstr("no JSON"));
    EXPECT_THAT(message_of("{\"\xff\":1}", 0), HasSubstr("no JSON"));
    EXPECT_THAT(message_of("{\"a\":" + std::string(100000, '[') + std::string(100000, ']') + "}", 0),
                HasSubstr("nested"));
    EXPECT_THAT(message_of(R"({"__metadata__":{"a":1}})", 0), HasSubstr("metadata 'a'"));
}

TEST(Safetensors, MalformedTensors) {
    const auto tensor = [](const std::string& type, const std::string& shape, const std::string& offsets) {
        return R"({"w":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
    };
    EXPECT_EQ(message_of(tensor("F32", "[2]", "[0,8]"), 8), "no InputError");
    EXPECT_THAT(message_of(tensor("BF16", "[2]", "[0,4]"), 4), testing::AllOf(HasSubstr("'w'"), HasSubstr("BF16")));
    EXPECT_THAT(message_of(tensor("F32", "[3]", "[0,8]"), 8), HasSubstr("does not fit its 8 bytes"));
    EXPECT_THAT(message_of(tensor("F32", "[-2]", "[0,8]"), 8), HasSubstr("-2"));
    EXPECT_THAT(message_of(tensor("F32", "[2.0]", "[0,8]"), 8), HasSubstr("whole numbers"));
    EXPECT_THAT(message_of(tensor("F32", "2", "[0,8]"), 8), HasSubstr("no list"));
    EXPECT_THAT(message_of(tensor("F32", "[2]", "[8,0]"), 8), HasSubstr("data_offsets"));
    EXPECT_THAT(message_of(tensor("F32", "[2]", "[0,8]"), 4), HasSubstr("cut off"));
    EXPECT_THAT(message_of(tensor("F32", "[2]", "[0,8]"), 12), HasSubstr("cover 8 bytes of the 12"));
    EXPECT_THAT(message_of(tensor("F32", "[2]", "[4,12]"), 12), HasSubstr("gap"));
    // 2^62 * 2^62 wraps to 0 and 2^62 * 4 bytes wraps to 0.
    EXPECT_THAT(message_of(tensor("F32", "[4611686018427387904,4611686018427387904]", "[0,0]"), 0),
                HasSubstr("does not fit"));
    EXPECT_THAT(message_of(tensor("F32", "[4611686018427387904]", "[0,0]"), 0), HasSubstr("does not fit"));
    EXPECT_THAT(message_of(tensor("F32", "[18446744073709551615]", "[0,0]"), 0), HasSubstr("dimension"));
    EXPECT_THAT(message_of(R"({"w":{"dtype":"U8","shape":[1]}})", 1), HasSubstr("data_offsets"));
    EXPECT_THAT(message_of(R"({"w":3})", 0), HasSubstr("must have dtype"));
}

TEST(Safetensors, OverlapsAndDuplicates) {
    EXPECT_THAT(message_of(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                           R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                           3),
                testing::AllOf(HasSubstr("'b'"), HasSubstr("overlap")));
    EXPECT_THAT(message_of(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                           R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})",
                           1),
                HasSubstr("'a' occurs twice"));
    EXPECT_THAT(message_of(R"({"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}})", 1),
                HasSubstr("'dtype' occurs twice"));
}

TEST(TensorData, FloatsOnlyFromFloatTypes) {
    const std::vector<float> values{1, 2};
    EXPECT_THROW(TensorData::from_floats(values, {3}), InputError);
    EXPECT_THROW(TensorData::from_floats(values, {2}, TensorType::i32), InputError);
    const TensorData integers{.type = TensorType::i32, .shape = {1}, .bytes = {0, 0, 0, 0}};
    EXPECT_THROW(static_cast<void>(integers.to_floats()), InputError);
    const TensorData broken{.type = TensorType::f32, .shape = {2}, .bytes = {0, 0, 0, 0}};
    EXPECT_THROW(static_cast<void>(broken.to_floats()), InputError);
    const TensorData negative{.type = TensorType::f32, .shape = {-1}, .bytes = {}};
    EXPECT_THROW(static_cast<void>(negative.element_count()), InputError);
}

TEST(HalfFloat, KnownValues) {
    EXPECT_EQ(float_to_half(0.0F), 0x0000);
    EXPECT_EQ(float_to_half(-0.0F), 0x8000);
    EXPECT_EQ(float_to_half(1.0F), 0x3C00);
    EXPECT_EQ(float_to_half(-2.0F), 0xC000);
    EXPECT_EQ(float_to_half(65504.0F), 0x7BFF);
    EXPECT_EQ(float_to_half(65519.99F), 0x7BFF);
    EXPECT_EQ(float_to_half(65520.0F), 0x7C00);
    EXPECT_EQ(float_to_half(1e30F), 0x7C00);
    EXPECT_EQ(float_to_half(-std::numeric_limits<float>::infinity()), 0xFC00);
    EXPECT_EQ(float_to_half(std::ldexp(1.0F, -14)), 0x0400);
    EXPECT_EQ(float_to_half(std::ldexp(1.0F, -24)), 0x0001);
    EXPECT_EQ(float_to_half(std::ldexp(1.0F, -25)), 0x0000);  // tie to even
    EXPECT_EQ(float_to_half(std::ldexp(1.5F, -25)), 0x0001);  // above the tie
    EXPECT_EQ(float_to_half(std::ldexp(3.0F, -25)), 0x0002);  // tie to even, upwards
    EXPECT_EQ(float_to_half(1.0F + std::ldexp(1.0F, -11)), 0x3C00);
    EXPECT_EQ(float_to_half(1.0F + std::ldexp(3.0F, -11)), 0x3C02);
    EXPECT_EQ(float_to_half(std::ldexp(1.0F, -14) - std::ldexp(1.0F, -30)), 0x0400);  // subnormal rounds to normal
    EXPECT_EQ(float_to_half(1e-30F), 0x0000);
    EXPECT_TRUE(std::isnan(half_to_float(float_to_half(std::nanf("")))));
}

TEST(HalfFloat, EveryHalfRoundTrips) {
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
        const float value = half_to_float(static_cast<std::uint16_t>(bits));
        if (!std::isnan(value)) {
            ASSERT_EQ(float_to_half(value), bits);
        } else {
            ASSERT_TRUE(std::isnan(half_to_float(float_to_half(value))));
        }
    }
}

// Between neighbours every float goes to the nearer one, and the middle to the even one.
TEST(HalfFloat, RoundsToNearestEven) {
    for (unsigned bits = 0; bits < 0x7BFF; ++bits) {
        const float low = half_to_float(static_cast<std::uint16_t>(bits));
        const float high = half_to_float(static_cast<std::uint16_t>(bits + 1));
        const float middle = (low + high) / 2;
        ASSERT_EQ(float_to_half(middle), (bits & 1U) == 0 ? bits : bits + 1);
        ASSERT_EQ(float_to_half(std::nextafter(middle, 0.0F)), bits);
        ASSERT_EQ(float_to_half(std::nextafter(middle, high)), bits + 1);
    }
}

}  // namespace
}  // namespace maquette::render
