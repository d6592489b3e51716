#pragma once

#include "recon/data/shape_dataset.h"
#include "recon/refine/view.h"

namespace maquette::recon {

/// A dataset view cut out as a photo would be, with its true camera.
View view_of(const ShapeDataset& dataset, int shape, int view);

}  // namespace maquette::recon
