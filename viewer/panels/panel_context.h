#pragma once

#include <map>
#include <memory>
#include <string>

#include "viewer/drawing/gl_objects.h"
#include "viewer/studio/display_settings.h"
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

/// What every panel may look at and change.
struct PanelContext {
    Studio& studio;
    Stage& stage;
    DisplaySettings& settings;
    const Theme& theme;
    PhotoThumbnails& thumbnails;
    float scale = 1;  ///< pixels of the design to pixels of the screen
};

/// A heading with space above it.
void heading(const PanelContext& context, const char* text);

/// Shows `text` when the last item is pointed at.
void tooltip(const std::string& text);

/// Help of the option as `maquette view --help` has it.
std::string option_help(const std::string& name);

}  // namespace maquette::viewer
