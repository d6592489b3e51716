#include "render/io/image_io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <string>

#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::render {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        bytes += static_cast<char>(value >> shift);
    }
    return bytes;
}

std::string little_endian(std::uint32_t value) {
    const std::string bytes = big_endian(value);
    return {bytes.rbegin(), bytes.rend()};
}

std::uint32_t checksum(const std::string& bytes) {
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<std::uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
        }
    }
    return ~crc;
}

std::string png_chunk(const std::string& type, const std::string& data) {
    return big_endian(static_cast<std::uint32_t>(data.size())) + type + data + big_endian(checksum(type + data));
}

std::string stored_zlib(const std::string& data) {
    std::uint32_t a = 1;
    std::uint32_t b = 0;
    for (const char byte : data) {
        a = (a + static_cast<std::uint8_t>(byte)) % 65521;
        b = (b + a) % 65521;
    }
    const auto size = static_cast<std::uint32_t>(data.size());
    return "\x78\x01\x01"s + little_endian(size | (~size << 16U)) + data + big_endian((b << 16U) | a);
}

/// `rows` holds a filter byte before each row.
std::string png_of(std::uint32_t width, std::uint32_t height, char depth, char colour_type, const std::string& extra,
                   const std::string& rows) {
    return "\x89PNG\r\n\x1a\n"s +
           png_chunk("IHDR", big_endian(width) + big_endian(height) + depth + colour_type + std::string(3, '\0')) +
           extra + png_chunk("IDAT", stored_zlib(rows)) + png_chunk("IEND", "");
}

Image random_image(int width, int height, int channels, unsigned seed) {
    Image image(width, height, channels);
    std::mt19937 random(seed);
    for (auto& value : image.pixels) {
        value = static_cast<std::uint8_t>(random());
    }
    return image;
}

/// Smooth, so that lossy formats keep it nearly.
Image gradient_image(int width, int height) {
    Image image(width, height, 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            image.at(x, y, 0) = static_cast<std::uint8_t>(40 + 160 * x / width);
            image.at(x, y, 1) = static_cast<std::uint8_t>(220 - 160 * y / height);
            image.at(x, y, 2) = 30;
        }
    }
    return image;
}

std::string encoded(const Image& image, const std::string& extension, const std::vector<int>& parameters = {}) {
    cv::Mat ordered(image.height, image.width, CV_8UC3);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            ordered.at<cv::Vec3b>(y, x) = {image.at(x, y, 2), image.at(x, y, 1), image.at(x, y, 0)};
        }
    }
    std::vector<std::uint8_t> bytes;
    cv::imencode(extension, ordered, bytes, parameters);
    return {bytes.begin(), bytes.end()};
}

double mean_difference(const Image& a, const Image& b) {
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.height, b.height);
    EXPECT_EQ(a.channels, b.channels);
    double sum = 0;
    for (std::size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i) {
        sum += std::abs(static_cast<double>(a.pixels[i]) - b.pixels[i]);
    }
    return sum / static_cast<double>(a.pixels.size());
}

