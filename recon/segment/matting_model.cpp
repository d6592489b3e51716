#include "recon/segment/matting_model.h"

#include <fmt/format.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>
#include <vector>

#include "render/error.h"

namespace maquette::recon::segment {
namespace {

constexpr int smallest_side = 32;
constexpr int largest_side = 2048;
constexpr int open_side = 512;

/// Side of the network's picture; 0: the file leaves it open.
int side_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw InputError(fmt::format("{}: cannot be read", file.string()));
    ::onnx::ModelProto model;
    if (!model.ParseFromIstream(&stream) || model.graph().node_size() == 0) {
        throw InputError(
            fmt::format("{}: this is no ONNX network; export one with torch.onnx.export or take a "
                        "published .onnx file",
                        file.string()));
    }
    std::vector<std::string> weights;
    for (const auto& tensor : model.graph().initializer()) weights.push_back(tensor.name());
    std::vector<const ::onnx::ValueInfoProto*> inputs;
    for (const auto& input : model.graph().input()) {
        // Old exporters list weights among the inputs.
        if (std::find(weights.begin(), weights.end(), input.name()) == weights.end()) inputs.push_back(&input);
    }
    if (inputs.size() != 1) {
        throw InputError(fmt::format("{}: a network with {} inputs; one that takes a picture alone is needed",
                                     file.string(), inputs.size()));
    }
    const auto& shape = inputs.front()->type().tensor_type().shape();
    const auto size = [&](int i) { return i < shape.dim_size() ? shape.dim(i).dim_value() : 0; };
    if (shape.dim_size() != 4 || (size(0) > 1) || (size(1) != 0 && size(1) != 3) || size(2) != size(3)) {
        throw InputError(
            fmt::format("{}: takes [{}, {}, {}, {}] ({} dimensions); one square RGB picture, [1, 3, S, S], "
                        "is needed (0: any)",
                        file.string(), size(0), size(1), size(2), size(3), shape.dim_size()));
    }
    return static_cast<int>(std::min<std::int64_t>(size(2), largest_side + 1));
}

void check_side(const std::filesystem::path& file, int side) {
    if (side >= smallest_side && side <= largest_side) return;
    throw InputError(fmt::format("{}: pictures of {} pixels a side; {} to {} are possible", file.string(), side,
                                 smallest_side, largest_side));
}

/// Of the published network of this size.
MattingInput usual_input(int side) {
    constexpr int u2net_side = 320;
    constexpr int isnet_side = 1024;
    if (side == u2net_side) return {side, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};
    if (side == isnet_side) return {side, {0.5, 0.5, 0.5}, {1, 1, 1}};
    return {side == 0 ? open_side : side, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}};
}

void read_side_car(const std::filesystem::path& file, int fixed_side, MattingInput& input) {
    std::ifstream stream(file);
    if (!stream) return;
    try {
        const auto said = nlohmann::json::parse(stream);
        for (const auto& [key, value] : said.items()) {
            if (key == "size") {
                input.size = value.get<int>();
            } else if (key == "mean") {
                input.mean = value.get<std::array<double, 3>>();
            } else if (key == "std") {
                input.deviation = value.get<std::array<double, 3>>();
            } else {
                throw InputError(fmt::format("{}: key '{}' is unknown; known: size, mean, std", file.string(), key));
            }
        }
    } catch (const nlohmann::json::exception& error) {
        throw InputError(fmt::format("{}: {}", file.string(), error.what()));
    }
    check_side(file, input.size);
    if (fixed_side != 0 && input.size != fixed_side) {
        throw InputError(fmt::format("{}: size {}, but the network takes {} pixels a side and no other", file.string(),
                                     input.size, fixed_side));
    }
    const bool usable =
        std::all_of(input.deviation.begin(), input.deviation.end(), [](double value) { return value > 1e-6; });
    if (!usable) throw InputError(fmt::format("{}: std must be above 0", file.string()));
}

