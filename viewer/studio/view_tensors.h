#pragma once

#include <string>
#include <vector>

#include "recon/refine/view.h"
#include "render/io/safetensors.h"

namespace maquette::viewer {

/// Pixels and mask of a view as the tensors "rgb KEY" and "mask KEY": they come back with the same bits.
void put_view(render::SafetensorsFile& file, const std::string& key, const recon::View& view);

/// A view with nothing but pixels and mask. Throws InputError where a tensor is missing, of another size, or not a
/// mask's.
recon::View take_view(const render::SafetensorsFile& file, const std::string& key);

/// Throws InputError that names the tensor where there is none.
const render::TensorData& tensor_named(const render::SafetensorsFile& file, const std::string& name);

/// Throws InputError, naming `what`, unless all are 0..1.
std::vector<float> fractions_of(const render::TensorData& data, const char* what);

}  // namespace maquette::viewer