std::string exif_block(int orientation, bool big) {
    const auto number = [&](std::uint32_t value, int bytes) {
        const std::string text = big ? big_endian(value) : little_endian(value);
        return big ? text.substr(static_cast<std::size_t>(4 - bytes)) : text.substr(0, static_cast<std::size_t>(bytes));
    };
    return (big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(1, 2) + number(274, 2) + number(3, 2) +
           number(1, 4) + number(static_cast<std::uint32_t>(orientation), 2) + number(0, 2) + number(0, 4);
}

std::string jpeg_with_exif(const std::string& jpeg, const std::string& exif) {
    const std::string data = "Exif\0\0"s + exif;
    return jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(static_cast<std::uint32_t>(data.size() + 2)).substr(2) + data +
           jpeg.substr(2);
}

std::string message_of(const std::string& bytes, const ImageLimits& limits = {}) {
    try {
        decode_image(bytes, "photo.png", limits);
    } catch (const InputError& error) {
        return error.what();
    }
    return "no InputError";
}

class ImageFiles : public testing::Test {
protected:
    ImageFiles() {
        std::string pattern = (fs::temp_directory_path() / "maquette-image-XXXXXX").string();
        folder_ = ::mkdtemp(pattern.data());
    }
    ~ImageFiles() override { fs::remove_all(folder_); }
    fs::path folder_;
};

TEST_F(ImageFiles, PngRoundTripIsExact) {
    for (const int channels : {1, 3, 4}) {
        const Image image = random_image(13, 7, channels, 1);
        write_image(folder_ / "a.PNG", image);
        const Image read = read_image(folder_ / "a.PNG");
        EXPECT_EQ(read.width, 13);
        EXPECT_EQ(read.height, 7);
        EXPECT_EQ(read.channels, channels);
        EXPECT_EQ(read.pixels, image.pixels);
        EXPECT_EQ(decode_image(encode_png(image), "memory").pixels, image.pixels);
    }
}

TEST_F(ImageFiles, LossyFormatsKeepColoursInPlace) {
    const Image image = gradient_image(64, 48);
    for (const char* name : {"a.jpg", "a.jpeg", "a.webp"}) {
        write_image(folder_ / name, image);
        EXPECT_LT(mean_difference(read_image(folder_ / name), image), 3) << name;
    }
}

TEST_F(ImageFiles, JpegOfATransparentImageLiesOnWhite) {
    write_image(folder_ / "a.jpg", Image(16, 16, 4, 0));
    EXPECT_GT(read_image(folder_ / "a.jpg").at(8, 8, 1), 250);
}

TEST_F(ImageFiles, RefusesToWriteOtherKinds) {
    EXPECT_THROW(write_image(folder_ / "a.gif", Image(2, 2, 3)), InputError);
    EXPECT_THROW(write_image(folder_ / "a.png", Image()), InputError);
    EXPECT_THROW(write_image(folder_ / "a.png", Image(2, 2, 2)), InputError);
    EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(ImageFiles, MessagesNameTheFile) {
    const auto message = [&](const std::string& name) {
        try {
            read_image(folder_ / name);
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("no InputError");
    };
    write_file_atomically(folder_ / "empty.png", "");
    write_file_atomically(folder_ / "text.jpg", "not a picture at all");
    EXPECT_THAT(message("none.png"), AllOf(HasSubstr("none.png"), HasSubstr("No such file")));
    EXPECT_THAT(message("empty.png"), AllOf(HasSubstr("empty.png"), HasSubstr("empty")));
    EXPECT_THAT(message("text.jpg"), AllOf(HasSubstr("text.jpg"), HasSubstr("not a PNG, JPEG")));
}

TEST(ImageIo, OtherFormatsOfOpenCv) {
    const Image image = random_image(21, 5, 3, 2);
    EXPECT_EQ(decode_image(encoded(image, ".bmp"), "a.bmp").pixels, image.pixels);
    EXPECT_EQ(decode_image(encoded(image, ".tiff"), "a.tiff").pixels, image.pixels);
    EXPECT_EQ(decode_image(encoded(image, ".webp", {cv::IMWRITE_WEBP_QUALITY, 101}), "a.webp").pixels, image.pixels);
}

TEST(ImageIo, SizeIsCheckedBeforeDecoding) {
    const std::string huge = png_of(30000, 30000, 8, 2, "", "");
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(message_of(huge),
              "photo.png: image is 30000x30000 but at most 16384x16384 (100 megapixels) is read; scale it down");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(100));
    EXPECT_THAT(message_of(png_of(16000, 16000, 8, 2, "", "")), HasSubstr("16000x16000"));
    EXPECT_THAT(message_of(png_of(0, 4, 8, 2, "", "")), HasSubstr("no pixels"));
    EXPECT_THAT(message_of(png_of(0xFFFFFFFFU, 0xFFFFFFFFU, 8, 2, "", "")), HasSubstr("4294967295x4294967295"));

    const ImageLimits tiny{.max_side = 8, .max_pixels = 40};
    const Image wide(9, 2, 3, 100);
    for (const char* extension : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
        EXPECT_THAT(message_of(encoded(wide, extension), tiny), HasSubstr("9x2")) << extension;
        EXPECT_THAT(message_of(encoded(Image(8, 6, 3), extension), tiny), HasSubstr("8x6")) << extension;
        EXPECT_EQ(message_of(encoded(Image(8, 5, 3), extension), tiny), "no InputError") << extension;
    }
}

TEST(ImageIo, TruncatedFilesAreRefused) {
    const Image image = gradient_image(96, 80);
    for (const char* extension : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
        const std::string bytes = encoded(image, extension);
        for (std::size_t kept = 1; kept < bytes.size() - 2; kept += 1 + bytes.size() / 50) {
            EXPECT_NE(message_of(bytes.substr(0, kept)), "no InputError") << extension << " cut to " << kept;
        }
    }
    const std::string jpeg = encoded(image, ".jpg");
    EXPECT_THAT(message_of(jpeg.substr(0, jpeg.size() - 2)), HasSubstr("cut off"));
}

TEST(ImageIo, TrailingBytesAreIgnored) {
    const Image image = gradient_image(32, 32);
    for (const char* extension : {".png", ".jpg", ".webp", ".bmp", ".tiff"}) {
        EXPECT_LT(mean_difference(decode_image(encoded(image, extension) + "trailing bytes", extension), image), 3);
    }
}

TEST(ImageIo, ThumbnailInExifDoesNotHideTheTruncation) {
    const std::string thumbnail = encoded(gradient_image(16, 16), ".jpg");
    const std::string photo = jpeg_with_exif(encoded(gradient_image(96, 80), ".jpg"), exif_block(1, true) + thumbnail);
    EXPECT_EQ(decode_image(photo, "photo").width, 96);
    EXPECT_THAT(message_of(photo.substr(0, photo.size() - 400)), HasSubstr("cut off"));
}

TEST(ImageIo, DamagedDataIsRefused) {
    std::string png = encode_png(random_image(32, 32, 3, 3));
    png[png.size() / 2] = static_cast<char>(png[png.size() / 2] ^ 0x55);
    EXPECT_THAT(message_of(png), HasSubstr("damaged"));
    EXPECT_THAT(message_of("\x89PNG\r\n\x1a\n"), HasSubstr("cut off"));
    EXPECT_THAT(message_of("\xFF\xD8\xFF\xD9"), HasSubstr("cut off"));
}

TEST(ImageIo, FormatsThatAreNotRead) {
    EXPECT_THAT(message_of("\0\0\0\x20"s + "ftypheic" + std::string(40, '\0')), HasSubstr("convert it to JPEG or PNG"));
    EXPECT_THAT(message_of("GIF89a" + std::string(40, '\0')), HasSubstr("GIF"));
    EXPECT_THAT(message_of("BM"), HasSubstr("not a PNG"));
}

TEST(ImageIo, SixteenBitsAreScaled) {
    const cv::Mat deep = (cv::Mat_<std::uint16_t>(1, 4) << 0, 257, 32896, 65535);
    for (const char* extension : {".png", ".tiff"}) {
        std::vector<std::uint8_t> bytes;
        cv::imencode(extension, deep, bytes);
        const Image image = decode_image({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, extension);
        EXPECT_EQ(image.channels, 1);
        EXPECT_THAT(image.pixels, ElementsAre(0, 1, 128, 255)) << extension;
    }
}

TEST(ImageIo, FloatTiffIsRefused) {
    std::vector<std::uint8_t> bytes;
    cv::imencode(".tiff", cv::Mat(4, 4, CV_32FC1, cv::Scalar(0.5)), bytes);
    EXPECT_THAT(message_of({bytes.begin(), bytes.end()}), HasSubstr("8 and 16 bits"));
}

TEST(ImageIo, PalettesAndGreyWithAlpha) {
    const std::string palette = png_chunk("PLTE", "\xFF\x00\x00\x00\x00\xFF"s);
    const Image plain = decode_image(png_of(2, 1, 8, 3, palette, "\0\0\1"s), "palette");
    EXPECT_EQ(plain.channels, 3);
    EXPECT_THAT(plain.pixels, ElementsAre(255, 0, 0, 0, 0, 255));

    const Image transparent =
        decode_image(png_of(2, 1, 8, 3, palette + png_chunk("tRNS", "\x40"), "\0\0\1"s), "palette with alpha");
    EXPECT_EQ(transparent.channels, 4);
    EXPECT_THAT(transparent.pixels, ElementsAre(255, 0, 0, 64, 0, 0, 255, 255));

    const Image grey = decode_image(png_of(2, 1, 8, 4, "", "\0\x50\x60\x70\x80"s), "grey with alpha");
    EXPECT_EQ(grey.channels, 4);
    EXPECT_THAT(grey.pixels, ElementsAre(80, 80, 80, 96, 112, 112, 112, 128));

    const Image bits = decode_image(png_of(8, 1, 1, 0, "", "\0\xA0"s), "one bit");
    EXPECT_EQ(bits.channels, 1);
    EXPECT_THAT(bits.pixels, ElementsAre(255, 0, 255, 0, 0, 0, 0, 0));
}

TEST(ImageIo, DamagedProfilesDoNotMatter) {
    const std::string profile = png_chunk("iCCP", "x\0\0nonsense"s) + png_chunk("gAMA", big_endian(1));
    testing::internal::CaptureStderr();
    EXPECT_THAT(decode_image(png_of(1, 1, 8, 2, profile, "\0\1\2\3"s), "profile").pixels, ElementsAre(1, 2, 3));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

/// Where the pixel (x, y) of a stored picture of width x height is shown; EXIF 2.32, tag 274.
std::pair<int, int> shown_at(int x, int y, int width, int height, int orientation) {
    switch (orientation) {
        case 2:
            return {width - 1 - x, y};
        case 3:
            return {width - 1 - x, height - 1 - y};
        case 4:
            return {x, height - 1 - y};
        case 5:
            return {y, x};
        case 6:
            return {height - 1 - y, x};
        case 7:
            return {height - 1 - y, width - 1 - x};
        case 8:
            return {y, width - 1 - x};
        default:
            return {x, y};
    }
}

TEST(ImageIo, EveryExifOrientationIsApplied) {
    const Image stored = gradient_image(48, 32);
    const std::string jpeg = encoded(stored, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 100});
    const Image with_alpha = random_image(5, 3, 4, 4);
    const std::string png = encode_png(with_alpha);
    for (int orientation = 1; orientation <= 8; ++orientation) {
        for (const bool big : {false, true}) {
            const Image shown = decode_image(jpeg_with_exif(jpeg, exif_block(orientation, big)), "photo");
            ASSERT_EQ(shown.width, orientation < 5 ? 48 : 32);
            for (const auto& [x, y] : {std::pair{2, 3}, {45, 3}, {2, 28}, {45, 28}}) {
                const auto [u, v] = shown_at(x, y, 48, 32, orientation);
                EXPECT_NEAR(shown.at(u, v, 0), stored.at(x, y, 0), 8) << orientation;
                EXPECT_NEAR(shown.at(u, v, 1), stored.at(x, y, 1), 8) << orientation;
            }
        }
        const std::size_t after_header = 8 + 25;
        std::string turned = png;
        turned.insert(after_header, png_chunk("eXIf", exif_block(orientation, false)));
        const Image shown = decode_image(turned, "turned.png");
        for (int y = 0; y < 3; ++y) {
            for (int x = 0; x < 5; ++x) {
                const auto [u, v] = shown_at(x, y, 5, 3, orientation);
                ASSERT_EQ(shown.at(u, v, 3), with_alpha.at(x, y, 3)) << orientation;
                ASSERT_EQ(shown.at(u, v, 0), with_alpha.at(x, y, 0)) << orientation;
            }
        }
    }
}

/// One strip, uncompressed, grey, 3 x 2.
std::string tiff_with_orientation(std::uint32_t orientation) {
    const auto entry = [](std::uint32_t tag, std::uint32_t type, std::uint32_t value) {
        return little_endian(tag | (type << 16U)) + little_endian(1) + little_endian(value);
    };
    constexpr std::uint32_t entries = 9;
    return "II*\0"s + little_endian(8) + little_endian(entries).substr(0, 2) + entry(256, 3, 3) + entry(257, 3, 2) +
           entry(258, 3, 8) + entry(259, 3, 1) + entry(262, 3, 1) + entry(273, 4, 8 + 2 + 12 * entries + 4) +
           entry(274, 3, orientation) + entry(278, 3, 2) + entry(279, 4, 6) + little_endian(0) + "\1\2\3\4\5\6";
}

TEST(ImageIo, TiffOrientationIsApplied) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
        const Image shown = decode_image(tiff_with_orientation(static_cast<std::uint32_t>(orientation)), "a.tiff");
        ASSERT_EQ(shown.width, orientation < 5 ? 3 : 2) << orientation;
        for (int y = 0; y < 2; ++y) {
            for (int x = 0; x < 3; ++x) {
                const auto [u, v] = shown_at(x, y, 3, 2, orientation);
                EXPECT_EQ(shown.at(u, v), 1 + x + 3 * y) << orientation;
            }
        }
    }
}

TEST(ImageIo, RandomBytesBehindEverySignature) {
    std::mt19937 random(5);
    for (const std::string_view signature : {"\x89PNG\r\n\x1a\n"sv, "\xFF\xD8\xFF"sv, "RIFF\x10\0\0\0WEBPVP8X"sv,
                                             "BM"sv, "II*\0"sv, "MM\0+"sv, "\0\0\0 ftypavif"sv}) {
        for (int i = 0; i < 200; ++i) {
            std::string bytes(signature);
            for (std::size_t count = random() % 200; count > 0; --count) {
                bytes += static_cast<char>(random());
            }
            try {
                decode_image(bytes, "random", {.max_side = 1000, .max_pixels = 100000});
            } catch (const InputError&) {
            }
        }
    }
}

}  // namespace
}  // namespace maquette::render
