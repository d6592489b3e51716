#include "recon/encoders/pretext_task.h"

#include <ATen/Functions.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "recon/encoders/image_encoder.h"
#include "recon/encoders/pretext_names.h"
#include "recon/encoders/pretext_tasks.h"
#include "recon/refine/network_layers.h"
#include "render/error.h"

namespace maquette::recon::encoders {
namespace {

constexpr int turns = 4;
constexpr int code_size = 128;
constexpr double temperature = 0.1;
constexpr double momentum = 0.5;

/// A linear layer on [N, C].
torch::Tensor linear(const Parameters& p, const std::string& name, const torch::Tensor& x) {
    return conv2d(p, name, x.unsqueeze(2).unsqueeze(3)).flatten(1);
}

double share_right(const torch::Tensor& logits, const torch::Tensor& targets) {
    return logits.argmax(1).eq(targets).to(torch::kFloat32).mean().item<double>();
}

class Rotation : public PretextTask {
public:
    [[nodiscard]] std::string name() const override { return "rotation"; }
    [[nodiscard]] std::vector<ParameterShape> head_shapes() const override {
        LayerShapes s;
        s.conv("head.turn", 2, feature_count, turns, 1);
        return s.shapes;
    }
    /// As many pictures as the batch holds: a quarter of it in all turns.
    torch::Tensor loss(const Parameters& p, const PretextBatch& batch) const override {
        const auto quarter = batch.pictures.narrow(0, 0, std::max<std::int64_t>(1, batch.pictures.size(0) / turns));
        return at::cross_entropy_loss(logits(p, quarter), targets(quarter.size(0)));
    }
    [[nodiscard]] double score(const Parameters& p, const PretextBatch& batch) const override {
        const at::NoGradGuard no_gradient;
        return share_right(logits(p, batch.pictures), targets(batch.pictures.size(0)));
    }

private:
    static torch::Tensor logits(const Parameters& p, const torch::Tensor& pictures) {
        return linear(p, "head.turn", encode(p, quarter_turns(pictures)));
    }
    static torch::Tensor targets(std::int64_t count) {
        return at::arange(turns, torch::kInt64).repeat_interleave(count);
    }
};

class Instance : public PretextTask {
public:
    explicit Instance(int instances) : instances_(instances) {
        if (instances < 2) throw UsageError(fmt::format("{} instances; instance discrimination needs 2", instances));
    }
    [[nodiscard]] std::string name() const override { return "instance"; }
    [[nodiscard]] std::vector<ParameterShape> head_shapes() const override {
        LayerShapes s;
        s.conv("head.code", 2, feature_count, code_size, 1);
        s.shapes.push_back({bank, {instances_, code_size}});
        return s.shapes;
    }
    void prepare(Parameters& p) const override { p.at(bank) = at::nan_to_num(normal(p.at(bank))); }
    [[nodiscard]] bool learns(const std::string& parameter) const override { return parameter != bank; }
    [[nodiscard]] bool needs_others() const override { return true; }

