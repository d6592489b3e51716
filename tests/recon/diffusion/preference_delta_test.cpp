#include "recon/diffusion/preference_delta.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>

#include "recon/diffusion/novel_view_denoiser.h"
#include "recon/diffusion/view_loop.h"
#include "render/error.h"
#include "render/io/safetensors.h"

namespace maquette::recon::diffusion {
namespace {

using ::testing::HasSubstr;

class PreferenceDelta : public ::testing::Test {
protected:
    PreferenceDelta()
        : folder_(std::filesystem::temp_directory_path() / ("maquette_delta_" + std::to_string(::getpid()))) {
        std::filesystem::create_directories(folder_);
        save_random_novel_view(path("base.safetensors"), 3);
        base_ = load_novel_view(path("base.safetensors"));
    }
    ~PreferenceDelta() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }

    /// Of the base with one tensor moved.
    [[nodiscard]] Parameters moved() const {
        Parameters tuned = base_->parameters;
        auto& tensor = tuned.at("conv_in.weight");
        tensor = tensor + at::linspace(-3e-3, 2e-3, tensor.numel(), torch::kFloat32).view(tensor.sizes());
        return tuned;
    }

    /// What applying the file says against it.
    [[nodiscard]] std::string refusal(const NovelViewWeights& base, const std::string& name) const {
        try {
            static_cast<void>(apply_preference_delta(base, path(name)));
        } catch (const InputError& error) {
            return error.what();
        }
        return "";
    }

    std::filesystem::path folder_;
    std::shared_ptr<const NovelViewWeights> base_;
};

TEST_F(PreferenceDelta, BringsTheTunedWeightsBack) {
    const Parameters tuned = moved();
    save_preference_delta(path("delta.safetensors"), base_->parameters, tuned, {{"objective", "dpo"}});
    const auto file = render::read_safetensors(path("delta.safetensors"));
    EXPECT_EQ(file.tensors.size(), 1U);
    EXPECT_EQ(file.metadata.at("architecture"), "novel-view-delta");
    EXPECT_EQ(file.metadata.at("objective"), "dpo");
    EXPECT_EQ(file.metadata.at(preference_base_key), weights_digest(base_->parameters));

    const auto applied = apply_preference_delta(*base_, path("delta.safetensors"));
    for (const auto& [name, tensor] : tuned) {
        EXPECT_LT((applied->parameters.at(name) - tensor).abs().max().item<double>(), 3e-6) << name;
    }
    EXPECT_FALSE(at::equal(applied->parameters.at("conv_in.weight"), base_->parameters.at("conv_in.weight")));
    EXPECT_EQ(applied->metadata, base_->metadata);
}

TEST_F(PreferenceDelta, TheDigestIsOfTheValues) {
    EXPECT_EQ(weights_digest(base_->parameters), weights_digest(load_novel_view(path("base.safetensors"))->parameters));
    EXPECT_NE(weights_digest(base_->parameters), weights_digest(moved()));
}

TEST_F(PreferenceDelta, RefusesAnotherBase) {
    save_preference_delta(path("delta.safetensors"), base_->parameters, moved(), {});
    save_random_novel_view(path("other.safetensors"), 4);
    EXPECT_THAT(refusal(*load_novel_view(path("other.safetensors")), "delta.safetensors"), HasSubstr("other weights"));
    EXPECT_THAT(refusal(*base_, "base.safetensors"), HasSubstr("not differences"));
    // Applied once, it is another base.
    EXPECT_THAT(refusal(*apply_preference_delta(*base_, path("delta.safetensors")), "delta.safetensors"),
                HasSubstr("other weights"));

    auto file = render::read_safetensors(path("delta.safetensors"));
    file.tensors["stranger"] = file.tensors.at("conv_in.weight");
    render::write_safetensors(path("strange.safetensors"), file);
    EXPECT_THAT(refusal(*base_, "strange.safetensors"), HasSubstr("stranger"));
    Parameters fewer = moved();
    fewer.erase("conv_in.weight");
    EXPECT_THROW(save_preference_delta(path("bad.safetensors"), base_->parameters, fewer, {}), UsageError);
}

TEST_F(PreferenceDelta, TheViewLoopTakesIt) {
    save_preference_delta(path("delta.safetensors"), base_->parameters, moved(), {});
    EXPECT_NO_THROW(ViewLoop(path("base.safetensors"), path("delta.safetensors")));
    EXPECT_THROW(ViewLoop(path("base.safetensors"), path("base.safetensors")), InputError);
    EXPECT_THROW(ViewLoop(path("base.safetensors"), path("missing.safetensors")), InputError);
}

}  // namespace
}  // namespace maquette::recon::diffusion
