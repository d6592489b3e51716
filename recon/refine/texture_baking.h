#pragma once

#include <span>

#include "recon/refine/view.h"
#include "render/triangle_mesh.h"

namespace maquette::recon {

struct BakingOptions {
    int size = 1024;                  ///< side of the texture, texels, as in render::UvAtlasOptions
    std::span<const View> generated;  ///< show what neither photos nor their mirror image show
};

/// The mesh with one texture in place of its vertex colours. Texels that the views show take the views' colours
/// (weighted by the squared cosine of the sight), others those of their mirror image in X = 0, then those of generated
/// views, then the vertex colours; fading into the vertex colours where a sight becomes grazing. mesh: in the object
/// frame, with vertex normals and vertex colours. Views without a camera or of weight 0 do not count. Throws
/// UsageError where the mesh lacks normals or colours, and what render::uv_atlas throws.
render::TriangleMesh with_baked_texture(const render::TriangleMesh& mesh, std::span<const View> views,
                                        const BakingOptions& options);

}  // namespace maquette::recon
