#include "recon/refine/correspondence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "recon/refine/prior_appearance.h"
#include "recon/refine/refiner.h"
#include "render/error.h"
#include "render/surface_extraction.h"

namespace maquette::recon {
namespace {

template <typename Field>
DisplacementGrid displacement_of(int resolution, Field field) {
    DisplacementGrid grid(resolution);
    for (int z = 0; z < resolution; ++z) {
        for (int y = 0; y < resolution; ++y) {
            for (int x = 0; x < resolution; ++x) {
                const Eigen::Vector3f d = field(grid.axes[0].centre(x, y, z));
                for (int axis = 0; axis < 3; ++axis) grid.axes[static_cast<std::size_t>(axis)].at(x, y, z) = d[axis];
            }
        }
    }
    return grid;
}

TEST(Correspondence, ComposesMoves) {
    // A stretch along x, then a shift: where something was before both.
    const auto stretch =
        displacement_of(32, [](const Eigen::Vector3f& p) { return Eigen::Vector3f(-0.25F * p.x(), 0, 0); });
    const auto shift = displacement_of(32, [](const Eigen::Vector3f&) { return Eigen::Vector3f(0.1F, -0.05F, 0); });
    const DisplacementGrid both = composed(stretch, shift);
    for (const Eigen::Vector3f& p : {Eigen::Vector3f(0, 0, 0), {0.2F, 0.1F, -0.3F}, {-0.3F, 0.2F, 0.1F}}) {
        const Eigen::Vector3f shifted = p + Eigen::Vector3f(0.1F, -0.05F, 0);
        const Eigen::Vector3f expected(0.75F * shifted.x(), shifted.y(), shifted.z());
        EXPECT_LT((p + both.at(p) - expected).norm(), 1e-5F);
        EXPECT_LT((places_before(both, std::vector{p}).front() - expected).norm(), 1e-5F);
    }
    EXPECT_EQ(composed({}, shift).axes[0].values, shift.axes[0].values);
    EXPECT_EQ(composed(stretch, {}).axes[0].values, stretch.axes[0].values);
}

TEST(Correspondence, AddsByWeightAndRefusesOtherGrids) {
    const auto a = displacement_of(8, [](const Eigen::Vector3f& p) { return p; });
    DisplacementGrid sum;
    add_scaled(sum, a, 0.25);
    add_scaled(sum, a, 0.5);
    add_scaled(sum, {}, 3);
    EXPECT_NEAR(sum.axes[2].at(1, 2, 3), 0.75F * a.axes[2].at(1, 2, 3), 1e-6F);
    EXPECT_THROW(add_scaled(sum, DisplacementGrid(4), 1), UsageError);
}

class NoViews : public EncodedViews {
public:
    [[nodiscard]] int count() const override { return 1; }
    [[nodiscard]] std::unique_ptr<EncodedViews> pick(std::span<const int> /*views*/) const override {
        return std::make_unique<NoViews>();
    }
};

/// Moves the shape by a known amount along x in each step.
class ShiftingNetwork : public RefinementNetwork {
public:
    static constexpr float shift = 0.08F;

