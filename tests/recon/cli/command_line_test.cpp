#include <nlohmann/json.hpp>

#include "tests/recon/cli/command_fixture.h"

namespace maquette::recon::testing {
namespace {

class CommandLine : public CommandTest {
protected:
    void expect_usage_error(const std::vector<std::string>& arguments, const std::vector<std::string>& texts) const {
        const RunResult result = run(arguments);
        EXPECT_EQ(result.exit_code, 2) << result.errors;
        for (const std::string& text : texts) {
            EXPECT_NE(result.errors.find(text), std::string::npos) << "'" << text << "' is not in: " << result.errors;
        }
        EXPECT_TRUE(files_left().empty());
    }
};

TEST_F(CommandLine, NoArgumentsPrintTheHelp) {
    const RunResult result = run({});
    EXPECT_EQ(result.exit_code, 0);
    for (const char* command : {"reconstruct", "prior", "data", "train", "eval", "compare", "info", "Examples"}) {
        EXPECT_NE(result.output.find(command), std::string::npos) << command;
    }
}

TEST_F(CommandLine, EveryOptionIsInTheHelpWithDefaultAndRange) {
    const RunResult result = run({"reconstruct", "--help"});
    EXPECT_EQ(result.exit_code, 0);
    for (const char* text :
         {"--prior", "--iterations", "--threshold", "--resolution", "--weights", "--model", "--output", "-o",
          "--preview", "--report", "--cameras", "--camera-weights", "--threads", "--preset", "N [128]", "(32..256)"}) {
        EXPECT_NE(result.output.find(text), std::string::npos) << text << " is not in\n" << result.output;
    }
}

TEST_F(CommandLine, TheMaskNetworkTrainsBeforeAFolderOfPhotos) {
    const RunResult help = run({"train", "mask", "--help"});
    for (const char* text : {"--backgrounds", "--image-size", "--box-fraction", "--start-from", "(32..256)"}) {
        EXPECT_NE(help.output.find(text), std::string::npos) << text << " is not in\n" << help.output;
    }
    for (const char* text : {"--mask-weights", "--backgrounds", "--composites"}) {
        EXPECT_NE(run({"eval", "--help"}).output.find(text), std::string::npos) << text;
    }
}

TEST_F(CommandLine, EveryCommandHasHelp) {
    const std::vector<std::vector<std::string>> commands = {
        {"prior", "list"}, {"prior", "build"}, {"prior", "show"},        {"prior", "blend"}, {"prior", "rank"},
        {"data", "fetch"}, {"data", "build"},  {"data", "info"},         {"data", "sheet"},  {"data", "attribution"},
        {"eval"},          {"compare"},        {"train", "wallace2019"}, {"train", "mask"},  {"info"}};
    for (std::vector<std::string> command : commands) {
        command.emplace_back("--help");
        const RunResult result = run(command);
        EXPECT_EQ(result.exit_code, 0) << command.front();
        EXPECT_NE(result.output.find("--preset"), std::string::npos) << result.output;
    }
}

TEST_F(CommandLine, UnknownCommandSuggestsTheNearest) {
    expect_usage_error({"reconstuct", "x.png"}, {"reconstuct", "'reconstruct'"});
}

TEST_F(CommandLine, UnknownOptionSuggestsTheNearest) {
    expect_usage_error({"reconstruct", "x.png", "--resolutoin", "64"}, {"--resolutoin", "'--resolution'"});
}

TEST_F(CommandLine, NumbersAreChecked) {
    expect_usage_error({"reconstruct", "x.png", "--resolution", "1000"}, {"--resolution", "1000", "32..256"});
    expect_usage_error({"reconstruct", "x.png", "--resolution", "12x"}, {"--resolution", "12x", "whole number"});
    expect_usage_error({"reconstruct", "x.png", "--threshold", "nan"}, {"--threshold"});
    expect_usage_error({"reconstruct", "x.png", "--iterations", "-1"}, {"--iterations", "-1"});
}

TEST_F(CommandLine, ChoicesAreChecked) {
    expect_usage_error({"reconstruct", "x.png", "--model", "walace2019"}, {"walace2019", "'wallace2019'"});
}

TEST_F(CommandLine, MissingArgumentsAreNamed) {
    expect_usage_error({"prior", "build"}, {"NAME"});
    expect_usage_error({"compare", "a.obj"}, {"TRUTH"});
}

TEST_F(CommandLine, TestsAreTheLaunchersBusiness) {
    expect_usage_error({"test"}, {"./maquette test"});
}

TEST_F(CommandLine, OutputsMustDiffer) {
    expect_usage_error({"reconstruct", "x.png", "-o", "a.ply", "--report", "a.ply"}, {"--report"});
}

TEST_F(CommandLine, PresetKeysAreChecked) {
    write("preset.json", R"({"resolutionn": 64})");
    const RunResult result = run({"compare", box().string(), box().string(), "--preset", "preset.json"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_NE(result.errors.find("resolutionn"), std::string::npos) << result.errors;
}

TEST_F(CommandLine, PresetNamesTheNearestKeyAndChecksTypesAndRanges) {
    write("key.json", R"({"smaples": 1000})");
    EXPECT_NE(run({"compare", "a", "b", "--preset", "key.json"}).errors.find("\"samples\""), std::string::npos);
    write("type.json", R"({"samples": "many"})");
    const RunResult type = run({"compare", "a", "b", "--preset", "type.json"});
    EXPECT_EQ(type.exit_code, 2);
    EXPECT_NE(type.errors.find("whole number"), std::string::npos) << type.errors;
    write("range.json", R"({"samples": 5})");
    const RunResult range = run({"compare", "a", "b", "--preset", "range.json"});
    EXPECT_EQ(range.exit_code, 2);
    EXPECT_NE(range.errors.find("out of range"), std::string::npos) << range.errors;
    write("list.json", "[1, 2]");
    EXPECT_EQ(run({"compare", "a", "b", "--preset", "list.json"}).exit_code, 3);
}

TEST_F(CommandLine, TypedOptionsWinOverThePreset) {
    write("preset.json", R"({"samples": 200, "json": true})");
    const RunResult preset = run({"compare", box().string(), box().string(), "--preset", "preset.json"});
    ASSERT_EQ(preset.exit_code, 0) << preset.errors;
    EXPECT_EQ(nlohmann::json::parse(preset.output).at("samples"), 200);
    const RunResult typed =
        run({"compare", box().string(), box().string(), "--preset", "preset.json", "--samples", "300"});
    ASSERT_EQ(typed.exit_code, 0) << typed.errors;
    EXPECT_EQ(nlohmann::json::parse(typed.output).at("samples"), 300);
}

}  // namespace
}  // namespace maquette::recon::testing
