#include "recon/train/preference_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "recon/data/block_codec.h"
#include "recon/data/record_file.h"
#include "recon/diffusion/geometry_picture.h"
#include "recon/diffusion/novel_view_model.h"
#include "render/error.h"
#include "render/io/atomic_file.h"

namespace maquette::recon {
namespace {

using nlohmann::json;

constexpr const char* format_name = "maquette judged views";
constexpr int format_version = 1;
constexpr int largest_image = 4096;

std::string encode(const PairFileHeader& header) {
    return json{{"format", format_name},
                {"version", format_version},
                {"base_digest", header.base_digest},
                {"settings", json::parse(header.settings)}}
        .dump();
}

PairFileHeader decode_header(const RecordFile& file, const std::string& what) {
    const auto object = file.records().empty()
                            ? json()
                            : json::parse(file.records().front().description, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object() || object.value("format", "") != format_name || !object.contains("settings") ||
        !object.value("base_digest", json()).is_string()) {
        throw InputError(fmt::format("{}: not a file of judged views; give one that `maquette train dpo` made", what));
    }
    if (object.value("version", 0) != format_version) {
        throw InputError(
            fmt::format("{}: judged views in version {} of the format, this program reads {}; make them "
                        "again",
                        what, object.value("version", 0), format_version));
    }
    return {object["base_digest"].get<std::string>(), object["settings"].dump()};
}

std::string describe(const JudgedViews& judged) {
    return json{{"number", judged.number},
                {"key", judged.key},
                {"shape", judged.shape},
                {"photo", judged.photo},
                {"target", judged.target},
                {"iou", judged.iou},
                {"seeds", judged.seeds},
                {"rewards", judged.rewards},
                {"pose", judged.pose},
                {"image_size", judged.image_size},
                {"geometry", !judged.geometry.empty()}}  // A path need not be UTF-8.
        .dump(-1, ' ', false, json::error_handler_t::replace);
}

std::size_t pixels_of(const JudgedViews& judged, int channels) {
    return static_cast<std::size_t>(judged.image_size) * static_cast<std::size_t>(judged.image_size) *
           static_cast<std::size_t>(channels);
}

std::vector<std::uint8_t> pack(const JudgedViews& judged) {
    std::vector<std::uint8_t> bytes = judged.photo_pixels;
    bytes.insert(bytes.end(), judged.views.begin(), judged.views.end());
    bytes.insert(bytes.end(), judged.geometry.begin(), judged.geometry.end());
    difference_rows(bytes, static_cast<std::size_t>(judged.image_size));
    std::vector<std::uint8_t> block;
    append_compressed(bytes, block);
    return block;
}

/// False where the payload is damaged.
bool unpack(std::span<const std::uint8_t> payload, bool with_geometry, JudgedViews& judged) {
    const std::size_t picture = pixels_of(judged, diffusion::picture_channels);
    const std::size_t views = judged.seeds.size() * picture;
    const std::size_t geometry = with_geometry ? pixels_of(judged, diffusion::geometry_channels) : 0;
    std::vector<std::uint8_t> bytes(picture + views + geometry);
    if (!decompress(payload, bytes)) return false;
    accumulate_rows(bytes, static_cast<std::size_t>(judged.image_size));
    const auto at = [&](std::size_t place) { return bytes.begin() + static_cast<std::ptrdiff_t>(place); };
    judged.photo_pixels.assign(at(0), at(picture));
    judged.views.assign(at(picture), at(picture + views));
    judged.geometry.assign(at(picture + views), bytes.end());
    return true;
}

/// Nothing where the record is damaged.
std::optional<JudgedViews> decode(const RecordFile::Record& record, bool with_pictures, const std::string& what) {
    JudgedViews judged;
    bool with_geometry = false;
    try {
        const auto object = json::parse(record.description);
        judged.number = object.at("number").get<long long>();
        judged.key = object.at("key").get<std::string>();
        judged.shape = object.at("shape").get<std::string>();
        judged.photo = object.at("photo").get<int>();
        judged.target = object.at("target").get<int>();
        judged.iou = object.at("iou").get<double>();
        judged.seeds = object.at("seeds").get<std::vector<std::uint64_t>>();
        judged.rewards = object.at("rewards").get<std::vector<double>>();
        judged.pose = object.at("pose").get<diffusion::PoseCode>();
        judged.image_size = object.at("image_size").get<int>();
        with_geometry = object.at("geometry").get<bool>();
    } catch (const json::exception& error) {
        throw InputError(fmt::format("{}: a record is no judged views ({}); make them again", what, error.what()));
    }
    if (judged.seeds.size() != judged.rewards.size() || judged.seeds.empty() || judged.image_size < 1 ||
        judged.image_size > largest_image) {
        throw InputError(fmt::format("{}: record {} has {} seeds, {} rewards and pictures of {} pixels; make it again",
                                     what, judged.number, judged.seeds.size(), judged.rewards.size(),
                                     judged.image_size));
    }
    if (!record.intact() || (with_pictures && !unpack(record.payload, with_geometry, judged))) return std::nullopt;
    return judged;
}

}  // namespace

std::optional<std::pair<int, int>> preferred_pair(const JudgedViews& judged, double margin) {
    const auto& rewards = judged.rewards;
    const auto [worst, best] = std::minmax_element(rewards.begin(), rewards.end());
    if (worst == rewards.end() || !(*best - *worst >= margin) || !(*best > *worst)) return std::nullopt;
    return std::pair(static_cast<int>(best - rewards.begin()), static_cast<int>(worst - rewards.begin()));
}

PairFile read_pair_file(const std::filesystem::path& path, bool with_pictures) {
    const RecordFile file(path);
    PairFile result;
    result.header = decode_header(file, path.string());
    std::string digested;
    for (std::size_t i = 0; i < file.records().size(); ++i) {
        const auto& record = file.records()[i];
        if (i > 0) {
            auto judged = decode(record, with_pictures, path.string());
            if (!judged) continue;
            result.judged.push_back(std::move(*judged));
        }
        digested += record.description;
        digested += fmt::format(" {:08x}\n", record.payload_crc);
    }
    result.digest = render::sha256_of(digested);
    return result;
}

PairFileWriter::PairFileWriter(const std::filesystem::path& path, const PairFileHeader& header)
    : appender_(std::make_unique<RecordAppender>(path)) {
    const RecordFile present(path);
    if (present.is_blank()) {
        appender_->resume_at(0);
        appender_->append(encode(header), {});
        appender_->sync();
        return;
    }
    PairFile file = read_pair_file(path, /*with_pictures=*/false);
    if (file.header.base_digest != header.base_digest) {
        throw InputError(fmt::format(
            "{}: its views were generated by other weights ({:.12}) than those given ({:.12}); choose another file",
            path.string(), file.header.base_digest, header.base_digest));
    }
    if (json::parse(file.header.settings) != json::parse(header.settings)) {
        throw InputError(fmt::format("{}: made with other settings ({}) than asked for ({}); choose another file",
                                     path.string(), file.header.settings, header.settings));
    }
    present_ = std::move(file.judged);
    appender_->resume_at(present.complete_bytes());
}

PairFileWriter::~PairFileWriter() = default;

void PairFileWriter::append(const JudgedViews& judged) {
    appender_->append(describe(judged), pack(judged));
    appender_->sync();
}

}  // namespace maquette::recon
