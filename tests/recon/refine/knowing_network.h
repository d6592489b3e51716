#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "recon/refine/refinement_network.h"

namespace maquette::recon::testing {

/// Knows the shape whatever it is shown, if only the views have cameras.
class KnowingNetwork : public RefinementNetwork {
public:
    explicit KnowingNetwork(render::VoxelGrid shape) : shape_(std::move(shape)) {}

    class Views : public EncodedViews {
    public:
        explicit Views(int count) : count_(count) {}
        [[nodiscard]] int count() const override { return count_; }
        [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> views) const override {
            return std::make_unique<Views>(static_cast<int>(views.size()));
        }

    private:
        int count_;
    };
    [[nodiscard]] std::string architecture() const override { return "knowing"; }
    [[nodiscard]] bool needs_cameras() const override { return true; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 1; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> views) const override {
        for (const auto& view : views) EXPECT_TRUE(view.camera.has_value());
        return std::make_unique<Views>(static_cast<int>(views.size()));
    }
    [[nodiscard]] std::unique_ptr<EncodedViews> posed(const EncodedViews& /*views*/, int /*view*/,
                                                      std::span<const render::Camera> cameras) const override {
        return std::make_unique<Views>(static_cast<int>(cameras.size()));
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& /*current*/, int /*iteration*/) const override {
        return shape_;
    }

private:
    render::VoxelGrid shape_;
    std::map<std::string, std::string> metadata_;
};

}  // namespace maquette::recon::testing
