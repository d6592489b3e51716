#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "recon/cli/camera_file.h"
#include "recon/refine/session.h"
#include "viewer/studio/generated_views.h"
#include "viewer/studio/inputs.h"
#include "viewer/studio/mask_editor.h"
#include "viewer/studio/prior_shelf.h"
#include "viewer/studio/session_folder.h"
#include "viewer/studio/shape_maker.h"
#include "viewer/studio/task_queue.h"
#include "viewer/studio/view_options.h"
#include "viewer/studio/view_rating.h"

namespace maquette::viewer {

/// What the user works on, without window or OpenGL: inputs, the session, and everything slow on other threads. Used
/// from one thread.
class Studio {
public:
    /// `notify` is called on any thread when `poll` would find something.
    /// An engine without `load` stands for the one that the options name.
    Studio(const ViewOptions& options, recon::SessionEngine engine, const std::function<void()>& notify);

    /// Takes in what the workers did. Returns whether anything changed.
    bool poll();
    /// Nothing is being done or waited for.
    [[nodiscard]] bool at_rest();
    /// Photos and priors asked for are there.
    [[nodiscard]] bool inputs_settled() const { return tasks_.idle(); }
    /// What takes time now, for people; empty: nothing.
    [[nodiscard]] std::string activity() const;

    [[nodiscard]] const Inputs& inputs() const { return inputs_.now(); }
    [[nodiscard]] const recon::SessionReport& report() const { return *report_; }
    [[nodiscard]] const recon::Track* track(int id) const;
    /// By hand, for a photo by its index; empty: the view's own, or estimated.
    void set_camera(std::size_t photo, const std::optional<recon::CropCamera>& camera);
    /// The last one sent to the session; null: none yet.
    [[nodiscard]] const std::shared_ptr<const priors::CategoryPrior>& prior() const { return prior_; }
    PriorShelf& shelf() { return shelf_; }
    ShapeMaker& shapes() { return shapes_; }

    /// Photos become views, meshes and prior files priors, weights the network in use; a saved session's folder takes
    /// the place of everything. Returns at once.
    void open(const std::vector<std::filesystem::path>& files);
    void add_photos(const std::vector<std::string>& paths);
    /// gesture: see InputHistory::change.
    void change(Inputs inputs, int gesture = 0);
    void set_prior(std::vector<PriorPart> parts, int gesture = 0);
    /// So many exemplars of the prior, drawn by lot; 0: all.
    void set_exemplars(int count, int gesture = 0);
    /// That the prior chosen last has, all counted.
    [[nodiscard]] int exemplars() const { return exemplars_; }
    void undo();
    void redo();
    [[nodiscard]] const InputHistory& history() const { return inputs_; }
    /// The library's prior that looks most like the first photo becomes the prior.
    void propose_prior();

    void run();
    void pause();
    void step();
    void reset();
    /// Views that the photos lack; see result_views.h for what makes them and uses them.
    GeneratedViews& generated() { return generated_; }
    [[nodiscard]] const GeneratedViews& generated() const { return generated_; }
    ViewRating& view_rating() { return view_rating_; }
    MaskEditor& masks() { return masks_; }
    /// Begins to correct a photo's mask; ignored where there is no photo of the index.
    void edit_mask(std::size_t photo);
    /// The photo gets the mask as it was corrected.
    void use_mask();
    /// Runs from the prior with these views beside the photos; each with a camera.
    void run_with_views(std::vector<recon::View> generated);

    /// Takes the options of the refinement: model, its weights, the camera estimator's, RefinementOptions, and those of
    /// generated views. Others count from the start only. A model without weights is a failure that changes nothing.
    void set_options(const ViewOptions& options);
    [[nodiscard]] const ViewOptions& options() const { return options_; }
    void set_iterations(int iterations);
    /// Occupancy from which space counts as solid: the user's, or the network's.
    [[nodiscard]] float threshold() const {
        return options_.threshold ? static_cast<float>(*options_.threshold) : report_->threshold;
    }
    /// Where choices between results go.
    [[nodiscard]] std::filesystem::path ratings_file() const;
    void forget_track(int id) { session_.forget_track(id); }

    /// Photos and sessions that were opened or saved since the last call.
    [[nodiscard]] std::vector<std::filesystem::path> take_opened() { return std::exchange(opened_, {}); }

    /// Inputs, options and all runs, as one folder; what was saved there before is replaced. Returns at once.
    void save_session(const std::filesystem::path& folder);
    void open_session(const std::filesystem::path& folder);

    /// A mesh of the object as it really is, to measure against; an empty path: none any more. Returns at once.
    void set_truth(const std::filesystem::path& path);
    [[nodiscard]] const std::shared_ptr<const TrueShape>& truth() const { return truth_; }
    /// IoU of a shape with the true one, which must be there.
    float iou_with_truth(const std::shared_ptr<const recon::RefinementSnapshot>& snapshot) {
        return truth_figures_.iou(snapshot, threshold(), truth_);
    }

    /// Writes a moment: glb, obj, ply, stl, or binvox by extension; `resolution` cells a side.
    void export_shape(const std::filesystem::path& path, const ShapeWish& wish, int resolution);

    /// The newest failure that the user has not put away; empty: none.
    [[nodiscard]] const std::string& error() const { return error_; }
    void clear_error() { error_.clear(); }
    void fail(const std::string& message) { error_ = message; }
    /// The newest good news ("wrote chair.glb"); empty: none.
    [[nodiscard]] const std::string& notice() const { return notice_; }
    void say(const std::string& message) {
        notice_ = message;
        said_ = std::chrono::steady_clock::now();
    }
    [[nodiscard]] std::chrono::steady_clock::time_point said() const { return said_; }

private:
    void open_tensors(const std::filesystem::path& file);
    void apply(const Inputs& before);
    void send_views();
    void send_prior();
    void take_saved(SavedSession saved);
    [[nodiscard]] std::vector<recon::View> views_to_send() const;

    ViewOptions options_;
    InputHistory inputs_;
    PriorShelf shelf_;
    std::string error_;
    std::string notice_;
    std::chrono::steady_clock::time_point said_;
    bool prior_wanted_ = false;  ///< none was named: one is proposed with the first photo
    int exemplars_ = 0;
    bool run_after_ = false;                              ///< run as soon as inputs are there
    std::shared_ptr<const priors::CategoryPrior> prior_;  ///< the last one sent
    std::shared_ptr<const recon::SessionReport> report_;
    std::vector<recon::cli::GivenCamera> given_cameras_;
    std::shared_ptr<const TrueShape> truth_;
    TruthFigures truth_figures_;
    std::vector<std::filesystem::path> opened_;
    GeneratedViews generated_;
    ViewRating view_rating_{generated_};
    ShapeMaker shapes_;
    MaskEditor masks_;
    recon::Session session_;
    TaskQueue pictures_;
    TaskQueue tasks_;
};

}  // namespace maquette::viewer
