#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "viewer/drawing/gl_objects.h"
#include "viewer/panels/path_dialog.h"
#include "viewer/recording/recording_wish.h"
#include "viewer/studio/display_settings.h"
#include "viewer/studio/preferences.h"
#include "viewer/studio/rating_log.h"
#include "viewer/studio/rating_round.h"
#include "viewer/studio/stage.h"
#include "viewer/studio/studio.h"
#include "viewer/window/theme.h"

namespace maquette::viewer {

/// Textures of the photos' thumbnails, made when first asked for.
class PhotoThumbnails {
public:
    unsigned of(const std::shared_ptr<const recon::View>& view);

private:
    std::map<std::shared_ptr<const recon::View>, GlTexture> textures_;
};

/// Where controls were drawn in the last frame, by name, for scripts and tests.
class Marks {
public:
    /// Of the last item drawn.
    void set(const std::string& name) { set(name, ImGui::GetItemRectMin(), ImGui::GetItemRectMax()); }
    void set(const std::string& name, const ImVec2& low, const ImVec2& high);
    void clear() { places_.clear(); }
    /// Centre of the control's visible part; throws InputError that names the nearest where there is none.
    [[nodiscard]] ImVec2 centre(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& name) const { return places_.contains(name); }

private:
    struct Place {
        ImVec2 low;
        ImVec2 high;
    };
    std::map<std::string, Place> places_;
};

/// The photo whose mask is corrected, as it is shown: small, tinted where it is not the object.
struct MaskPicture {
    std::shared_ptr<const recon::cli::CutPhoto> photo;
    std::shared_ptr<const render::FloatImage> mask;
    render::Image small;
    GlTexture texture;
};

/// Choosing between results, as far as it has come.
struct RatingState {
    RatingRound round{0};
    RatingLog log{{}};
    std::vector<bool> written;  ///< of each pair done: whether a line was written
};

/// What panels remember from frame to frame.
struct PanelState {
    std::string search;      ///< among the priors
    std::string photo_path;  ///< being typed
    bool moving_divider = false;
    PathDialog dialog;
    RatingState rating;
    MaskPicture mask_picture;
};

/// What panels ask of the window: done after the frame.
struct WindowTasks {
    std::filesystem::path screenshot;  ///< to write; empty: none
    std::optional<RecordingWish> recording;
    bool quit = false;
};

/// What every panel may look at and change.
struct PanelContext {
    Studio& studio;
    Stage& stage;
    DisplaySettings& settings;
    const Theme& theme;
    PhotoThumbnails& thumbnails;
    Marks& marks;
    PanelState& state;
    Preferences& preferences;
    WindowTasks& tasks;
    float scale = 1;  ///< pixels of the design to pixels of the screen
};

/// The image where the mask is, tinted elsewhere: by `strength` 0..1; 1 hides it. Both of one size.
render::Image with_mask(const render::Image& rgb, const render::FloatImage& mask, float strength = 1);

/// A heading with space above it.
void heading(const PanelContext& context, const char* text);

/// Names the last item, and shows `help` when it is pointed at; empty: nothing.
void control(PanelContext& context, const std::string& name, const std::string& help);

ImTextureID texture_id(unsigned texture);

/// "120° round, 15° up": from where a camera looks.
std::string direction_text(const render::Camera& camera);

/// Help of the option as `maquette view --help` has it.
std::string option_help(const std::string& name);

}  // namespace maquette::viewer
