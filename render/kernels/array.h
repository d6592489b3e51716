#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "render/kernels/cuda_device.h"

namespace maquette::render::kernels {

/// Memory that kernels at one place read and write: the host's, or a buffer of ours on the GPU. Zeros at first.
template <class T>
class Array {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    Array(std::size_t size, Device device) : size_(size), device_(device) {
        if (device_ == Device::cpu) {
            host_.resize(size);
        } else {
            on_cuda_ = static_cast<T*>(allocate_on_cuda(std::max<std::size_t>(size, 1) * sizeof(T)));
            clear();
        }
    }
    Array(std::span<const T> values, Device device) : Array(values.size(), device) { write(values); }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    Array(Array&& other) noexcept
        : size_(std::exchange(other.size_, 0)),
          device_(other.device_),
          host_(std::move(other.host_)),
          on_cuda_(std::exchange(other.on_cuda_, nullptr)) {}
    Array& operator=(Array&& other) noexcept {
        std::swap(size_, other.size_);
        std::swap(device_, other.device_);
        std::swap(host_, other.host_);
        std::swap(on_cuda_, other.on_cuda_);
        return *this;
    }
    ~Array() {
        if (on_cuda_ != nullptr) free_on_cuda(on_cuda_);
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    /// For kernels at this place alone.
    [[nodiscard]] T* data() { return device_ == Device::cpu ? host_.data() : on_cuda_; }

    void clear() {
        if (device_ == Device::cpu) {
            std::fill(host_.begin(), host_.end(), T{});
        } else {
            clear_on_cuda(on_cuda_, size_ * sizeof(T));
        }
    }
    /// values: as many as size().
    void write(std::span<const T> values) {
        if (device_ == Device::cpu) {
            std::copy_n(values.begin(), size_, host_.begin());
        } else {
            copy_to_cuda(on_cuda_, values.data(), size_ * sizeof(T));
        }
    }
    void read(std::span<T> values) const {
        if (device_ == Device::cpu) {
            std::copy(host_.begin(), host_.end(), values.begin());
        } else {
            copy_from_cuda(values.data(), on_cuda_, size_ * sizeof(T));
        }
    }
    [[nodiscard]] std::vector<T> values() const {
        std::vector<T> result(size_);
        read(result);
        return result;
    }

private:
    std::size_t size_;
    Device device_;
    std::vector<T> host_;
    T* on_cuda_ = nullptr;
};

}  // namespace maquette::render::kernels
