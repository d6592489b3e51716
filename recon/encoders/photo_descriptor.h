#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "recon/refine/view.h"
#include "render/image.h"

namespace maquette::recon::encoders {

inline constexpr const char* descriptor_architecture = "encoders";

/// Several encoders and the ensemble (ensemble.h) that joins them: what photos are compared by. Immutable; not to be
/// asked by several threads at once.
class PhotoDescriptor {
public:
    /// Reads a file of `save`. Strict: throws InputError naming what is wrong with it.
    explicit PhotoDescriptor(const std::filesystem::path& weights);
    /// Joins trained encoders on pictures [64, 64, 4], at least 2, cut out as views are. Throws InputError where a file
    /// is none of an encoder, UsageError without encoders or pictures.
    PhotoDescriptor(const std::vector<std::filesystem::path>& encoders, const std::vector<render::FloatImage>& pictures,
                    std::uint64_t seed);
    ~PhotoDescriptor();
    PhotoDescriptor(PhotoDescriptor&&) noexcept;
    PhotoDescriptor& operator=(PhotoDescriptor&&) noexcept;

    /// psi of each view, unit length, all of one length.
    [[nodiscard]] std::vector<std::vector<float>> describe(const std::vector<View>& views) const;

    /// Tasks of the encoders, in their order.
    [[nodiscard]] const std::vector<std::string>& members() const;
    /// Digest of the weights: representations of different digests must not be compared.
    [[nodiscard]] const std::string& digest() const;
    /// One fp16 safetensors file, atomic. The digest is another afterwards only in that weights were rounded: load the
    /// file to compare with what others describe by it.
    void save(const std::filesystem::path& path) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace maquette::recon::encoders
