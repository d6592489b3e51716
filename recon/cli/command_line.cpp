#include "recon/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "priors/prior_library.h"
#include "recon/cli/bash_completion.h"
#include "recon/cli/command_facts.h"
#include "recon/cli/commands.h"
#include "recon/cli/manual_page.h"
#include "recon/cli/preset.h"
#include "render/error.h"

namespace maquette::recon::cli {
namespace {

constexpr std::size_t help_width = 80;
constexpr const char* examples = R"(
Examples:
  maquette reconstruct chair.png --prior chair -o chair.glb
  maquette reconstruct front.jpg side.jpg --prior chair --prior sofa:0.3
  maquette reconstruct car.png --prior my_car.obj --resolution 256 -o car.ply
  maquette prior build mug a.obj b.glb --up z --front -y

Exit codes: 0 done, 1 failed, 2 bad usage, 3 bad input, 130 interrupted.
)";

/// One command: its options, and what ties them to the command line.
struct Command {
    CLI::App* app = nullptr;
    VisitFunction visit;
    std::function<int()> run;
    std::string memory_hint;
    std::filesystem::path preset;
    std::map<std::string, CLI::Option*> bound;
};

class CommandTable {
public:
    template <typename Options>
    void add(CLI::App& parent, const std::string& name, const std::string& summary, int (*run)(const Options&),
             const std::string& memory_hint = {}) {
        auto options = std::make_shared<Options>();
        add(parent, {.name = name,
                     .summary = summary,
                     .visit = [options](const OptionVisitor& visitor) { options->visit(visitor); },
                     .run = [options, run] { return run(*options); },
                     .memory_hint = memory_hint});
    }

    void add(CLI::App& parent, const ExtraCommand& added) {
        Command& command = commands_.emplace_back();
        command.app = parent.add_subcommand(added.name, added.summary);
        command.app->allow_extras();
        command.visit = added.visit;
        command.run = added.run;
        command.memory_hint = added.memory_hint;
        command.visit([&command](const OptionInfo& info, const OptionValue& value) { bind(command, info, value); });
        command.app->add_option("--preset", command.preset, "JSON file with options by name; those typed here win")
            ->option_text("FILE");
    }

    /// A command that is about the others: not in the help, without options.
    void add_hidden(CLI::App& parent, const std::string& name, const std::string& summary,
                    std::function<std::string()> text) {
        add(parent, {.name = name,
                     .summary = summary,
                     .visit = [](const OptionVisitor&) {},
                     .run =
                         [text = std::move(text)] {
                             fmt::print("{}", text());
                             return exit_done;
                         }});
        commands_.back().app->group("");
    }

    /// Of what the help shows.
    [[nodiscard]] std::vector<CommandFacts> facts() const {
        std::vector<CommandFacts> all;
        for (const Command& command : commands_) {
            if (command.app->get_group().empty()) continue;
            CommandFacts facts{.summary = command.app->get_description(), .visit = command.visit};
            for (const CLI::App* app = command.app; app->get_parent() != nullptr; app = app->get_parent()) {
                facts.words.insert(facts.words.begin(), app->get_name());
            }
            all.push_back(std::move(facts));
        }
        return all;
    }

    [[nodiscard]] Command* chosen() {
        for (Command& command : commands_) {
            if (command.app->parsed()) {
                return &command;
            }
        }
        return nullptr;
    }

private:
    static void bind(Command& command, const OptionInfo& info, const OptionValue& value) {
        std::string names = info.positional ? info.name : "--" + info.name;
        if (info.short_name != 0) {
            names = fmt::format("-{},{}", info.short_name, names);
        }
        CLI::Option* option = nullptr;
        if (bool* const* const flag = std::get_if<bool*>(&value)) {
            option = command.app->add_flag(**flag ? fmt::format("{0},!--no-{1}", names, info.name) : names, **flag,
                                           full_help(info, help_width));
        } else {
            const auto parse = [info, value](const CLI::results_t& typed) {
                assign(info, value, typed);
                return true;
            };
            option = command.app->add_option(names, parse, full_help(info, help_width));
            const std::string shown = value_text(info, value);
            option->option_text(shown.empty() ? " " : shown);
        }
        if (std::holds_alternative<std::vector<std::string>*>(value)) {
            option->expected(1, CLI::detail::expected_max_vector_size)
                ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                ->allow_extra_args(info.positional);
        }
        command.bound[info.name] = option;
    }

