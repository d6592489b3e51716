#include "render/io/mtl_reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "render/io/line_scanner.h"

namespace maquette::render {
namespace {

std::optional<float> finite_number(std::string_view word) {
    const std::optional<double> number = parse_number(word);
    if (!number || !std::isfinite(static_cast<float>(*number))) {
        return std::nullopt;
    }
    return static_cast<float>(*number);
}

std::optional<Eigen::Vector3f> read_colour(LineScanner& scanner) {
    Eigen::Vector3f colour;
    for (int i = 0; i < 3; ++i) {
        const std::optional<float> value = finite_number(scanner.word());
        if (!value && i != 1) {
            return std::nullopt;
        }
        // "Kd v" alone is a grey: green and blue equal red.
        if (!value) {
            return Eigen::Vector3f::Constant(colour[0]);
        }
        colour[i] = std::clamp(*value, 0.0F, 1.0F);
    }
    return colour;
}

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find_first_of(" \t"));
}

std::string_view after_first_word(std::string_view text) {
    const std::size_t blank = text.find_first_of(" \t");
    const std::size_t next = blank == std::string_view::npos ? blank : text.find_first_not_of(" \t", blank);
    return next == std::string_view::npos ? std::string_view{} : text.substr(next);
}

/// Number of arguments that are words, for options of map_Kd other than the vectors -o, -s and -t.
int argument_count(const std::string& option) {
    if (option == "-mm") {
        return 2;
    }
    constexpr std::array one = {"-blendu", "-blendv", "-cc", "-clamp", "-texres", "-bm", "-boost", "-imfchan", "-type"};
    return std::find(one.begin(), one.end(), option) != one.end() ? 1 : 0;
}

void read_texture(std::string_view text, MtlMaterial& material) {
    while (text.starts_with('-')) {
        const std::string option = lower_case(first_word(text));
        text = after_first_word(text);
        if (option == "-s" || option == "-o" || option == "-t") {
            Eigen::Vector2f& target = option == "-s" ? material.texture_scale : material.texture_offset;
            for (int i = 0; i < 3; ++i) {
                const std::optional<float> value = finite_number(first_word(text));
                if (!value || after_first_word(text).empty()) {
                    break;
                }
                if (i < 2 && option != "-t") {
                    target[i] = *value;
                }
                text = after_first_word(text);
            }
            continue;
        }
        const int arguments = argument_count(option);
        if (arguments == 0) {
            break;
        }
        for (int i = 0; i < arguments; ++i) {
            text = after_first_word(text);
        }
    }
    material.texture = portable_name(text);
}

void read_statement(const std::string& keyword, LineScanner& scanner, MtlMaterial& material) {
    if (keyword == "kd") {
        if (const auto colour = read_colour(scanner)) {
            material.material.base_colour = *colour;
        }
    } else if (keyword == "d" || keyword == "tr") {
        std::string_view word = scanner.word();
        if (word == "-halo") {
            word = scanner.word();
        }
        if (const auto value = finite_number(word)) {
            const float clamped = std::clamp(*value, 0.0F, 1.0F);
            material.material.opacity = keyword == "d" ? clamped : 1 - clamped;
        }
    } else if (keyword == "map_kd") {
        read_texture(scanner.rest(), material);
    }
}

}  // namespace

void parse_mtl(std::string_view text, std::unordered_map<std::string, MtlMaterial>& materials) {
    LineScanner scanner(text);
    MtlMaterial* current = nullptr;
    while (scanner.next_line()) {
        const std::string keyword = lower_case(scanner.word());
        if (keyword == "newmtl") {
            const std::string name(scanner.rest());
            const auto [place, added] = materials.try_emplace(name);
            place->second.material.name = name;
            current = added ? &place->second : nullptr;
        } else if (current != nullptr) {
            read_statement(keyword, scanner, *current);
        }
    }
}

}  // namespace maquette::render
