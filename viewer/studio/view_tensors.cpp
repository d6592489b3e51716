#include "viewer/studio/view_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "render/error.h"

namespace maquette::viewer {
namespace {

render::Image image_from(const render::TensorData& data) {
    const std::vector<std::int64_t> wanted = {recon::view_size, recon::view_size, 3};
    if (data.type != render::TensorType::u8 || data.shape != wanted) throw InputError("a photo has another size");
    render::Image image(recon::view_size, recon::view_size, 3);
    image.pixels = data.bytes;
    return image;
}

}  // namespace

const render::TensorData& tensor_named(const render::SafetensorsFile& file, const std::string& name) {
    const auto found = file.tensors.find(name);
    if (found == file.tensors.end()) throw InputError(fmt::format("no tensor \"{}\"", name));
    return found->second;
}

std::vector<float> fractions_of(const render::TensorData& data, const char* what) {
    std::vector<float> values = data.to_floats();
    const bool fit = std::all_of(values.begin(), values.end(), [](float value) { return value >= 0 && value <= 1; });
    if (!fit) throw InputError(fmt::format("{} is not between 0 and 1", what));
    return values;
}

void put_view(render::SafetensorsFile& file, const std::string& key, const recon::View& view) {
    file.tensors["rgb " + key] = {
        render::TensorType::u8, {view.rgb.height, view.rgb.width, view.rgb.channels}, view.rgb.pixels};
    file.tensors["mask " + key] =
        render::TensorData::from_floats(view.mask.pixels, {view.mask.height, view.mask.width});
}

recon::View take_view(const render::SafetensorsFile& file, const std::string& key) {
    recon::View view;
    view.rgb = image_from(tensor_named(file, "rgb " + key));
    view.mask = render::FloatImage(recon::view_size, recon::view_size, 1);
    auto mask = fractions_of(tensor_named(file, "mask " + key), "a mask");
    if (mask.size() != view.mask.pixels.size()) throw InputError("a mask has another size");
    view.mask.pixels = std::move(mask);
    return view;
}

}  // namespace maquette::viewer
