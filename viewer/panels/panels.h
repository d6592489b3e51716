#pragma once

#include "viewer/panels/panel_context.h"
#include "viewer/panels/rating_buttons.h"

namespace maquette::viewer {

/// Files and the like, along the top of the screen. Returns its height, pixels.
float draw_menu_bar(PanelContext& context);

/// Photos and prior. Fills the window that is open.
void draw_inputs_panel(PanelContext& context);

/// Run control, options, plots, display and export. Fills the window that is open.
void draw_refinement_panel(PanelContext& context);

/// All runs with their steps. Fills the window that is open.
void draw_timeline_panel(PanelContext& context);

/// Views that the photos lack: a picture each, what can be done with it, and what makes them. Fills the window that is
/// open.
void draw_generated_views_panel(PanelContext& context);

/// The model, and the mouse on it. Fills the window that is open.
void draw_viewport(PanelContext& context);

/// A failure, or good news, across the top of the viewport; nothing where there is none.
void draw_banner(PanelContext& context, const ImVec2& top_left, float width);

/// While a photo's camera is set: how it is done, how well it fits, and what ends it. Nothing otherwise.
void draw_alignment_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size);

/// Starts setting the camera of a photo, by its index; ignored where there is none.
void start_alignment(PanelContext& context, std::size_t photo);
/// The photo gets the camera as it is set, and it is over.
void finish_alignment(PanelContext& context);

/// Correcting a photo's mask by lines drawn over it.
void start_mask_editing(PanelContext& context, std::size_t photo);
/// The photo over the model, with the lines and what ends it; nothing while no mask is corrected. The mouse draws on
/// the item before.
void draw_mask_canvas(PanelContext& context, const ImVec2& corner, const ImVec2& size);

/// Pairs of results are shown one after another, to choose the better one of.
void start_rating(PanelContext& context);
void rate(PanelContext& context, Choice choice);
void skip_rating(PanelContext& context);
void undo_rating(PanelContext& context);
/// The choice, while a pair is shown. Nothing otherwise.
void draw_rating_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size);

/// Seeds of one generated view are shown in pairs, to choose the better picture.
void start_view_rating(PanelContext& context, int view);
void press_view_rating(PanelContext& context, RatingPress press);
/// The pair and the choice, while a generated view is rated. Nothing otherwise.
void draw_view_rating_bar(PanelContext& context, const ImVec2& corner, const ImVec2& size);

/// The list of keys, over everything.
void draw_help(PanelContext& context);

/// Acts on the keys pressed since the last frame, unless text is being typed.
void handle_keys(PanelContext& context);

}  // namespace maquette::viewer
