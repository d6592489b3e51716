#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "recon/cli/camera_file.h"
#include "recon/refine/crop_camera.h"
#include "recon/refine/view.h"
#include "render/scribble.h"

namespace maquette::viewer {

/// A photo as the user sees it.
struct PhotoInput {
    std::string path;
    std::shared_ptr<const recon::View> view;
    float weight = 1;  ///< above 0
    bool on = true;
    std::optional<recon::CropCamera> camera;     ///< of the crop, as set by hand; empty: the view's own, or estimated
    std::optional<recon::CropCamera> direction;  ///< from where, as told; the prior's outline says how it is framed
    std::vector<render::Scribble> scribbles;     ///< what its mask was corrected by, oldest first
    std::shared_ptr<const recon::cli::GivenCamera> given;  ///< what the user knew of its camera; null: nothing
    bool operator==(const PhotoInput&) const = default;
};

/// A prior and its share of the blend.
struct PriorPart {
    std::string name;  ///< what --prior takes, without the weight
    float weight = 1;  ///< above 0
    bool operator==(const PriorPart&) const = default;
};

/// All that a run starts from.
struct Inputs {
    std::vector<PhotoInput> photos;
    std::vector<PriorPart> prior;
    int exemplars = 0;  ///< of the prior, drawn by lot; 0: all
    bool operator==(const Inputs&) const = default;
};

/// Inputs with undo and redo.
class InputHistory {
public:
    [[nodiscard]] const Inputs& now() const { return now_; }
    /// Changes within one `gesture` (a slider being dragged) count as one; 0: none. Nothing happens where nothing
    /// differs. Returns whether it did.
    bool change(Inputs to, int gesture = 0);
    /// Returns whether there was something to undo or redo.
    bool undo();
    bool redo();
    [[nodiscard]] bool can_undo() const { return !before_.empty(); }
    [[nodiscard]] bool can_redo() const { return !after_.empty(); }

private:
    static constexpr std::size_t most_kept = 100;
    Inputs now_;
    std::vector<Inputs> before_;
    std::vector<Inputs> after_;
    int gesture_ = 0;
};

/// "sofa:0.3" as name and weight; weight 1 where none is written.
PriorPart parsed_prior(const std::string& argument);

/// "chair", or "chair:0.70 sofa:0.30", as --prior takes them.
std::vector<std::string> prior_arguments(const std::vector<PriorPart>& parts);

}  // namespace maquette::viewer