    torch::Tensor loss(const Parameters& p, const PretextBatch& batch) const override {
        const auto codes = codes_of(p, batch.pictures);
        // A copy: the bank changes below, before gradients are taken.
        const auto known = p.at(bank).detach().clone();
        const auto result = at::cross_entropy_loss(at::matmul(codes, known.t()) / temperature, batch.instances);
        const at::NoGradGuard no_gradient;
        auto memory = p.at(bank).detach();
        const auto moved = momentum * memory.index_select(0, batch.instances) + (1 - momentum) * codes.detach();
        memory.index_copy_(0, batch.instances, normal(moved));
        return result;
    }
    [[nodiscard]] double score(const Parameters& p, const PretextBatch& batch) const override {
        const at::NoGradGuard no_gradient;
        const auto codes = codes_of(p, batch.pictures);
        const auto others = codes_of(p, batch.others);
        return share_right(at::matmul(codes, others.t()), at::arange(codes.size(0), torch::kInt64));
    }

private:
    static constexpr const char* bank = "head.bank";
    /// Standardised over the batch: features of an untrained network without batch normalisation all point one way, and
    /// codes that do so too are as far from every other picture's as from their own.
    static torch::Tensor codes_of(const Parameters& p, const torch::Tensor& pictures) {
        const auto codes = linear(p, "head.code", encode(p, pictures));
        if (codes.size(0) < 2) return normal(codes);
        const auto centred = codes - codes.mean({0}, true);
        return normal(centred / centred.square().mean({0}, true).add(1e-8).sqrt());
    }
    static torch::Tensor normal(const torch::Tensor& codes) { return codes / codes.norm(2, {1}, true).clamp_min(1e-8); }
    int instances_;
};

class Autoencoder : public PretextTask {
public:
    [[nodiscard]] std::string name() const override { return "autoencoder"; }
    [[nodiscard]] std::vector<ParameterShape> head_shapes() const override {
        LayerShapes s;
        s.conv("head.open", 2, feature_count, 64 * 8 * 8, 1);
        s.norm("head.norm8", 64);
        s.conv("head.conv8", 2, 64, 64, 3);
        s.norm("head.norm16", 64);
        s.conv("head.conv16", 2, 64, 64, 3);
        s.norm("head.norm16b", 64);
        s.conv("head.pixels", 2, 64, 4 * 16, 3, 0.1);
        return s.shapes;
    }
    torch::Tensor loss(const Parameters& p, const PretextBatch& batch) const override {
        return at::mse_loss(decoded(p, encode(p, batch.pictures)), batch.pictures);
    }
    [[nodiscard]] double score(const Parameters& p, const PretextBatch& batch) const override {
        const at::NoGradGuard no_gradient;
        return 1 - loss(p, batch).item<double>();
    }

private:
    static torch::Tensor decoded(const Parameters& p, const torch::Tensor& features) {
        const auto x8 = linear(p, "head.open", features).view({-1, 64, 8, 8});
        const auto x16 = conv2d(p, "head.conv8", double_size_2d(activate(p, "head.norm8", x8)));
        const auto deep = conv2d(p, "head.conv16", activate(p, "head.norm16", x16));
        return at::pixel_shuffle(conv2d(p, "head.pixels", activate(p, "head.norm16b", deep)), 4) + 0.5;
    }
};

class Supervised : public PretextTask {
public:
    explicit Supervised(int labels) : labels_(labels) {
        if (labels < 2) throw UsageError(fmt::format("{} labels; the supervised reference needs 2", labels));
    }
    [[nodiscard]] std::string name() const override { return "supervised"; }
    [[nodiscard]] std::vector<ParameterShape> head_shapes() const override {
        LayerShapes s;
        s.conv("head.label", 2, feature_count, labels_, 1);
        return s.shapes;
    }
    torch::Tensor loss(const Parameters& p, const PretextBatch& batch) const override {
        const auto rows = labelled(batch);
        const auto logits = linear(p, "head.label", encode(p, batch.pictures));
        if (rows.numel() == 0) return logits.sum() * 0;
        return at::cross_entropy_loss(logits.index_select(0, rows), batch.labels.index_select(0, rows));
    }
    [[nodiscard]] double score(const Parameters& p, const PretextBatch& batch) const override {
        const at::NoGradGuard no_gradient;
        const auto rows = labelled(batch);
        if (rows.numel() == 0) return 0;
        return share_right(linear(p, "head.label", encode(p, batch.pictures.index_select(0, rows))),
                           batch.labels.index_select(0, rows));
    }

private:
    static torch::Tensor labelled(const PretextBatch& batch) { return batch.labels.ge(0).nonzero().flatten(); }
    int labels_;
};

}  // namespace

torch::Tensor quarter_turns(const torch::Tensor& pictures) {
    return at::cat(
        {pictures, at::rot90(pictures, 1, {2, 3}), at::rot90(pictures, 2, {2, 3}), at::rot90(pictures, 3, {2, 3})});
}

std::unique_ptr<PretextTask> make_rotation_task() {
    return std::make_unique<Rotation>();
}
std::unique_ptr<PretextTask> make_instance_task(int instances) {
    return std::make_unique<Instance>(instances);
}
std::unique_ptr<PretextTask> make_autoencoder_task() {
    return std::make_unique<Autoencoder>();
}
std::unique_ptr<PretextTask> make_supervised_task(int labels) {
    return std::make_unique<Supervised>(labels);
}

std::unique_ptr<PretextTask> make_pretext_task(const std::string& name, const PretextSettings& settings) {
    if (name == "rotation") return make_rotation_task();
    if (name == "jigsaw") return make_jigsaw_task(settings.permutations);
    if (name == "instance") return make_instance_task(settings.instances);
    if (name == "autoencoder") return make_autoencoder_task();
    if (name == "supervised") return make_supervised_task(settings.labels);
    throw UsageError(fmt::format("pretext task '{}' is unknown; known: {}", name, fmt::join(pretext_names(), ", ")));
}

}  // namespace maquette::recon::encoders
