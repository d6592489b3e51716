#include "priors/source_axes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Geometry>

#include "priors/shape_stance.h"
#include "render/error.h"
#include "synthetic_shapes.h"

namespace maquette::priors {
namespace {

using render::TriangleMesh;

constexpr float quarter_turn = 1.57079632679F;

/// The shape as a file with these axes would hold it: object_from_source undone.
TriangleMesh as_stored(TriangleMesh mesh, const SourceAxes& axes) {
    mesh.transform(Eigen::Affine3f(object_from_source(axes).transpose()));
    return mesh;
}

AxisConvention y_up() {
    return axis_convention("shape.obj");
}

AxisConvention z_up() {
    return axis_convention("shape.stl");
}

TEST(SourceAxes, AxesAreReadAndWritten) {
    EXPECT_EQ(axis_from_string("x", "--up"), Axis::plus_x);
    EXPECT_EQ(axis_from_string("+Y", "--up"), Axis::plus_y);
    EXPECT_EQ(axis_from_string("-z", "--up"), Axis::minus_z);
    EXPECT_EQ(to_string(Axis::minus_y), "-y");
    for (const char* bad : {"", "w", "--x", "xy", "+", "-"}) {
        EXPECT_THROW(axis_from_string(bad, "--up"), UsageError) << bad;
    }
}

TEST(SourceAxes, RotationBringsUpAndFrontHome) {
    for (const SourceAxes axes : {SourceAxes{Axis::plus_z, Axis::minus_y}, SourceAxes{Axis::minus_x, Axis::plus_z},
                                  SourceAxes{Axis::plus_y, Axis::plus_z}}) {
        const Eigen::Matrix3f rotation = object_from_source(axes);
        EXPECT_TRUE((rotation * direction_of(axes.up)).isApprox(Eigen::Vector3f::UnitY()));
        EXPECT_TRUE((rotation * direction_of(axes.front)).isApprox(Eigen::Vector3f::UnitZ()));
        EXPECT_FLOAT_EQ(rotation.determinant(), 1.0F);
    }
    EXPECT_TRUE(object_from_source({}).isIdentity());
    EXPECT_THROW(object_from_source({Axis::plus_y, Axis::minus_y}), UsageError);
}

TEST(SourceAxes, ConventionsFollowTheFormat) {
    EXPECT_EQ(axis_convention("a.glb").axes.up, Axis::plus_y);
    EXPECT_TRUE(axis_convention("a.GLB").stated);
    EXPECT_EQ(axis_convention("a.obj").axes.front, Axis::plus_z);
    EXPECT_FALSE(axis_convention("a.obj").stated);
    EXPECT_EQ(axis_convention("a.STL").axes.up, Axis::plus_z);
    EXPECT_EQ(axis_convention("a.off").axes.front, Axis::minus_y);
    EXPECT_EQ(axis_convention("a.ply").axes.up, Axis::plus_y);
}

TEST(SourceAxes, StanceOfATable) {
    const ShapeStance stance = measure_stance(make_table());
    const Support& upright = stance.support[static_cast<std::size_t>(Axis::plus_y)];
    const Support& upside_down = stance.support[static_cast<std::size_t>(Axis::minus_y)];
    EXPECT_TRUE(upright.balanced);
    EXPECT_NEAR(upright.hull_fraction, 1.0F, 1e-4F);
    EXPECT_NEAR(upright.contact_fraction, 4 * 0.05F * 0.05F / 0.6F, 1e-4F);
    EXPECT_NEAR(upside_down.contact_fraction, 1.0F, 1e-4F);
    EXPECT_LT(stance.asymmetry[0], 1e-5F);
    EXPECT_LT(stance.asymmetry[2], 1e-5F);
    EXPECT_GT(stance.asymmetry[1], 0.05F);
}

TEST(SourceAxes, ASphereHasNoSupportOnItsPole) {
    const ShapeStance stance = measure_stance(render::make_sphere(0.5F, 64, 128));
    for (const Support& support : stance.support) {
        EXPECT_LT(support.hull_fraction, 0.1F);
    }
}

TEST(SourceAxes, UprightShapesOfTheUsualKindStay) {
    for (const TriangleMesh& shape : {make_chair(), make_vehicle(), make_table()}) {
        const AxisGuess y = guess_axes(shape, y_up());
        EXPECT_EQ(y.axes.up, Axis::plus_y) << y.reason;
        EXPECT_EQ(y.axes.front, Axis::plus_z) << y.reason;
        const AxisGuess z = guess_axes(as_stored(shape, z_up().axes), z_up());
        EXPECT_EQ(z.axes.up, Axis::plus_z) << z.reason;
        EXPECT_EQ(z.axes.front, Axis::minus_y) << z.reason;
    }
}

TEST(SourceAxes, ClearShapesStoredAgainstTheHabitAreFound) {
    const AxisGuess z = guess_axes(as_stored(make_table(), {Axis::plus_z, Axis::minus_y}), y_up());
    EXPECT_EQ(z.axes.up, Axis::plus_z) << z.reason;
    EXPECT_EQ(z.axes.front, Axis::minus_y) << z.reason;
    const AxisGuess y = guess_axes(make_table(), z_up());
    EXPECT_EQ(y.axes.up, Axis::plus_y) << y.reason;
    EXPECT_EQ(y.axes.front, Axis::plus_z) << y.reason;
    EXPECT_LT(y.confidence, 0.8F);
}

TEST(SourceAxes, ChairStoredAgainstTheHabitLowersTheConfidence) {
    const SourceAxes blender{Axis::plus_z, Axis::minus_y};
    const AxisGuess agrees = guess_axes(as_stored(make_chair(), blender), z_up());
    const AxisGuess contradicts = guess_axes(as_stored(make_chair(), blender), y_up());
    EXPECT_GT(agrees.confidence, 0.85F);
    EXPECT_LT(contradicts.confidence, 0.75F);
}

TEST(SourceAxes, FrontTurnedToTheSideIsFoundByTheSymmetryPlane) {
    TriangleMesh chair = make_chair();
    chair.transform(Eigen::Affine3f(Eigen::AngleAxisf(quarter_turn, Eigen::Vector3f::UnitY())));
    const AxisGuess guess = guess_axes(chair, y_up());
    EXPECT_EQ(guess.axes.up, Axis::plus_y);
    EXPECT_EQ(guess.axes.front, Axis::plus_x) << guess.reason;
}

TEST(SourceAxes, WhatIsGivenIsKept) {
    const AxisGuess both = guess_axes(make_chair(), y_up(), Axis::minus_x, Axis::plus_z);
    EXPECT_EQ(both.axes.up, Axis::minus_x);
    EXPECT_EQ(both.axes.front, Axis::plus_z);
    EXPECT_EQ(both.confidence, 1.0F);
    const AxisGuess up = guess_axes(make_chair(), y_up(), Axis::plus_z);
    EXPECT_EQ(up.axes.up, Axis::plus_z);
    EXPECT_NE(static_cast<int>(up.axes.front) / 2, 2);
    const AxisGuess front = guess_axes(make_chair(), y_up(), {}, Axis::minus_z);
    EXPECT_EQ(front.axes.up, Axis::plus_y);
    EXPECT_EQ(front.axes.front, Axis::minus_z);
    EXPECT_THROW(guess_axes(make_chair(), y_up(), Axis::plus_x, Axis::minus_x), UsageError);
    EXPECT_EQ(guess_axes(make_chair(), axis_convention("a.glb"), {}, Axis::plus_y).axes.front, Axis::plus_y);
    EXPECT_NE(guess_axes(make_chair(), axis_convention("a.glb"), {}, Axis::plus_y).axes.up, Axis::plus_y);
}

TEST(SourceAxes, StatedConventionIsNotOverruled) {
    const AxisGuess guess =
        guess_axes(as_stored(make_chair(), {Axis::plus_z, Axis::minus_y}), axis_convention("a.glb"));
    EXPECT_EQ(guess.axes.up, Axis::plus_y);
}

TEST(SourceAxes, FlatAndEmptyMeshes) {
    TriangleMesh flat;
    flat.vertices = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}};
    flat.triangles = {{0, 1, 2}};
    EXPECT_NO_THROW(guess_axes(flat, y_up()));
    EXPECT_THROW(guess_axes(TriangleMesh{}, y_up()), InputError);
}

}  // namespace
}  // namespace maquette::priors
