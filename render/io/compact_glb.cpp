#include "render/io/compact_glb.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "render/colour_space.h"
#include "render/error.h"

namespace maquette::render {
namespace {

using nlohmann::json;

// Of the glTF 2.0 specification.
constexpr int byte_type = 5120;
constexpr int short_type = 5122;
constexpr int unsigned_short_type = 5123;
constexpr int unsigned_int_type = 5125;
constexpr int vertex_target = 34962;
constexpr int index_target = 34963;

/// -1..1 or 0..1 in whole steps.
template <typename Integer>
Integer quantised(float value) {
    constexpr auto most = static_cast<float>(std::numeric_limits<Integer>::max());
    const float least = std::is_signed_v<Integer> ? -1.0F : 0.0F;
    return static_cast<Integer>(std::lround(std::clamp(value, least, 1.0F) * most));
}

class CompactGlb {
public:
    explicit CompactGlb(const TriangleMesh& mesh) : mesh_(mesh) {
        for (const auto& vertex : mesh.vertices) scale_ = std::max(scale_, vertex.cwiseAbs().maxCoeff());
    }

    std::string run() {
        json attributes = {{"POSITION", add_positions()}};
        if (!mesh_.vertex_normals.empty()) {
            attributes["NORMAL"] = add_vectors<std::int8_t>(mesh_.vertex_normals, byte_type);
        }
        if (!mesh_.vertex_colours.empty()) {
            std::vector<Eigen::Vector3f> linear;
            for (const auto& colour : mesh_.vertex_colours) linear.push_back(linear_from_srgb(colour));
            attributes["COLOR_0"] = add_vectors<std::uint16_t>(linear, unsigned_short_type);
        }
        const json primitive = {{"attributes", attributes}, {"indices", add_indices()}, {"material", 0}};
        const json material = {{"pbrMetallicRoughness", {{"metallicFactor", 0}, {"roughnessFactor", 0.8}}},
                               {"doubleSided", true}};
        const json model = {{"asset", {{"version", "2.0"}, {"generator", "Maquette"}}},
                            {"extensionsUsed", {"KHR_mesh_quantization"}},
                            {"extensionsRequired", {"KHR_mesh_quantization"}},
                            {"scene", 0},
                            {"scenes", json::array({{{"nodes", {0}}}})},
                            {"nodes", json::array({{{"mesh", 0}, {"scale", {scale_, scale_, scale_}}}})},
                            {"meshes", json::array({{{"primitives", json::array({primitive})}}})},
                            {"materials", json::array({material})},
                            {"accessors", accessors_},
                            {"bufferViews", views_},
                            {"buffers", json::array({{{"byteLength", binary_.size()}}})}};
        return file_of(model.dump());
    }

private:
    int add_view(int target, std::size_t begin, int stride) {
        json view = {{"buffer", 0}, {"byteOffset", begin}, {"byteLength", binary_.size() - begin}, {"target", target}};
        if (stride > 0) view["byteStride"] = stride;
        views_.push_back(std::move(view));
        return static_cast<int>(views_.size()) - 1;
    }

    int add_accessor(json accessor) {
        accessors_.push_back(std::move(accessor));
        return static_cast<int>(accessors_.size()) - 1;
    }

    void append(const void* bytes, std::size_t size) { binary_.append(static_cast<const char*>(bytes), size); }

    /// Three integers and one of padding each: elements start at multiples of four bytes.
    template <typename Integer>
    int add_vectors(const std::vector<Eigen::Vector3f>& vectors, int type) {
        const std::size_t begin = binary_.size();
        for (const auto& vector : vectors) {
            const std::array<Integer, 4> element = {quantised<Integer>(vector.x()), quantised<Integer>(vector.y()),
                                                    quantised<Integer>(vector.z()), 0};
            append(element.data(), sizeof(element));
        }
        const int view = add_view(vertex_target, begin, 4 * sizeof(Integer));
        return add_accessor({{"bufferView", view},
                             {"componentType", type},
                             {"normalized", true},
                             {"type", "VEC3"},
                             {"count", vectors.size()}});
    }

    int add_positions() {
        std::vector<Eigen::Vector3f> scaled;
        Eigen::Array3i low = Eigen::Array3i::Constant(std::numeric_limits<std::int16_t>::max());
        Eigen::Array3i high = -low;
        for (const auto& vertex : mesh_.vertices) {
            scaled.emplace_back(vertex / scale_);
            for (int k = 0; k < 3; ++k) {
                const int coordinate = quantised<std::int16_t>(scaled.back()[k]);
                low[k] = std::min(low[k], coordinate);
                high[k] = std::max(high[k], coordinate);
            }
        }
        const int accessor = add_vectors<std::int16_t>(scaled, short_type);
        // Bounds are in the accessor's own integers.
        accessors_[accessor]["min"] = {low[0], low[1], low[2]};
        accessors_[accessor]["max"] = {high[0], high[1], high[2]};
        return accessor;
    }

    int add_indices() {
        const std::size_t begin = binary_.size();
        // 65535 stands for a restart and is no index.
        const bool small = mesh_.vertices.size() <= std::numeric_limits<std::uint16_t>::max();
        for (const auto& triangle : mesh_.triangles) {
            for (const int corner : triangle) {
                const auto large_index = static_cast<std::uint32_t>(corner);
                const auto small_index = static_cast<std::uint16_t>(corner);
                append(small ? static_cast<const void*>(&small_index) : &large_index, small ? 2 : 4);
            }
        }
        const int view = add_view(index_target, begin, 0);
        const int accessor = add_accessor({{"bufferView", view},
                                           {"componentType", small ? unsigned_short_type : unsigned_int_type},
                                           {"type", "SCALAR"},
                                           {"count", mesh_.triangles.size() * 3}});
        binary_.resize((binary_.size() + 3) / 4 * 4, '\0');
        return accessor;
    }

    [[nodiscard]] std::string file_of(std::string text) const {
        text.resize((text.size() + 3) / 4 * 4, ' ');
        std::string file;
        const auto add = [&](std::size_t number) {
            const auto word = static_cast<std::uint32_t>(number);
            file.append(reinterpret_cast<const char*>(&word), sizeof(word));
        };
        constexpr std::size_t header_bytes = 12;
        constexpr std::size_t chunk_header_bytes = 8;
        file += "glTF";
        add(2);
        add(header_bytes + chunk_header_bytes + text.size() + chunk_header_bytes + binary_.size());
        add(text.size());
        file += "JSON" + text;
        add(binary_.size());
        file += std::string("BIN\0", 4) + binary_;
        return file;
    }

    const TriangleMesh& mesh_;
    float scale_ = 0;  ///< of the largest coordinate
    std::string binary_;
    json views_ = json::array();
    json accessors_ = json::array();
};

}  // namespace

std::string compact_glb(const TriangleMesh& mesh) {
    if (mesh.empty()) throw UsageError("an empty mesh cannot be written as glb");
    return CompactGlb(mesh).run();
}

}  // namespace maquette::render
