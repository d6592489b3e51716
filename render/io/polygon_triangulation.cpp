#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "render/io/mesh_io.h"

namespace maquette::render {
namespace {

using Point = Eigen::Vector2d;

double cross(const Point& a, const Point& b, const Point& c) {
    return (b.x() - a.x()) * (c.y() - a.y()) - (b.y() - a.y()) * (c.x() - a.x());
}

Eigen::Vector3d newell_normal(const std::vector<Eigen::Vector3f>& corners) {
    const Eigen::Vector3d origin = corners.front().cast<double>();
    Eigen::Vector3d normal = Eigen::Vector3d::Zero();
    Eigen::Vector3d largest = Eigen::Vector3d::Zero();
    for (std::size_t i = 1; i + 1 < corners.size(); ++i) {
        const Eigen::Vector3d area = (corners[i].cast<double>() - origin).cross(corners[i + 1].cast<double>() - origin);
        normal += area;
        if (area.squaredNorm() > largest.squaredNorm()) {
            largest = area;
        }
    }
    // A figure of eight cancels to rounding noise; any of its triangles then names the plane better.
    return normal.norm() > 1e-9 * largest.norm() ? normal : largest;
}

/// Drops the dominant axis of the normal: coordinates stay exact, so that collinear corners stay collinear.
std::vector<Point> flattened(const std::vector<Eigen::Vector3f>& corners, const Eigen::Vector3d& normal) {
    int axis = 0;
    normal.cwiseAbs().maxCoeff(&axis);
    int u = (axis + 1) % 3;
    int v = (axis + 2) % 3;
    if (normal[axis] < 0) {
        std::swap(u, v);
    }
    std::vector<Point> points;
    points.reserve(corners.size());
    for (const Eigen::Vector3f& corner : corners) {
        points.emplace_back(corner[u], corner[v]);
    }
    return points;
}

/// Clips ears off a counter-clockwise polygon. Holes joined to the outline by a bridge (two corners at one place) count
/// as simple.
class EarClipper {
public:
    explicit EarClipper(std::vector<Point> points)
        : points_(std::move(points)), previous_(points_.size()), next_(points_.size()), reflex_(points_.size()) {
        const auto count = static_cast<int>(points_.size());
        for (int i = 0; i < count; ++i) {
            previous_[i] = (i + count - 1) % count;
            next_[i] = (i + 1) % count;
        }
        remaining_ = count;
        for (int i = 0; i < count; ++i) {
            update(i);
            if (reflex_[i]) {
                reflex_corners_.push_back(i);
            }
        }
    }

    std::vector<Eigen::Vector3i> run() {
        int corner = 0;
        int visited = 0;
        while (remaining_ > 3) {
            const int following = next_[corner];
            if (is_ear(corner)) {
                clip(corner);
                // Every second corner: fewer slivers than taking neighbours one after another.
                corner = next_[following];
                visited = 0;
            } else if (++visited <= remaining_) {
                corner = following;
            } else {
                corner = next_[clip_without_ear(corner)];
                visited = 0;
            }
        }
        if (cross(points_[previous_[corner]], points_[corner], points_[next_[corner]]) > 0) {
            emit(corner);
        }
        return std::move(triangles_);
    }

private:
    void update(int i) {
        const double turn = cross(points_[previous_[i]], points_[i], points_[next_[i]]);
        reflex_[i] = !(turn > 0);
    }

    void emit(int i) { triangles_.emplace_back(previous_[i], i, next_[i]); }

    void unlink(int i) {
        const int before = previous_[i];
        const int after = next_[i];
        next_[before] = after;
        previous_[after] = before;
        reflex_[i] = false;
        --remaining_;
        const bool before_was_reflex = reflex_[before];
        const bool after_was_reflex = reflex_[after];
        update(before);
        update(after);
        if (reflex_[before] && !before_was_reflex) {
            reflex_corners_.push_back(before);
        }
        if (reflex_[after] && !after_was_reflex) {
            reflex_corners_.push_back(after);
        }
        if (++unlinked_since_sweep_ > 64) {
            sweep();
        }
    }

    void sweep() {
        std::sort(reflex_corners_.begin(), reflex_corners_.end());
        reflex_corners_.erase(std::unique(reflex_corners_.begin(), reflex_corners_.end()), reflex_corners_.end());
        std::erase_if(reflex_corners_, [&](int i) { return !reflex_[i]; });
        unlinked_since_sweep_ = 0;
    }

    void clip(int i) {
        emit(i);
        unlink(i);
    }

