#include "recon/gallery/gallery_page.h"

#include <fmt/ostream.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>

#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/compact_glb.h"
#include "render/io/mesh_io.h"
#include "render/mesh_decimation.h"

namespace maquette::recon::gallery {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view mark = "<!-- objects -->";
constexpr std::size_t page_bytes = 20'000'000;
constexpr std::size_t shell_bytes = 1'000'000;
constexpr int fewest_triangles = 2000;
constexpr int most_triangles = 40'000;
constexpr int large_photo = 320;
constexpr int small_photo = 192;
constexpr std::size_t few_objects = 100;

/// Of a JPEG of so many pixels a side, seldom exceeded.
constexpr std::size_t photo_bytes(int size) {
    return static_cast<std::size_t>(size) * static_cast<std::size_t>(size) / 3;
}

std::string base64(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
    auto* out = reinterpret_cast<unsigned char*>(text.data());
    text.resize(static_cast<std::size_t>(EVP_EncodeBlock(out, in, static_cast<int>(bytes.size()))));
    return text;
}

/// As a relative link: everything but plain letters and slashes as %XX.
std::string link_to(const fs::path& path) {
    std::string link;
    for (const char c : path.generic_string()) {
        const auto letter = static_cast<unsigned char>(c);
        const bool plain =
            (letter < 128 && std::isalnum(letter) != 0) || std::string_view("/-_.~").find(c) != std::string_view::npos;
        link += plain ? std::string(1, c) : fmt::format("%{:02X}", letter);
    }
    return link;
}

/// Inside a script element no text may look like its end or a comment's begin.
std::string script_text(const json& value) {
    std::string text;
    for (const char c : value.dump(-1, ' ', false, json::error_handler_t::replace)) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

json facts_of(const GalleryObject& object) {
    return {{"name", object.name},
            {"prior", object.prior},
            {"agreement", object.agreement ? json(*object.agreement) : json(nullptr)},
            {"agreement_is_low", object.agreement_is_low},
            {"camera", object.camera},
            {"seconds", object.seconds},
            {"triangles", object.triangles},
            {"notes", object.notes},
            {"link", link_to(object.result)},
            {"file", object.result.filename().string()}};
}

json facts_of(const Gallery& gallery) {
    json objects = json::array();
    for (const GalleryObject& object : gallery.objects) objects.push_back(facts_of(object));
    json failures = json::array();
    for (const GalleryFailure& failure : gallery.failures) {
        failures.push_back({{"name", failure.name}, {"message", failure.message}});
    }
    return {{"title", gallery.title}, {"summary", gallery.summary}, {"objects", objects}, {"failures", failures}};
}

/// A batch may have grown since the model was made, so that its share is smaller now.
std::string model_bytes(const fs::path& file, int triangles) {
    std::string bytes = render::read_file(file);
    if (bytes.size() <= render::compact_glb_bytes(static_cast<std::size_t>(triangles))) return bytes;
    return render::compact_glb(render::decimated(render::read_mesh(file), triangles));
}

void embed(std::ostream& stream, std::string_view kind, std::size_t index, std::string_view bytes) {
    fmt::print(stream, "<script type=\"text/plain\" id=\"{}-{}\">{}</script>\n", kind, index, base64(bytes));
}

}  // namespace

int gallery_photo_size(std::size_t objects) {
    return objects <= few_objects ? large_photo : small_photo;
}

int gallery_triangles(std::size_t objects) {
    // Base64 makes four letters of three bytes.
    const std::size_t share = (page_bytes - shell_bytes) / 4 * 3 / std::max<std::size_t>(objects, 1);
    const std::size_t photo = photo_bytes(gallery_photo_size(objects));
    const std::size_t each = render::compact_glb_bytes(1) - render::compact_glb_bytes(0);
    const std::size_t rest = share - std::min(share, photo + render::compact_glb_bytes(0));
    return std::clamp(static_cast<int>(std::min<std::size_t>(rest / each, most_triangles)), fewest_triangles,
                      most_triangles);
}

void write_gallery(const fs::path& page, const fs::path& shell, const Gallery& gallery) {
    const std::string text = render::read_file(shell);
    const std::size_t place = text.find(mark);
    if (place == std::string::npos) {
        throw InputError(fmt::format("{}: '{}' is not in it; it is no page for a gallery", shell.string(), mark));
    }
    const int triangles = gallery_triangles(gallery.objects.size());
    render::write_file_atomically(page, [&](std::ostream& stream) {
        const std::string_view whole = text;
        stream << whole.substr(0, place);
        fmt::print(stream, "<script type=\"application/json\" id=\"gallery\">{}</script>\n",
                   script_text(facts_of(gallery)));
        for (std::size_t i = 0; i < gallery.objects.size(); ++i) {
            embed(stream, "photo", i, render::read_file(gallery.objects[i].photo));
            embed(stream, "mesh", i, model_bytes(gallery.objects[i].model, triangles));
        }
        stream << whole.substr(place + mark.size());
    });
}

}  // namespace maquette::recon::gallery
