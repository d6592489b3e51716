#pragma once

#include <string>
#include <vector>

namespace maquette::recon::encoders {

/// rotation: which of four quarter turns (Gidaris et al., ICLR 2018); score: share right.
/// jigsaw: which permutation of 3x3 tiles, each moved, grey or with its colours apart at random (Noroozi & Favaro, ECCV
/// 2016); score: share right.
/// instance: which instance, a softmax over all of them held in a memory bank (Wu et al., CVPR 2018; temperature 0.1,
/// momentum 0.5); score: share whose nearest of the batch's others is their own.
/// autoencoder: the picture itself from the 128 features; score: 1 - mean squared error.
/// supervised: the category, a reference; score: share right among those that have one.
const std::vector<std::string>& pretext_names();

}  // namespace maquette::recon::encoders
