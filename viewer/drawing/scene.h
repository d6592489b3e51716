#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <variant>

#include "viewer/drawing/packed_mesh.h"

namespace maquette::viewer {

/// Difference: from the prior; truth: difference from the true shape; confidence: how sure a vertex is.
enum class Colouring { plain, photo, normals, difference, truth, confidence };

/// How an object is drawn.
struct ObjectStyle {
    Colouring colouring = Colouring::plain;
    std::array<float, 3> colour{0.80F, 0.80F, 0.82F};  ///< sRGB 0..1
    float opacity = 1;                                 ///< 0..1; below 1: only the nearest surface shows through
    bool surface = true;
    bool wireframe = false;
    bool operator==(const ObjectStyle&) const = default;
};

using SceneGeometry = std::variant<std::shared_ptr<const PackedMesh>, std::shared_ptr<const PackedCubes>,
                                   std::shared_ptr<const PackedLines>>;

struct SceneObject {
    SceneGeometry geometry;
    ObjectStyle style;
    bool visible = true;
};

/// What there is to see, by name. Changing geometry, style or visibility costs nothing until the next drawing.
class Scene {
public:
    /// Registers the object, or gives it another geometry. A null geometry removes it.
    void set(const std::string& name, SceneGeometry geometry);
    /// Ignored where there is no such object.
    void set_style(const std::string& name, const ObjectStyle& style);
    void show(const std::string& name, bool visible);
    void remove(const std::string& name);

    [[nodiscard]] const SceneObject* find(const std::string& name) const;
    [[nodiscard]] const std::map<std::string, SceneObject>& objects() const { return objects_; }
    /// Grows with every change that could be seen.
    [[nodiscard]] unsigned long long version() const { return version_; }

private:
    std::map<std::string, SceneObject> objects_;
    unsigned long long version_ = 0;
};

}  // namespace maquette::viewer
