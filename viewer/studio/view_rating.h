#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "viewer/studio/generated_views.h"
#include "viewer/studio/rating_log.h"
#include "viewer/studio/rating_round.h"

namespace maquette::viewer {

/// Choosing between pictures of one pose by two seeds: which of them is A is drawn by lot, the winner becomes the
/// generated view, and the next seed is its rival. Each choice is a line of the ratings file.
class ViewRating {
public:
    struct Pair {
        DrawnView a;
        DrawnView b;
    };

    explicit ViewRating(GeneratedViews& views) : views_(views) {}

    /// Begins with a view, in place of one that is being rated. Ignored where there is none of the id, or it has no
    /// basis.
    void begin(int view, const std::filesystem::path& ratings, std::uint64_t lot);
    /// Appends the choice. Throws InputError where it cannot be written; nothing has happened then. Ignored while there
    /// is no pair.
    void choose(Choice choice);
    /// Another rival; nothing is written.
    void skip();
    /// The pair before comes again, and its line is taken back. Returns false where the line stays in the file, because
    /// others wrote to it since. Throws InputError where the file cannot be written.
    bool undo();
    void end();
    /// Ends it where the view is gone, or its basis another.
    void check();

    [[nodiscard]] bool active() const { return view_ != 0; }
    /// Id of the generated view.
    [[nodiscard]] int view() const { return view_; }
    /// What is to be chosen from; none while the rival is being drawn.
    [[nodiscard]] const std::optional<Pair>& pair() const { return pair_; }
    [[nodiscard]] bool can_undo() const { return !done_.empty(); }
    /// Choices in the file and not taken back, of this view.
    [[nodiscard]] std::size_t count() const { return log_.count(); }
    [[nodiscard]] const std::filesystem::path& file() const { return log_.path(); }

private:
    struct Done {
        Pair pair;
        DrawnView before;  ///< the generated view, when the pair was shown
        bool written = false;
    };
    void next();
    void show(Pair pair);
    [[nodiscard]] std::string line(Choice choice) const;

    GeneratedViews& views_;
    RatingLog log_{{}};
    std::mt19937_64 lot_;
    int view_ = 0;  ///< 0: nothing is rated
    std::shared_ptr<const ViewBasis> basis_;
    std::optional<Pair> pair_;
    std::chrono::steady_clock::time_point shown_;
    std::vector<Done> done_;
};

}  // namespace maquette::viewer
