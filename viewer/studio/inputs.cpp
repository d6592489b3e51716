#include "viewer/studio/inputs.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace maquette::viewer {

bool InputHistory::change(Inputs to, int gesture) {
    if (to == now_) return false;
    if (gesture == 0 || gesture != gesture_ || before_.empty()) {
        before_.push_back(now_);
        if (before_.size() > most_kept) before_.erase(before_.begin());
    }
    gesture_ = gesture;
    after_.clear();
    now_ = std::move(to);
    return true;
}

bool InputHistory::undo() {
    if (before_.empty()) return false;
    after_.push_back(std::exchange(now_, std::move(before_.back())));
    before_.pop_back();
    gesture_ = 0;
    return true;
}

bool InputHistory::redo() {
    if (after_.empty()) return false;
    before_.push_back(std::exchange(now_, std::move(after_.back())));
    after_.pop_back();
    gesture_ = 0;
    return true;
}

PriorPart parsed_prior(const std::string& argument) {
    const std::size_t colon = argument.rfind(':');
    if (colon != std::string::npos && colon > 0 && colon + 1 < argument.size()) {
        char* end = nullptr;
        const float weight = std::strtof(argument.c_str() + colon + 1, &end);
        if (*end == '\0' && weight > 0) return {argument.substr(0, colon), weight};
    }
    return {argument, 1};
}

std::vector<std::string> prior_arguments(const std::vector<PriorPart>& parts) {
    std::vector<std::string> arguments;
    arguments.reserve(parts.size());
    for (const PriorPart& part : parts) {
        arguments.push_back(parts.size() == 1 ? part.name : fmt::format("{}:{:.3f}", part.name, part.weight));
    }
    if (arguments.empty()) arguments.emplace_back("none");
    return arguments;
}

}  // namespace maquette::viewer
