#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/jigsaw_permutations.h"
#include "recon/encoders/picture_domain.h"
#include "recon/encoders/picture_sampler.h"
#include "recon/encoders/pretext_tasks.h"
#include "recon/refine/network_layers.h"

namespace maquette::recon::encoders {
namespace {

constexpr int cells_a_side = 3;
constexpr int cell = picture_size / cells_a_side;  // 21 pixels
constexpr int tile = 16;
constexpr int hidden = 256;
constexpr double grey_chance = 0.3;
constexpr std::uint64_t permutation_seed = 1;  // of the set, which weights are trained for

class Jigsaw : public PretextTask {
public:
    explicit Jigsaw(int permutations) : permutations_(distant_permutations(permutations, permutation_seed)) {}

    [[nodiscard]] std::string name() const override { return "jigsaw"; }
    [[nodiscard]] std::vector<ParameterShape> head_shapes() const override {
        LayerShapes s;
        s.conv("head.tiles", 2, jigsaw_tiles * feature_count, hidden, 1);
        s.conv("head.permutation", 2, hidden, static_cast<int>(permutations_.size()), 1);
        return s.shapes;
    }
    torch::Tensor loss(const Parameters& p, const PretextBatch& batch) const override {
        torch::Tensor targets;
        const auto guesses = logits(p, batch, targets);
        return at::cross_entropy_loss(guesses, targets);
    }
    [[nodiscard]] double score(const Parameters& p, const PretextBatch& batch) const override {
        const at::NoGradGuard no_gradient;
        torch::Tensor targets;
        const auto guesses = logits(p, batch, targets);
        return guesses.argmax(1).eq(targets).to(torch::kFloat32).mean().item<double>();
    }

private:
    [[nodiscard]] torch::Tensor logits(const Parameters& p, const PretextBatch& batch, torch::Tensor& targets) const {
        const auto n = batch.pictures.size(0);
        Draws draws(batch.seed);
        targets = torch::empty({n}, torch::kInt64);
        std::vector<std::vector<int>> orders;
        for (std::int64_t i = 0; i < n; ++i) {
            const int chosen = draws.below(static_cast<int>(permutations_.size()));
            targets.data_ptr<std::int64_t>()[i] = chosen;
            const Permutation& order = permutations_[static_cast<std::size_t>(chosen)];
            orders.emplace_back(order.begin(), order.end());
        }
        const auto codes = encode(p, jigsaw_pieces(batch.pictures, orders, draws.next())).view({n, -1, 1, 1});
        const auto h = at::leaky_relu(conv2d(p, "head.tiles", codes), activation_slope);
        return conv2d(p, "head.permutation", h).flatten(1);
    }

    std::vector<Permutation> permutations_;
};

}  // namespace

torch::Tensor jigsaw_pieces(const torch::Tensor& pictures, const std::vector<std::vector<int>>& orders,
                            std::uint64_t seed) {
    const auto n = pictures.size(0);
    const auto side = pictures.size(2);
    const auto source = pictures.contiguous();
    auto pieces = torch::empty({n * jigsaw_tiles, 4, tile, tile}, torch::kFloat32);
    float* out = pieces.data_ptr<float>();
    Draws draws(seed);
    for (std::int64_t i = 0; i < n; ++i) {
        for (int place = 0; place < jigsaw_tiles; ++place) {
            const int from = orders[static_cast<std::size_t>(i)][static_cast<std::size_t>(place)];
            const int left = from % cells_a_side * cell + draws.below(cell - tile + 1);
            const int top = from / cells_a_side * cell + draws.below(cell - tile + 1);
            for (std::int64_t c = 0; c < 4; ++c) {
                // Colours that are moved apart give no edge that goes on in the next tile.
                const auto x0 = std::clamp<std::int64_t>(left + (c < 3 ? draws.below(3) - 1 : 0), 0, side - tile);
                const auto y0 = std::clamp<std::int64_t>(top + (c < 3 ? draws.below(3) - 1 : 0), 0, side - tile);
                const float* plane = source.data_ptr<float>() + (i * 4 + c) * side * side;
                for (int y = 0; y < tile; ++y) {
                    std::copy_n(plane + (y0 + y) * side + x0, tile, out + (c * tile + y) * tile);
                }
            }
            if (draws.chance(grey_chance)) {
                constexpr int pixels = tile * tile;
                for (int k = 0; k < pixels; ++k) {
                    const float grey = 0.299F * out[k] + 0.587F * out[pixels + k] + 0.114F * out[2 * pixels + k];
                    out[k] = out[pixels + k] = out[2 * pixels + k] = grey;
                }
            }
            out += std::ptrdiff_t{4} * tile * tile;
        }
    }
    return pieces;
}

std::unique_ptr<PretextTask> make_jigsaw_task(int permutations) {
    return std::make_unique<Jigsaw>(permutations);
}

}  // namespace maquette::recon::encoders
