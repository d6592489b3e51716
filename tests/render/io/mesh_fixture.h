#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <Eigen/Geometry>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "render/error.h"
#include "render/triangle_mesh.h"

namespace maquette::render {

/// A folder of its own for every test, removed afterwards.
class MeshFileTest : public ::testing::Test {
protected:
    MeshFileTest() {
        static std::atomic<int> count = 0;
        folder_ = std::filesystem::temp_directory_path() /
                  ("maquette_mesh_" + std::to_string(::getpid()) + "_" + std::to_string(++count));
        std::filesystem::create_directories(folder_);
    }
    ~MeshFileTest() override {
        std::error_code problem;
        std::filesystem::remove_all(folder_, problem);
    }

    std::filesystem::path put(const std::string& name, std::string_view bytes) const {
        const std::filesystem::path path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }

    std::filesystem::path folder_;
};

inline double area_of(const TriangleMesh& mesh) {
    double area = 0;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        const Eigen::Vector3d a = mesh.vertices[t[0]].cast<double>();
        area += (mesh.vertices[t[1]].cast<double>() - a).cross(mesh.vertices[t[2]].cast<double>() - a).norm() / 2;
    }
    return area;
}

inline double volume_of(const TriangleMesh& mesh) {
    double volume = 0;
    for (const Eigen::Vector3i& t : mesh.triangles) {
        volume += mesh.vertices[t[0]].cast<double>().dot(
                      mesh.vertices[t[1]].cast<double>().cross(mesh.vertices[t[2]].cast<double>())) /
                  6;
    }
    return volume;
}

/// Runs `action` and returns the InputError's message; fails the test when there is none.
template <typename Action>
std::string input_error_of(const Action& action) {
    try {
        action();
    } catch (const InputError& problem) {
        return problem.what();
    }
    ADD_FAILURE() << "no InputError";
    return {};
}

}  // namespace maquette::render
