#include "render/io/image_io.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "render/error.h"
#include "render/image_operations.h"
#include "render/io/atomic_file.h"
#include "render/io/image_header.h"

namespace maquette::render {

namespace {

constexpr std::size_t max_file_bytes = std::size_t{1} << 30U;

/// OpenCV's own threads would compete with parallel_for, and its log would break the progress bar.
void quieten_opencv() {
    static const bool once = [] {
        cv::setNumThreads(1);
        cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
        return true;
    }();
    static_cast<void>(once);
}

void check_size(const ImageHeader& header, const std::string& what, const ImageLimits& limits) {
    if (header.width < 1 || header.height < 1) {
        throw InputError(fmt::format("{}: image is {}x{}; it has no pixels", what, header.width, header.height));
    }
    if (header.width > limits.max_side || header.height > limits.max_side ||
        header.width > limits.max_pixels / header.height) {
        throw InputError(fmt::format("{}: image is {}x{} but at most {}x{} ({:g} megapixels) is read; scale it down",
                                     what, header.width, header.height, limits.max_side, limits.max_side,
                                     static_cast<double>(limits.max_pixels) / 1e6));
    }
}

cv::Mat decode(std::string_view bytes, const std::string& what) {
    if (bytes.size() > max_file_bytes) {
        throw InputError(fmt::format("{}: picture of {} bytes is larger than the {} that are read; scale it down", what,
                                     bytes.size(), max_file_bytes));
    }
    cv::Mat decoded;
    try {
        const cv::Mat encoded(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
        decoded = cv::imdecode(encoded, cv::IMREAD_UNCHANGED);
    } catch (const cv::Exception&) {
        decoded.release();
    }
    if (decoded.empty()) {
        throw InputError(
            fmt::format("{}: image is damaged or of a kind that is not read; save it again as JPEG or PNG", what));
    }
    return decoded;
}

cv::Mat in_eight_bits(const cv::Mat& decoded, const std::string& what) {
    cv::Mat result;
    switch (decoded.depth()) {
        case CV_8U:
            return decoded;
        case CV_16U:
            decoded.convertTo(result, CV_8U, 1.0 / 257);
            return result;
        default:
            throw InputError(fmt::format("{}: only 8 and 16 bits a channel are read; save it as 8-bit PNG", what));
    }
}

/// OpenCV's B, G, R(, A) or grey(, alpha) to R, G, B(, A) or grey.
cv::Mat in_rgb_order(const cv::Mat& decoded, const std::string& what) {
    cv::Mat result;
    switch (decoded.channels()) {
        case 1:
            return decoded;
        case 2: {
            std::vector<cv::Mat> planes;
            cv::split(decoded, planes);
            cv::merge(std::vector<cv::Mat>{planes[0], planes[0], planes[0], planes[1]}, result);
            return result;
        }
        case 3:
            cv::cvtColor(decoded, result, cv::COLOR_BGR2RGB);
            return result;
        case 4:
            cv::cvtColor(decoded, result, cv::COLOR_BGRA2RGBA);
            return result;
        default:
            throw InputError(fmt::format("{}: image has {} channels; save it as RGB", what, decoded.channels()));
    }
}

/// EXIF 2.32, tag 274: where row 0 and column 0 of the stored picture belong.
cv::Mat upright(const cv::Mat& stored, int orientation) {
    constexpr int around_both = -1;
    constexpr int left_to_right = 1;
    constexpr int top_to_bottom = 0;
    cv::Mat turned = stored;
    if (orientation >= 5) {
        cv::transpose(stored, turned);
    }
    cv::Mat result;
    switch (orientation) {
        case 2:
        case 6:
            cv::flip(turned, result, left_to_right);
            return result;
        case 3:
        case 7:
            cv::flip(turned, result, around_both);
            return result;
        case 4:
        case 8:
            cv::flip(turned, result, top_to_bottom);
            return result;
        default:
            return turned;
    }
}

Image to_image(const cv::Mat& pixels) {
    Image image(pixels.cols, pixels.rows, pixels.channels());
    cv::Mat view(pixels.rows, pixels.cols, pixels.type(), image.pixels.data());
    pixels.copyTo(view);
    return image;
}

std::string encode(const Image& image, const std::string& extension, const std::string& what) {
    quieten_opencv();
    if (image.empty() || (image.channels != 1 && image.channels != 3 && image.channels != 4)) {
        throw InputError(fmt::format("{}: an image of {}x{} with {} channels cannot be written; 1, 3 or 4 are needed",
                                     what, image.width, image.height, image.channels));
    }
    const cv::Mat source(image.height, image.width, CV_8UC(image.channels),
                         const_cast<std::uint8_t*>(image.pixels.data()));
    // A cv::Mat of its own: converting into a copy of `source` would write into the caller's pixels.
    cv::Mat ordered;
    if (image.channels == 1) {
        ordered = source;
    } else {
        cv::cvtColor(source, ordered, image.channels == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
    }
    std::vector<std::uint8_t> encoded;
    bool written = false;
    try {
        written =
            cv::imencode(extension, ordered, encoded, {cv::IMWRITE_JPEG_QUALITY, 95, cv::IMWRITE_WEBP_QUALITY, 95});
    } catch (const cv::Exception&) {
        written = false;
    }
    if (!written) {
        throw InputError(fmt::format("{}: {}x{} pixels cannot be written as {}; write a PNG", what, image.width,
                                     image.height, extension));
    }
    return {encoded.begin(), encoded.end()};
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& what, const ImageLimits& limits) {
    quieten_opencv();
    const ImageHeader header = read_image_header(bytes, what);
    check_size(header, what, limits);
    if (!header.complete) {
        throw InputError(fmt::format("{}: file is cut off; copy or download it again", what));
    }
    const cv::Mat decoded =
        header.format == ImageFormat::png ? decode(essential_png_chunks(bytes), what) : decode(bytes, what);
    return to_image(upright(in_rgb_order(in_eight_bits(decoded, what), what), header.orientation));
}

Image read_image(const std::filesystem::path& path, const ImageLimits& limits) {
    return decode_image(read_file(path, max_file_bytes), path.string(), limits);
}

void write_image(const std::filesystem::path& path, const Image& image) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    const bool jpeg = extension == ".jpg" || extension == ".jpeg";
    if (!jpeg && extension != ".png" && extension != ".webp") {
        throw InputError(
            fmt::format("{}: pictures are written as .png, .jpg or .webp, not '{}'", path.string(), extension));
    }
    // JPEG has no transparency; without this the colours under it would show.
    write_file_atomically(path, jpeg && image.channels == 4
                                    ? encode(composite_over(image, 255, 255, 255), extension, path.string())
                                    : encode(image, extension, path.string()));
}

std::string encode_png(const Image& image) {
    return encode(image, ".png", "image");
}

}  // namespace maquette::render
