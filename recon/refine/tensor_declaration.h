#pragma once

// For headers that name tensors without needing LibTorch's own headers, which cost every file that includes them over
// ten seconds.
namespace at {
class Tensor;
}
namespace torch {
using at::Tensor;
}
