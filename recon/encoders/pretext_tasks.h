#pragma once

#include "recon/encoders/pretext_task.h"

namespace maquette::recon::encoders {

std::unique_ptr<PretextTask> make_rotation_task();
std::unique_ptr<PretextTask> make_jigsaw_task(int permutations);
std::unique_ptr<PretextTask> make_instance_task(int instances);
std::unique_ptr<PretextTask> make_autoencoder_task();
std::unique_ptr<PretextTask> make_supervised_task(int labels);

/// The batch's pictures in all four quarter turns, [4 N, 4, S, S]: those of turn 0 first.
torch::Tensor quarter_turns(const torch::Tensor& pictures);

/// Tiles of 16x16 pixels in the places where permutation `permutations[i]` of the picture i puts them:
/// [N * 9, 4, 16, 16], picture after picture. Each is cut from a random place within its cell, its colours are moved
/// apart by up to a pixel, 3 of 10 are grey.
torch::Tensor jigsaw_pieces(const torch::Tensor& pictures, const std::vector<std::vector<int>>& orders,
                            std::uint64_t seed);

}  // namespace maquette::recon::encoders
