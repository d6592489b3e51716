#include "recon/segment/matting_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <functional>
#include <string>

#include "recon/segment/foreground_weights.h"
#include "render/error.h"

namespace maquette::recon::segment {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// red - green, once through a sigmoid ("mask") and once as it is ("raw"); the mask is the first output and the last to
/// be computed.
::onnx::ModelProto tiny_network(const std::vector<int>& input_shape) {
    ::onnx::ModelProto model;
    model.set_ir_version(7);
    model.add_opset_import()->set_version(11);
    auto* graph = model.mutable_graph();
    graph->set_name("tiny");
    const auto declare = [](::onnx::ValueInfoProto* value, const std::string& name, const std::vector<int>& shape) {
        value->set_name(name);
        auto* type = value->mutable_type()->mutable_tensor_type();
        type->set_elem_type(::onnx::TensorProto::FLOAT);
        for (const int size : shape) {
            auto* dimension = type->mutable_shape()->add_dim();
            if (size > 0) {
                dimension->set_dim_value(size);
            } else {
                dimension->set_dim_param("open");
            }
        }
    };
    declare(graph->add_input(), "picture", input_shape);
    auto shape = input_shape;
    if (shape.size() > 1) shape[1] = 1;
    declare(graph->add_output(), "mask", shape);
    declare(graph->add_output(), "raw", shape);
    auto* weights = graph->add_initializer();
    weights->set_name("weights");
    weights->set_data_type(::onnx::TensorProto::FLOAT);
    for (const int size : {1, 3, 1, 1}) weights->add_dims(size);
    for (const float value : {20.0F, -20.0F, 0.0F}) weights->add_float_data(value);
    auto* convolution = graph->add_node();
    convolution->set_op_type("Conv");
    convolution->add_input("picture");
    convolution->add_input("weights");
    convolution->add_output("raw");
    auto* kernel = convolution->add_attribute();
    kernel->set_name("kernel_shape");
    kernel->set_type(::onnx::AttributeProto::INTS);
    kernel->add_ints(1);
    kernel->add_ints(1);
    auto* sigmoid = graph->add_node();
    sigmoid->set_op_type("Sigmoid");
    sigmoid->add_input("raw");
    sigmoid->add_output("mask");
    return model;
}

class MattingModel : public ::testing::Test {
protected:
    void SetUp() override {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    fs::path write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    fs::path network(const std::vector<int>& shape) {
        return write("net.onnx", tiny_network(shape).SerializeAsString());
    }

    static std::string failure(const std::function<void()>& action) {
        try {
            action();
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }

    fs::path folder_ = fs::path(::testing::TempDir()) / "matting_model_test";
};

/// A red square on green.
render::Image picture_of(int size) {
    render::Image image(size, size, 3, 40);
    for (int y = 0; y < size; ++y) {
        for (int x = 0; x < size; ++x) {
            const bool inside = x >= size / 4 && x < 3 * size / 4 && y >= size / 4 && y < 3 * size / 4;
            image.at(x, y, inside ? 0 : 1) = 200;
        }
    }
    return image;
}

TEST_F(MattingModel, TakesTheFirstOutputAndTheSizeOfTheFile) {
    for (const int size : {64, 320}) {
        const render::ForegroundModel model = matting_model(network({1, 3, size, size}));
        ASSERT_EQ(model.picture_size, size);
        const render::FloatImage mask = model.probability(picture_of(size), {});
        ASSERT_EQ(mask.width, size);
        EXPECT_GT(mask.at(size / 2, size / 2), 0.99F);
        EXPECT_LT(mask.at(2, 2), 0.01F);
    }
}

TEST_F(MattingModel, KnowsHowPublishedNetworksTakePictures) {
    const auto input = [&](int size) { return matting_input(network({1, 3, size, size})); };
    EXPECT_DOUBLE_EQ(input(320).mean[0], 0.485);
    EXPECT_DOUBLE_EQ(input(320).deviation[2], 0.225);
    EXPECT_DOUBLE_EQ(input(1024).mean[1], 0.5);
    EXPECT_DOUBLE_EQ(input(1024).deviation[1], 1);
    const MattingInput open = matting_input(network({0, 3, 0, 0}));
    EXPECT_EQ(open.size, 512);
    EXPECT_DOUBLE_EQ(open.deviation[0], 0.5);
}

TEST_F(MattingModel, AFileBesideItSaysOtherwise) {
    const auto file = network({1, 3, 0, 0});
    write("net.json", R"({"size": 96, "mean": [0.1, 0.2, 0.3], "std": [2, 2, 2]})");
    const MattingInput input = matting_input(file);
    EXPECT_EQ(input.size, 96);
    EXPECT_DOUBLE_EQ(input.mean[1], 0.2);
    EXPECT_EQ(matting_model(file).probability(picture_of(96), {}).width, 96);
    for (const auto& [text, says] : {std::pair{R"({"size": 4})", "32 to 2048"},
                                     {R"({"sise": 4})", "'sise'"},
                                     {R"({"std": [1, 0, 1]})", "above 0"},
                                     {R"({"mean": 1})", "net.json"},
                                     {"{", "net.json"}}) {
        write("net.json", text);
        EXPECT_THAT(failure([&] { (void)matting_input(file); }), HasSubstr(says)) << text;
    }
    const auto fixed = network({1, 3, 64, 64});
    write("net.json", R"({"size": 96})");
    EXPECT_THAT(failure([&] { (void)matting_input(fixed); }), HasSubstr("64 pixels a side and no other"));
}

TEST_F(MattingModel, SaysWhatANetworkLacks) {
    const auto says = [&](const fs::path& file) { return failure([&] { (void)matting_model(file); }); };
    EXPECT_THAT(says(folder_ / "none.onnx"), HasSubstr("none.onnx: cannot be read"));
    EXPECT_THAT(says(write("empty.onnx", "")), HasSubstr("no ONNX network"));
    EXPECT_THAT(says(write("text.onnx", "no network at all")), HasSubstr("no ONNX network"));
    const std::string whole = tiny_network({1, 3, 64, 64}).SerializeAsString();
    EXPECT_NE(says(write("cut.onnx", whole.substr(0, whole.size() / 2))), "");
    EXPECT_THAT(says(network({1, 1, 64, 64})), HasSubstr("[1, 1, 64, 64]"));
    EXPECT_THAT(says(network({1, 3, 64, 96})), HasSubstr("square"));
    EXPECT_THAT(says(network({1, 3})), HasSubstr("2 dimensions"));
    EXPECT_THAT(says(network({1, 3, 9000, 9000})), HasSubstr("32 to 2048"));
    auto unknown = tiny_network({1, 3, 64, 64});
    unknown.mutable_graph()->mutable_node(1)->set_op_type("Mystery");
    EXPECT_THAT(says(write("unknown.onnx", unknown.SerializeAsString())), HasSubstr("cannot run this network"));
    auto two = tiny_network({1, 3, 64, 64});
    *two.mutable_graph()->add_input() = two.graph().input(0);
    EXPECT_THAT(says(write("two.onnx", two.SerializeAsString())), HasSubstr("2 inputs"));
}

TEST_F(MattingModel, CutsOutWhatItSees) {
    render::Image photo(400, 300, 3);
    for (int y = 0; y < 300; ++y) {
        for (int x = 0; x < 400; ++x) {
            const bool inside = x >= 120 && x < 290 && y >= 70 && y < 220;
            photo.at(x, y, inside ? 0 : 1) = static_cast<std::uint8_t>(120 + (x * 7 + y * 13) % 100);
            photo.at(x, y, 2) = static_cast<std::uint8_t>((x * 31 + y * 17) % 200);
        }
    }
    const render::Cutout cutout = render::cut_out(photo, {}, foreground_model(network({1, 3, 256, 256})));
    EXPECT_EQ(cutout.source, "found");
    int wrong = 0;
    for (int y = 0; y < 300; ++y) {
        for (int x = 0; x < 400; ++x) {
            const bool inside = x >= 120 && x < 290 && y >= 70 && y < 220;
            wrong += (cutout.mask.at(x, y) >= 0.5F) != inside ? 1 : 0;
        }
    }
    EXPECT_LT(wrong, 400);  // less than a pixel along the outline
}

}  // namespace
}  // namespace maquette::recon::segment
