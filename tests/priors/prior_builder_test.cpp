#include "priors/prior_builder.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <fstream>

#include "priors/prior_picture.h"
#include "render/error.h"
#include "render/io/mesh_io.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

render::TriangleMesh scaled_and_turned(render::TriangleMesh mesh, const SourceAxes& axes) {
    Eigen::Affine3f source_from_object(object_from_source(axes).transpose());
    source_from_object.pretranslate(Eigen::Vector3f(10, -4, 2)).scale(40.0F);
    mesh.transform(source_from_object);
    return mesh;
}

double overlap(const render::VoxelGrid& a, const render::VoxelGrid& b) {
    double both = 0;
    double either = 0;
    for (std::size_t i = 0; i < a.values.size(); ++i) {
        both += a.values[i] > 0 && b.values[i] > 0;
        either += a.values[i] > 0 || b.values[i] > 0;
    }
    return both / either;
}

class Builder : public testing::Test {
protected:
    std::filesystem::path write(const std::string& name, const render::TriangleMesh& mesh) {
        render::write_mesh(folder_.path() / name, mesh);
        return folder_.path() / name;
    }
    TemporaryFolder folder_;
    Exemplar chair_ = make_exemplar(make_chair(), {});
};

TEST_F(Builder, FilesOfSeveralFormatsAndAxesGiveTheSameExemplar) {
    const SourceAxes z_up{Axis::plus_z, Axis::minus_y};
    const BuiltPrior built =
        build_prior("chairs", {write("a.obj", make_chair()), write("b.glb", scaled_and_turned(make_chair(), {})),
                               write("c.stl", scaled_and_turned(make_chair(), z_up)), write("d.ply", make_chair())});
    ASSERT_EQ(built.prior.exemplars.size(), 4U);
    ASSERT_EQ(built.axes.size(), 4U);
    for (const Exemplar& exemplar : built.prior.exemplars) {
        EXPECT_GT(overlap(exemplar.occupancy, chair_.occupancy), 0.95) << exemplar.provenance.source;
    }
    EXPECT_EQ(built.prior.name, "chairs");
    EXPECT_EQ(built.prior.exemplars[2].provenance.name, "c");
    EXPECT_EQ(built.prior.exemplars[2].provenance.source, "c.stl");
    EXPECT_EQ(built.axes[2].axes.up, Axis::plus_z);
}

TEST_F(Builder, GivenAxesAreUsed) {
    BuildOptions options;
    options.up = Axis::minus_x;
    options.front = Axis::plus_y;
    options.creator = "Someone";
    options.licence = "CC0-1.0";
    const std::filesystem::path file = write("odd.obj", scaled_and_turned(make_chair(), {Axis::minus_x, Axis::plus_y}));
    const BuiltPrior built = build_prior("odd", {file}, options);
    EXPECT_GT(overlap(built.prior.exemplars[0].occupancy, chair_.occupancy), 0.95);
    EXPECT_EQ(built.axes[0].confidence, 1.0F);
    EXPECT_EQ(built.prior.exemplars[0].provenance.creator, "Someone");
    EXPECT_EQ(built.prior.exemplars[0].provenance.licence, "CC0-1.0");
}

TEST_F(Builder, BadInputsAreRefused) {
    EXPECT_THROW(build_prior("x", {}), UsageError);
    EXPECT_THROW(build_prior("x", {folder_.path() / "missing.obj"}), InputError);
    EXPECT_THROW(build_prior("x", {folder_.path()}), InputError);
    std::ofstream(folder_.path() / "empty.obj") << "# nothing\n";
    EXPECT_THROW(build_prior("x", {folder_.path() / "empty.obj"}), InputError);
    BuildOptions parallel;
    parallel.up = Axis::plus_x;
    parallel.front = Axis::minus_x;
    EXPECT_THROW(build_prior("x", {write("chair.obj", make_chair())}, parallel), UsageError);
}

TEST(PriorPicture, ShowsAllRowsAndTheShapesInThem) {
    const Exemplar chair = make_exemplar(make_chair(), {"chair", "", "", ""});
    const Exemplar table = make_exemplar(make_table(), {"table", "", "", ""});
    PictureOptions options;
    options.cell_size = 48;
    const render::Image one = prior_picture(make_prior("one", {chair}), options);
    const render::Image two = prior_picture(make_prior("two", {chair, table}), options);
    EXPECT_GE(one.width, 4 * 48);
    EXPECT_EQ(two.width, one.width);
    EXPECT_GE(two.height, one.height + 3 * 48);
    options.max_exemplars = 1;
    const render::Image fewer = prior_picture(make_prior("two", {chair, table}), options);
    EXPECT_LT(fewer.height, two.height);
    EXPECT_THROW(prior_picture(CategoryPrior::empty()), UsageError);
}

TEST(PriorPicture, InBetweenOfTwoSpheresHasTheirMeanVolume) {
    const Exemplar small = make_exemplar(render::make_sphere(0.4F, 32, 64), {"small", "", "", ""});
    const Exemplar large = make_exemplar(render::make_sphere(0.48F, 32, 64), {"large", "", "", ""});
    const CategoryPrior prior = make_prior("two", {small, large});
    double cells = 0;
    for (const float value : prior.mean.values) {
        cells += value;
    }
    const double radius = prior.mean.cell() * std::cbrt(cells * 3 / (4 * 3.14159265));
    const Eigen::Vector3f size = in_between_surface(prior).bounding_box().sizes();
    for (int axis = 0; axis < 3; ++axis) {
        EXPECT_NEAR(size[axis], 2 * radius, 0.7 * prior.mean.cell());
    }
    EXPECT_THROW(in_between_surface(CategoryPrior::empty()), UsageError);
}

TEST(PriorPicture, InBetweenOfThinPartsThatDoNotMeetIsNotEmpty) {
    const auto plate = [](float x) { return box_between({x - 0.01F, -0.5F, -0.5F}, {x + 0.01F, 0.5F, 0.5F}); };
    const CategoryPrior prior =
        make_prior("plates", {make_exemplar(plate(-0.05F), {}), make_exemplar(plate(0.05F), {})});
    EXPECT_FALSE(in_between_surface(prior).empty());
}

TEST(PriorPicture, SurfaceOfAnExemplarFillsTheObjectsBox) {
    const Exemplar box = make_exemplar(render::make_box({1, 0.5F, 0.25F}), {"box", "", "", ""});
    const Eigen::Vector3f size = exemplar_surface(box).bounding_box().sizes();
    const auto cell = static_cast<float>(box.occupancy.cell());
    EXPECT_NEAR(size.x(), 1.0F, 2.5F * cell);
    EXPECT_NEAR(size.y(), 0.5F, 2.5F * cell);
    EXPECT_NEAR(size.z(), 0.25F, 2.5F * cell);
    const Exemplar nothing = grid_exemplar("nothing", [](int, int, int) { return false; });
    EXPECT_TRUE(exemplar_surface(nothing).empty());
    EXPECT_NO_THROW(prior_picture(make_prior("nothing", {nothing, nothing})));
}

}  // namespace
}  // namespace maquette::priors
