#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "recon/diffusion/pose_code.h"

namespace maquette::recon {

class RecordAppender;

/// Views of one pose that a network generated from one photo, and how good each is. Pictures are [channels, S, S].
struct JudgedViews {
    long long number = 0;              ///< of the query; queries are the same in every run of a seed
    std::string key;                   ///< of a rating: digest of its line; empty: judged by computation
    std::string shape;                 ///< id in the dataset, or the photo's path
    int photo = 0;                     ///< view of the shape
    int target = 0;                    ///< view of the shape whose direction the pose has
    double iou = 0;                    ///< with the true shape, reconstructed from the photo alone
    std::vector<std::uint64_t> seeds;  ///< [K] of the noise
    std::vector<double> rewards;       ///< [K] IoU gained with the view; rated: 1 the better one, 0 the other
    diffusion::PoseCode pose{};
    int image_size = 0;                      ///< S
    std::vector<std::uint8_t> photo_pixels;  ///< [4, S, S]: 0..255 stands for -1..1
    std::vector<std::int8_t>
        geometry;  ///< [geometry_channels, S, S]: -127..127 stands for -1..1, which keeps zero; or none
    std::vector<std::uint8_t> views;  ///< [K, 4, S, S] as photo_pixels
};

/// The best view and the worst, as indices; none where their rewards are less than `margin` apart: a tie.
std::optional<std::pair<int, int>> preferred_pair(const JudgedViews& judged, double margin);

/// What all views of a file have in common.
struct PairFileHeader {
    std::string base_digest;  ///< weights_digest of the network that generated them
    std::string settings;     ///< how they were made; JSON
};

/// A file of judged views: records (record_file.h) of a JSON description and compressed pictures. A torn record at the
/// end (kill -9, power cut) is ignored and written over.
struct PairFile {
    PairFileHeader header;
    std::vector<JudgedViews> judged;  ///< in the order of the file; damaged ones left out
    std::string digest;               ///< SHA-256 over header and descriptions
};

/// with_pictures: false leaves pictures empty. Throws InputError where the file is missing or something else.
PairFile read_pair_file(const std::filesystem::path& path, bool with_pictures = true);

/// Appends to a pair file. One writer at a time; not safe to share between threads.
class PairFileWriter {
public:
    /// Opens or creates. Throws InputError where it cannot be written, is something else, or was made with other
    /// settings or another network.
    PairFileWriter(const std::filesystem::path& path, const PairFileHeader& header);
    ~PairFileWriter();
    PairFileWriter(const PairFileWriter&) = delete;
    PairFileWriter& operator=(const PairFileWriter&) = delete;

    /// What was there at the beginning, without pictures.
    [[nodiscard]] const std::vector<JudgedViews>& present() const { return present_; }
    /// On the disk when it returns.
    void append(const JudgedViews& judged);

private:
    std::unique_ptr<RecordAppender> appender_;
    std::vector<JudgedViews> present_;
};

}  // namespace maquette::recon
