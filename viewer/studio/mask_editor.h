#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "recon/cli/photo.h"
#include "render/image_operations.h"
#include "render/scribble.h"
#include "viewer/studio/inputs.h"
#include "viewer/studio/task_queue.h"

namespace maquette::viewer {

/// A photo with another mask, and so another crop.
struct CorrectedPhoto {
    std::size_t photo = 0;  ///< index among the inputs
    std::shared_ptr<const recon::View> view;
    std::vector<render::Scribble> scribbles;
    render::SquareCrop before;  ///< of the photo, that the view was
    render::SquareCrop after;   ///< that it is
};

/// The camera of the crop before as that of the one after.
recon::CropCamera recropped(const recon::CropCamera& camera, const CorrectedPhoto& photo);

/// A photo's mask while it is corrected by lines drawn over the photo. Nothing of the photo changes before `finish`.
class MaskEditor {
public:
    /// As of TaskQueue.
    MaskEditor(const std::function<void()>& notify, const std::function<void(const std::string&)>& failed);

    /// Begins with a photo, by its index among the inputs, in place of one that is being corrected. Returns at once.
    /// matting: as in PhotoHints.
    void begin(std::size_t photo, const PhotoInput& input, const std::filesystem::path& matting);
    void end();
    /// Ends it where the photo is another now.
    void check(const Inputs& inputs);
    /// The photo as it is after the lines drawn, given to `done`; then it is over. Ignored before the photo is there.
    void finish(const std::function<void(CorrectedPhoto)>& done);

    [[nodiscard]] bool active() const { return active_; }
    [[nodiscard]] std::size_t photo() const { return photo_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// As it was found without lines; null while it is being read.
    [[nodiscard]] const std::shared_ptr<const recon::cli::CutPhoto>& found() const { return found_; }
    /// After the lines drawn, or after those before while the newest is being worked in; null while the photo is read.
    [[nodiscard]] const std::shared_ptr<const render::FloatImage>& mask() const { return mask_; }
    /// With the one that is being drawn.
    [[nodiscard]] const std::vector<render::Scribble>& scribbles() const { return scribbles_; }

    /// Points in pixels of the photo. Ignored before the photo is there.
    void begin_line(bool object, const Eigen::Vector2d& point);
    void extend_line(const Eigen::Vector2d& point);
    void end_line();
    [[nodiscard]] bool drawing() const { return drawing_; }
    void undo_line();
    void clear_lines();

    /// Of lines, pixels of the photo.
    [[nodiscard]] double width() const;
    /// Positive makes lines wider; one notch of a wheel is 1.
    void widen(double notches);

    bool poll() { return queue_.finish(); }
    [[nodiscard]] bool idle() const { return queue_.idle(); }

private:
    void correct();

    bool active_ = false;
    bool drawing_ = false;
    std::size_t photo_ = 0;
    unsigned long long session_ = 0;  ///< counts beginnings: what was asked for before is dropped
    std::string path_;
    std::shared_ptr<const recon::cli::GivenCamera> given_;
    std::shared_ptr<const recon::cli::CutPhoto> found_;
    std::shared_ptr<const render::FloatImage> mask_;
    std::vector<render::Scribble> before_;  ///< that the photo has
    std::vector<render::Scribble> scribbles_;
    double relative_width_ = 0.025;  ///< of the photo's longer side
    TaskQueue queue_;                ///< the last member: its thread ends before what it works on
};

}  // namespace maquette::viewer