/// OpenCV's importer writes what it does not know to the error stream besides throwing it.
class QuietLog {
public:
    QuietLog() : before_(cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT)) {}
    ~QuietLog() { cv::utils::logging::setLogLevel(before_); }
    QuietLog(const QuietLog&) = delete;
    QuietLog& operator=(const QuietLog&) = delete;

private:
    cv::utils::logging::LogLevel before_;
};

class Network {
public:
    explicit Network(const std::filesystem::path& file) : file_(file), input_(matting_input(file)) {
        const QuietLog quiet;
        try {
            network_ = cv::dnn::readNetFromONNX(file.string());
            const auto outputs = network_.getUnconnectedOutLayersNames();
            if (outputs.empty()) throw InputError(fmt::format("{}: the network has no output", file.string()));
            output_ = outputs.front();
        } catch (const cv::Exception& error) {
            throw InputError(
                fmt::format("{}: OpenCV {} cannot run this network: {}; export it with opset 11 and 32-bit "
                            "weights, or name another",
                            file.string(), CV_VERSION, error.err));
        }
    }

    [[nodiscard]] int size() const { return input_.size; }

    render::FloatImage probability(const render::Image& picture) {
        const auto count = static_cast<std::size_t>(input_.size) * static_cast<std::size_t>(input_.size);
        const std::array<int, 4> shape{1, 3, input_.size, input_.size};
        cv::Mat blob(4, shape.data(), CV_32F);
        auto* values = blob.ptr<float>();
        for (std::size_t c = 0; c < 3; ++c) {
            for (std::size_t i = 0; i < count; ++i) {
                values[c * count + i] = static_cast<float>(
                    (static_cast<double>(picture.pixels[3 * i + c]) / 255 - input_.mean[c]) / input_.deviation[c]);
            }
        }
        const std::lock_guard lock(mutex_);
        const QuietLog quiet;
        cv::Mat result;
        try {
            network_.setInput(blob);
            result = network_.forward(output_);
        } catch (const cv::Exception& error) {
            throw InputError(fmt::format("{}: OpenCV {} cannot run this network on a picture of {} pixels a side: {}",
                                         file_.string(), CV_VERSION, input_.size, error.err));
        }
        return resized(result);
    }

private:
    [[nodiscard]] render::FloatImage resized(const cv::Mat& result) const {
        if (result.dims != 4 || result.type() != CV_32F || result.size[0] != 1 || result.size[1] != 1) {
            std::string sizes;
            for (int i = 0; i < result.dims; ++i) sizes += fmt::format("{}{}", i > 0 ? ", " : "", result.size[i]);
            throw InputError(
                fmt::format("{}: the first output is [{}]; one mask, [1, 1, S, S] of 32-bit numbers, is "
                            "needed",
                            file_.string(), sizes));
        }
        const cv::Mat plane(result.size[2], result.size[3], CV_32F, const_cast<float*>(result.ptr<float>()));
        cv::Mat scaled;
        cv::resize(plane, scaled, cv::Size(input_.size, input_.size), 0, 0, cv::INTER_LINEAR);
        render::FloatImage mask(input_.size, input_.size, 1);
        std::transform(scaled.begin<float>(), scaled.end<float>(), mask.pixels.begin(),
                       [](float value) { return std::isfinite(value) ? std::clamp(value, 0.0F, 1.0F) : 0.0F; });
        return mask;
    }

    std::filesystem::path file_;
    MattingInput input_;
    std::string output_;
    std::mutex mutex_;
    cv::dnn::Net network_;
};

}  // namespace

MattingInput matting_input(const std::filesystem::path& onnx) {
    const int side = side_of(onnx);
    if (side != 0) check_side(onnx, side);
    MattingInput input = usual_input(side);
    auto side_car = onnx;
    read_side_car(side_car.replace_extension(".json"), side, input);
    return input;
}

render::ForegroundModel matting_model(const std::filesystem::path& onnx) {
    auto network = std::make_shared<Network>(onnx);
    const int size = network->size();
    return {.probability =
                [network](const render::Image& picture, const std::optional<render::PixelBox>& /*box*/) {
                    return network->probability(picture);
                },
            .picture_size = size};
}

}  // namespace maquette::recon::segment
