#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/recon/cli/program_run.h"

namespace maquette::recon::testing {

/// A folder with a photo, meshes and a small library of priors of its own, random weights, and the program run in it.
/// The library is made once for all tests of a process; what a test writes goes to a folder that goes with the test.
class CommandTest : public ::testing::Test {
protected:
    CommandTest();
    ~CommandTest() override;

    [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_ / name; }
    void write(const std::string& name, const std::string& bytes) const;
    [[nodiscard]] std::string read(const std::string& name) const;

    /// Files in the test's folder, the fixture's own left out.
    [[nodiscard]] std::vector<std::string> files_left() const;

    RunResult run(const std::vector<std::string>& arguments, RunSettings settings = {}) const;

    /// Expects exit code 3 and one line "maquette: ..." with all the texts in it, and nothing new in the folder.
    void expect_input_error(const std::vector<std::string>& arguments, const std::vector<std::string>& texts,
                            const RunSettings& settings = {}) const;

    [[nodiscard]] static std::filesystem::path photo();    ///< RGBA icon of a made-up shape
    [[nodiscard]] static std::filesystem::path box();      ///< OBJ
    [[nodiscard]] static std::filesystem::path weights();  ///< random, of the right architecture

private:
    std::filesystem::path folder_;
};

}  // namespace maquette::recon::testing