    [[nodiscard]] std::string architecture() const override { return "shifting"; }
    [[nodiscard]] bool needs_cameras() const override { return false; }
    [[nodiscard]] long long parameter_count() const override { return 0; }
    [[nodiscard]] float threshold() const override { return 0.5F; }
    [[nodiscard]] int default_iterations() const override { return 2; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
    [[nodiscard]] std::unique_ptr<EncodedViews> encode(std::span<const View> /*views*/) const override {
        return std::make_unique<NoViews>();
    }
    [[nodiscard]] render::VoxelGrid step(const EncodedViews& /*views*/, const priors::CategoryPrior& /*prior*/,
                                         const render::VoxelGrid& current, int /*iteration*/) const override {
        render::VoxelGrid next = current;
        for (int z = 0; z < next.resolution; ++z) {
            for (int y = 0; y < next.resolution; ++y) {
                for (int x = 0; x < next.resolution; ++x) {
                    next.at(x, y, z) =
                        render::sample_trilinear(current, next.centre(x, y, z) - Eigen::Vector3f(shift, 0, 0));
                }
            }
        }
        return next;
    }
    [[nodiscard]] std::vector<render::VoxelGrid> step_batch(std::span<const RefinementQuery> queries) const override {
        for (const auto& query : queries) {
            if (query.displacement == nullptr) continue;
            *query.displacement = displacement_of(query.current->resolution,
                                                  [](const Eigen::Vector3f&) { return Eigen::Vector3f(-shift, 0, 0); });
        }
        return RefinementNetwork::step_batch(queries);
    }

private:
    std::map<std::string, std::string> metadata_;
};

/// Red on the left, blue on the right: two materials.
render::TriangleMesh two_coloured_box() {
    render::TriangleMesh mesh = render::make_box({0.5F, 0.3F, 0.3F});
    render::TriangleMesh right = mesh;
    for (auto& vertex : mesh.vertices) vertex.x() = std::min(vertex.x(), 0.0F);
    const int offset = static_cast<int>(mesh.vertices.size());
    for (auto vertex : right.vertices) {
        vertex.x() = std::max(vertex.x(), 0.0F);
        mesh.vertices.push_back(vertex);
    }
    for (const auto& t : right.triangles) mesh.triangles.push_back(t + Eigen::Vector3i::Constant(offset));
    mesh.vertex_normals.clear();
    mesh.materials = {{.name = "left", .base_colour = {1, 0, 0}}, {.name = "right", .base_colour = {0, 0, 1}}};
    mesh.material_ids.assign(12, 0);
    mesh.material_ids.insert(mesh.material_ids.end(), 12, 1);
    return mesh;
}

TEST(Correspondence, ResultVerticesKnowWhereInThePriorTheyCameFrom) {
    priors::CategoryPrior prior;
    prior.mean = render::VoxelGrid(32);
    for (int z = 11; z < 21; ++z) {
        for (int y = 11; y < 21; ++y) {
            for (int x = 8; x < 24; ++x) prior.mean.at(x, y, z) = 1;
        }
    }
    const Refiner refiner(std::make_shared<ShiftingNetwork>());
    const RefinementResult result =
        refiner.run(std::vector<View>(1), prior, {.iterations = 2, .correspondence = true}, nullptr, {});
    const render::TriangleMesh mesh = render::extract_surface(result.final->occupancy, 0.5F);
    const auto places = places_before(result.correspondence, mesh.vertices);
    float left = 1;
    float right = -1;
    for (std::size_t i = 0; i < places.size(); ++i) {
        EXPECT_NEAR(places[i].x(), mesh.vertices[i].x() - 2 * ShiftingNetwork::shift, 1e-4F);
        left = std::min(left, places[i].x());
        right = std::max(right, places[i].x());
    }
    // The box the prior was, to within the blur of two interpolations.
    EXPECT_NEAR(left, -0.266F, 0.02F);
    EXPECT_NEAR(right, 0.266F, 0.02F);

    // Its parts and colours go with it.
    const PriorAppearance appearance(two_coloured_box());
    EXPECT_EQ(appearance.part_names(), (std::vector<std::string>{"left", "right"}));
    const auto marks = appearance.at(places);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (std::abs(places[i].x()) < 0.02F) continue;
        const bool on_left = places[i].x() < 0;
        EXPECT_EQ(marks.parts[i], on_left ? 0 : 1);
        EXPECT_NEAR(marks.colours[i].x(), on_left ? 1 : 0, 1e-3F);
        EXPECT_NEAR(marks.colours[i].z(), on_left ? 0 : 1, 1e-3F);
    }
    EXPECT_TRUE(refiner.run(std::vector<View>(1), prior, {2}, nullptr, {}).correspondence.empty()) << "not asked for";
}

TEST(PriorAppearance, PiecesWithoutMaterialsArePartsAndColoursMayBeOfVertices) {
    render::TriangleMesh mesh = two_coloured_box();
    mesh.materials.clear();
    mesh.material_ids.clear();
    // Apart, so that the two halves share no place.
    for (std::size_t i = mesh.vertices.size() / 2; i < mesh.vertices.size(); ++i) mesh.vertices[i].x() += 0.1F;
    const PriorAppearance plain(mesh);
    EXPECT_EQ(plain.part_names(), (std::vector<std::string>{"piece 1", "piece 2"}));
    EXPECT_FALSE(plain.has_colours());
    const std::vector<Eigen::Vector3f> places = {{-0.3F, 0, 0}, {0.4F, 0, 0}};
    EXPECT_EQ(plain.at(places).parts, (std::vector<int>{0, 1}));
    EXPECT_TRUE(plain.at(places).colours.empty());

    render::TriangleMesh whole = render::make_sphere(0.4F, 24, 32);
    for (const auto& vertex : whole.vertices) {
        whole.vertex_colours.push_back(vertex.y() > 0 ? Eigen::Vector3f(0, 1, 0) : Eigen::Vector3f(1, 1, 0));
    }
    const PriorAppearance painted(whole);
    EXPECT_TRUE(painted.part_names().empty());
    const auto marks = painted.at(std::vector<Eigen::Vector3f>{{0, 0.5F, 0}, {0, -0.5F, 0.1F}});
    EXPECT_TRUE(marks.parts.empty());
    EXPECT_LT((marks.colours[0] - Eigen::Vector3f(0, 1, 0)).norm(), 1e-2F);
    EXPECT_LT((marks.colours[1] - Eigen::Vector3f(1, 1, 0)).norm(), 1e-2F);
    EXPECT_THROW((void)PriorAppearance(render::TriangleMesh{}), InputError);
}

}  // namespace
}  // namespace maquette::recon
