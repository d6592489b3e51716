#include "recon/refine/picture_sampling.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "render/error.h"

namespace maquette::recon {
namespace {

torch::Tensor waves(std::vector<std::int64_t> shape, double frequency) {
    std::int64_t count = 1;
    for (const auto s : shape) count *= s;
    return at::sin(at::arange(count, torch::kFloat32) * frequency).reshape(shape);
}

/// The same tensor as a leaf of its own.
torch::Tensor leaf(const torch::Tensor& tensor) {
    return tensor.detach().clone().requires_grad_(true);
}

constexpr std::int64_t bilinear = 0;

// Places inside, at the border and far outside.
TEST(PictureSampling, AgreesWithGridSamplerForwardAndBack) {
    const auto places = waves({3, 200, 2}, 1.7) * 1.3;
    const auto ours = leaf(waves({3, 5, 7, 9}, 0.37));
    const auto theirs = leaf(ours);
    const auto direction = waves({3, 5, 200}, 0.11);
    const auto mine = sample_pictures(ours, places);
    const auto wanted = at::grid_sampler_2d(theirs, places.unsqueeze(1), bilinear, /*zeros*/ 0, false).squeeze(2);
    EXPECT_TRUE(at::allclose(mine, wanted, 1e-4, 1e-5));
    (mine * direction).sum().backward();
    (wanted * direction).sum().backward();
    EXPECT_TRUE(at::allclose(ours.grad(), theirs.grad(), 1e-4, 1e-5));
}

TEST(PictureSampling, FieldsAgreeWithGridSamplerForwardAndBack) {
    const auto our_fields = leaf(waves({2, 1, 6, 6, 6}, 0.37));
    const auto their_fields = leaf(our_fields);
    const auto our_places = leaf(waves({2, 150, 3}, 1.7) * 1.2);
    const auto their_places = leaf(our_places);
    const auto direction = waves({2, 150}, 0.11);
    const auto mine = sample_fields(our_fields, our_places);
    const auto wanted =
        at::grid_sampler_3d(their_fields, their_places.unsqueeze(2).unsqueeze(2), bilinear, /*border*/ 1, false)
            .view({2, 150});
    EXPECT_TRUE(at::allclose(mine, wanted, 1e-4, 1e-5));
    (mine * direction).sum().backward();
    (wanted * direction).sum().backward();
    EXPECT_TRUE(at::allclose(our_fields.grad(), their_fields.grad(), 1e-4, 1e-5));
    EXPECT_TRUE(at::allclose(our_places.grad(), their_places.grad(), 1e-3, 1e-4));
}

TEST(PictureSampling, NowhereIsOutside) {
    const auto nowhere = at::full({1, 1, 2}, std::numeric_limits<float>::quiet_NaN());
    EXPECT_EQ(sample_pictures(at::ones({1, 2, 4, 4}), nowhere).abs().max().item<float>(), 0);
    EXPECT_THROW((void)sample_pictures(at::ones({1, 2, 4, 4}), leaf(at::zeros({1, 1, 2}))), UsageError);
}

}  // namespace
}  // namespace maquette::recon