    std::list<Command> commands_;
};

void check_required(const OptionInfo& info, const OptionValue& value) {
    const bool empty = std::visit(
        [](const auto* given) {
            if constexpr (requires { given->empty(); }) {
                return given->empty();
            } else {
                return false;
            }
        },
        value);
    if (info.required && empty) {
        throw UsageError(fmt::format("{} is missing: {}", display_name(info), info.help));
    }
}

void refuse_extras(const CLI::App& app, const std::vector<std::string>& known) {
    const std::vector<std::string> extras = app.remaining();
    if (extras.empty()) {
        return;
    }
    const std::string& extra = extras.front();
    const std::string nearest = priors::nearest_name(extra, known);
    throw UsageError(fmt::format("unexpected argument '{}'{}", extra,
                                 nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

int run_command(Command& command) {
    std::set<std::string> given;
    std::vector<std::string> known = {"--help", "--preset"};
    for (const auto& [name, option] : command.bound) {
        known.push_back("--" + name);
        if (option->count() > 0) {
            given.insert(name);
        }
    }
    refuse_extras(*command.app, known);
    if (!command.preset.empty()) {
        apply_preset(command.preset, command.visit, given);
    }
    command.visit([](const OptionInfo& info, const OptionValue& value) {
        check_required(info, value);
        check_limits(info, value);
    });
    return command.run();
}

void add_commands(CLI::App& app, CommandTable& table, std::span<const ExtraCommand> extra) {
    table.add(app, "reconstruct", "Mesh from one photo, or several of the same object, and a prior shape",
              run_reconstruct, "lower --resolution");
    for (const ExtraCommand& command : extra) table.add(app, command);
    table.add(app, "novel-view", "Picture of the photo's object from another side", run_novel_view);
    CLI::App& prior = *app.add_subcommand("prior", "Shapes to start from: list, build, show, blend, rank");
    table.add(prior, "list", "Names of all priors", run_prior_list);
    table.add(prior, "build", "New prior from one or a few example meshes", run_prior_build, "give fewer meshes");
    table.add(prior, "show", "Picture of a prior, a mesh or a blend", run_prior_show);
    table.add(prior, "blend", "New prior mixed from others", run_prior_blend);
    table.add(prior, "rank", "Priors that look most like a photo, closest first", run_prior_rank);
    CLI::App& data = *app.add_subcommand("data", "Training and test shapes from the Debian packages");
    table.add(data, "fetch", "Download the packages with apt and unpack them, without installing", run_data_fetch);
    table.add(data, "build", "Render and voxelise every shape into one file; continues where it was stopped",
              run_data_build, "lower --threads");
    table.add(data, "info", "Counts by split and category, digest", run_data_info);
    table.add(data, "sheet", "Contact sheet of a category", run_data_sheet, "lower --shapes");
    table.add(data, "attribution", "Attribution file of all shapes", run_data_attribution);
    table.add(data, "priors", "The priors that are shipped, from the evaluated categories", run_data_priors);
    CLI::App& train = *app.add_subcommand("train", "Train a network on the shape file");
    table.add(train, "wallace2019", "The network of Wallace and Hariharan 2019", run_train_wallace,
              "lower --batch-size");
    table.add(train, "refiner", "The flagship refiner", run_train_refiner, "lower --batch-size");
    table.add(train, "camera", "The estimator of a photo's camera", run_train_camera, "lower --batch-size");
    table.add(train, "novel-view", "The diffusion network that draws an object from another side", run_train_novel_view,
              "lower --batch-size");
    table.add(train, "mask", "The network that finds the object in a photo", run_train_mask, "lower --batch-size");
    table.add(train, "encoder", "An image encoder by a pretext task, without labels", run_train_encoder,
              "lower --batch-size");
    table.add(train, "ensemble", "Heads that join trained encoders, for `prior rank`", run_train_ensemble,
              "lower --views");
    table.add(train, "covariates", "An encoder that knows how training photos were taken", run_train_covariates,
              "lower --batch-size");
    table.add(train, "covariate-study", "Encoders that were not shown a region of captures, for eval encoders",
              run_train_covariate_study, "lower --views");
    table.add(train, "dpo", "The same tuned by preferences between its views: Diffusion-DPO", run_train_dpo,
              "lower --batch-size");
    table.add(app, "eval", "Figures of the shipped or given weights on a test suite", run_eval, "lower --threads");
    table.add(app, "compare", "IoU, Chamfer distance and F-scores of one mesh against another", run_compare,
              "lower --samples");
    table.add(app, "info", "Versions, weights, threads, priors and folders", run_info);
    table.add_hidden(app, "completion", "Completion script for bash",
                     [&table] { return bash_completion(table.facts()); });
    table.add_hidden(app, "manual", "Manual page, man(7)",
                     [&app, &table] { return manual_page(table.facts(), app.get_description()); });
    for (CLI::App* group : {&prior, &data, &train}) {
        group->require_subcommand(0, 1);
        group->allow_extras();
    }
}

std::vector<std::string> subcommand_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
        names.push_back(sub->get_name());
    }
    return names;
}

/// The innermost group named by the arguments.
const CLI::App& parsed_group(const CLI::App& app) {
    const std::vector<CLI::App*> parsed = app.get_subcommands();
    return parsed.empty() ? app : parsed_group(*parsed.front());
}

int parse_and_run(int argc, const char* const* argv, std::span<const ExtraCommand> extra, std::string& memory_hint) {
    CLI::App app{"Reconstructs a 3D mesh from a photo by refining a prior shape of its category.", "maquette"};
    app.set_version_flag("--version", "maquette " MAQUETTE_VERSION);
    app.allow_extras();
    app.require_subcommand(0, 1);
    CommandTable table;
    add_commands(app, table, extra);
    app.footer(examples);
    app.add_subcommand("test", "Build and run all tests (through the launcher ./maquette)")
        ->allow_extras()
        ->callback([] { throw UsageError("tests are built and run by the launcher: ./maquette test"); });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            return app.exit(error);
        }
        throw UsageError(error.what());
    }
    if (Command* const command = table.chosen()) {
        memory_hint = command->memory_hint;
        return run_command(*command);
    }
    const CLI::App& group = parsed_group(app);
    refuse_extras(group, subcommand_names(group));
    fmt::print("{}", group.help(&group == &app ? "" : app.get_name()));
    return exit_done;
}

bool is_allocation_failure(const std::exception& error) {
    return dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
           std::string_view(error.what()).find("can't allocate memory") != std::string_view::npos;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, std::span<const ExtraCommand> extra) {
    std::string memory_hint;
    const auto failed = [](int exit_code, const std::string& message) {
        fmt::print(stderr, "maquette: {}\n", message);
        return exit_code;
    };
    try {
        return parse_and_run(argc, argv, extra, memory_hint);
    } catch (const UsageError& error) {
        return failed(exit_usage, error.what());
    } catch (const InputError& error) {
        return failed(exit_input, error.what());
    } catch (const Interrupted& error) {
        return failed(exit_interrupted, error.what());
    } catch (const std::exception& error) {
        if (is_allocation_failure(error)) {
            return failed(exit_failed, fmt::format("out of memory{}{}", memory_hint.empty() ? "" : "; ", memory_hint));
        }
        return failed(exit_failed, error.what());
    }
}

}  // namespace maquette::recon::cli
