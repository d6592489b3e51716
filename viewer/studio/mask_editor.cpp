#include "viewer/studio/mask_editor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace maquette::viewer {
namespace {

constexpr double least_width = 0.004;  // of the photo's longer side
constexpr double most_width = 0.25;
constexpr double step = 1.2;     // a notch
constexpr double closest = 0.2;  // of a line's width, between its points

std::shared_ptr<const render::FloatImage> corrected(const recon::cli::CutPhoto& photo,
                                                    const std::vector<render::Scribble>& scribbles) {
    return std::make_shared<const render::FloatImage>(
        render::corrected_mask(render::composite_over(photo.image, 255, 255, 255), photo.mask, scribbles));
}

}  // namespace

recon::CropCamera recropped(const recon::CropCamera& camera, const CorrectedPhoto& photo) {
    const double ratio = photo.before.side / photo.after.side;
    recon::CropCamera moved = camera;
    moved.scale = camera.scale * ratio;
    moved.centre_x = camera.centre_x * ratio + (photo.before.left - photo.after.left) / photo.after.side;
    moved.centre_y = camera.centre_y * ratio + (photo.before.top - photo.after.top) / photo.after.side;
    return moved;
}

MaskEditor::MaskEditor(const std::function<void()>& notify, const std::function<void(const std::string&)>& failed)
    : queue_(notify, [this, failed](const std::string& message) {
          if (!found_) end();
          failed(message);
      }) {}

void MaskEditor::begin(std::size_t photo, const PhotoInput& input, const std::filesystem::path& matting) {
    end();
    active_ = true;
    photo_ = photo;
    path_ = input.path;
    given_ = input.given;
    scribbles_ = before_ = input.scribbles;
    queue_.add("Reading " + std::filesystem::path(path_).filename().string(), "mask",
               [this, session = session_, path = path_, scribbles = scribbles_, matting]() -> TaskQueue::Finish {
                   auto found =
                       std::make_shared<const recon::cli::CutPhoto>(recon::cli::cut_photo(path, {.matting = matting}));
                   auto mask = corrected(*found, scribbles);
                   return [this, session, found = std::move(found), mask = std::move(mask)] {
                       if (session != session_) return;
                       found_ = found;
                       mask_ = mask;
                   };
               });
}

void MaskEditor::end() {
    ++session_;
    active_ = false;
    drawing_ = false;
    found_.reset();
    mask_.reset();
    scribbles_.clear();
}

void MaskEditor::check(const Inputs& inputs) {
    if (active_ && (photo_ >= inputs.photos.size() || inputs.photos[photo_].path != path_)) end();
}

void MaskEditor::finish(const std::function<void(CorrectedPhoto)>& done) {
    if (!found_) return;
    end_line();
    queue_.add("Cutting " + std::filesystem::path(path_).filename().string() + " out", "mask",
               [this, session = session_, photo = photo_, given = given_, found = found_, before = before_,
                scribbles = scribbles_, done]() -> TaskQueue::Finish {
                   CorrectedPhoto result{.photo = photo, .scribbles = scribbles};
                   result.before = render::square_crop_around(*corrected(*found, before), recon::view_fill);
                   recon::cli::CutPhoto cut = *found;
                   cut.mask = *corrected(*found, scribbles);
                   result.after = render::square_crop_around(cut.mask, recon::view_fill);
                   std::optional<render::Camera> camera;
                   if (given) camera = given->calibrated;
                   result.view = std::make_shared<const recon::View>(
                       recon::cli::photo_of(std::move(cut), camera, recon::view_size,
                                            given ? given->lens : recon::cli::LensDistortion())
                           .view);
                   return [this, session, done, result = std::move(result)] {
                       if (session != session_) return;
                       end();
                       done(result);
                   };
               });
}

void MaskEditor::begin_line(bool object, const Eigen::Vector2d& point) {
    if (!found_ || drawing_) return;
    drawing_ = true;
    scribbles_.push_back({.object = object, .width = width(), .points = {point}});
}

void MaskEditor::extend_line(const Eigen::Vector2d& point) {
    if (!drawing_) return;
    render::Scribble& line = scribbles_.back();
    if ((point - line.points.back()).norm() >= closest * line.width) line.points.push_back(point);
}

void MaskEditor::end_line() {
    if (!std::exchange(drawing_, false)) return;
    correct();
}

void MaskEditor::undo_line() {
    if (scribbles_.empty() || drawing_) return;
    scribbles_.pop_back();
    correct();
}

void MaskEditor::clear_lines() {
    if (scribbles_.empty() || drawing_) return;
    scribbles_.clear();
    correct();
}

double MaskEditor::width() const {
    return found_ ? std::max(1.0, relative_width_ * std::max(found_->image.width, found_->image.height)) : 1;
}

void MaskEditor::widen(double notches) {
    relative_width_ = std::clamp(relative_width_ * std::pow(step, notches), least_width, most_width);
}

void MaskEditor::correct() {
    if (!found_) return;
    queue_.add("Correcting the mask", "mask",
               [this, session = session_, found = found_, scribbles = scribbles_]() -> TaskQueue::Finish {
                   auto mask = corrected(*found, scribbles);
                   return [this, session, mask = std::move(mask)] {
                       if (session == session_) mask_ = mask;
                   };
               });
}

}  // namespace maquette::viewer