    [[nodiscard]] bool is_ear(int i) const {
        if (relaxed_) {
            return !reflex_[i];
        }
        if (reflex_[i]) {
            return false;
        }
        const int before = previous_[i];
        const int after = next_[i];
        const Point& a = points_[before];
        const Point& b = points_[i];
        const Point& c = points_[after];
        return std::none_of(reflex_corners_.begin(), reflex_corners_.end(), [&](int other) {
            return reflex_[other] && other != before && other != after && blocks(other, a, b, c);
        });
    }

    /// Only reflex corners can reach into a convex corner's triangle.
    [[nodiscard]] bool blocks(int other, const Point& a, const Point& b, const Point& c) const {
        const Point& p = points_[other];
        if (p == a || p == c) {
            return false;
        }
        if (p == b) {
            return in_cone(points_[previous_[other]], a, b, c) || in_cone(points_[next_[other]], a, b, c);
        }
        return cross(a, b, p) >= 0 && cross(b, c, p) >= 0 && cross(c, a, p) >= 0;
    }

    static bool in_cone(const Point& p, const Point& a, const Point& b, const Point& c) {
        return cross(a, b, p) > 0 && cross(b, c, p) > 0;
    }

    /// A whole round found no ear: what is left is degenerate or crosses itself. Corners without area go first, and
    /// nothing is emitted for them; then any convex corner. Returns a corner that is still linked.
    int clip_without_ear(int start) {
        constexpr int forced_clips_before_relaxing = 16;
        int i = start;
        for (int k = 0; k < remaining_; ++k, i = next_[i]) {
            if (cross(points_[previous_[i]], points_[i], points_[next_[i]]) == 0) {
                const int before = previous_[i];
                unlink(i);
                return before;
            }
        }
        for (int k = 0; k < remaining_; ++k, i = next_[i]) {
            if (!reflex_[i]) {
                const int before = previous_[i];
                clip(i);
                relaxed_ = ++forced_ > forced_clips_before_relaxing;
                return before;
            }
        }
        const int before = previous_[i];
        unlink(i);
        return before;
    }

    std::vector<Point> points_;
    std::vector<int> previous_;
    std::vector<int> next_;
    std::vector<char> reflex_;  ///< turning right or not at all
    std::vector<int> reflex_corners_;
    std::vector<Eigen::Vector3i> triangles_;
    int remaining_ = 0;
    int unlinked_since_sweep_ = 0;
    int forced_ = 0;
    bool relaxed_ = false;
};

bool is_strictly_convex(const std::vector<Point>& points) {
    const std::size_t count = points.size();
    for (std::size_t i = 0; i < count; ++i) {
        if (!(cross(points[i], points[(i + 1) % count], points[(i + 2) % count]) > 0)) {
            return false;
        }
        if (i >= 1 && i + 1 < count && !(cross(points[0], points[i], points[i + 1]) > 0)) {
            return false;
        }
    }
    return true;
}

std::vector<Eigen::Vector3i> fan(int count) {
    std::vector<Eigen::Vector3i> triangles;
    triangles.reserve(static_cast<std::size_t>(count));
    for (int i = 1; i + 1 < count; ++i) {
        triangles.emplace_back(0, i, i + 1);
    }
    return triangles;
}

}  // namespace

std::vector<Eigen::Vector3i> triangulate_polygon(const std::vector<Eigen::Vector3f>& corners) {
    std::vector<int> kept;
    std::vector<Eigen::Vector3f> distinct;
    kept.reserve(corners.size());
    distinct.reserve(corners.size());
    for (std::size_t i = 0; i < corners.size(); ++i) {
        if (distinct.empty() || corners[i] != distinct.back()) {
            kept.push_back(static_cast<int>(i));
            distinct.push_back(corners[i]);
        }
    }
    while (distinct.size() > 1 && distinct.front() == distinct.back()) {
        kept.pop_back();
        distinct.pop_back();
    }
    if (distinct.size() < 3) {
        return {};
    }
    std::vector<Eigen::Vector3i> triangles;
    if (distinct.size() == 3) {
        triangles.emplace_back(0, 1, 2);
    } else {
        const Eigen::Vector3d normal = newell_normal(distinct);
        if (!(normal.squaredNorm() > 0)) {
            return {};
        }
        std::vector<Point> points = flattened(distinct, normal);
        triangles =
            is_strictly_convex(points) ? fan(static_cast<int>(points.size())) : EarClipper(std::move(points)).run();
    }
    for (Eigen::Vector3i& triangle : triangles) {
        triangle = {kept[triangle[0]], kept[triangle[1]], kept[triangle[2]]};
    }
    return triangles;
}

}  // namespace maquette::render
