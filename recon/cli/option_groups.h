#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "recon/cli/option.h"
#include "recon/train/trainer_options.h"

/// Options that several commands share.
namespace maquette::recon::cli {

void visit_threads(const OptionVisitor& visitor, int& threads);
void visit_dataset(const OptionVisitor& visitor, std::filesystem::path& dataset);
void visit_packages(const OptionVisitor& visitor, std::filesystem::path& packages);
void visit_json(const OptionVisitor& visitor, bool& json);

/// What to start from.
void visit_prior(const OptionVisitor& visitor, std::vector<std::string>& prior);

/// Network that finds the object in photos.
void visit_matting(const OptionVisitor& visitor, std::filesystem::path& matting);

/// All of TrainerOptions but the weights to begin with.
void visit_schedule(const OptionVisitor& visitor, TrainerOptions& training);

/// All of TrainerOptions.
void visit_trainer(const OptionVisitor& visitor, TrainerOptions& training);

/// How generated views are drawn. prefix: of the options' names.
void visit_drawing(const OptionVisitor& visitor, const std::string& prefix, double& from_render, int& optimise);

}  // namespace maquette::recon::cli
