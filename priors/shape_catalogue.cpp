#include "priors/shape_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "priors/csv_table.h"
#include "priors/zip_archive.h"
#include "render/error.h"
#include "render/io/atomic_file.h"
#include "render/io/image_io.h"
#include "render/io/mesh_io.h"

namespace maquette::priors {

namespace {

constexpr std::array<std::pair<Split, const char*>, 6> split_names{{{Split::train, "train"},
                                                                    {Split::validation, "validation"},
                                                                    {Split::held_out, "held_out"},
                                                                    {Split::novel, "novel"},
                                                                    {Split::cross, "cross"},
                                                                    {Split::excluded, "excluded"}}};

bool safe_as_file_name(const std::string& id) {
    return !id.empty() && std::all_of(id.begin(), id.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
}

bool stays_below(const std::filesystem::path& relative) {
    return relative.is_relative() && std::find(relative.begin(), relative.end(), "..") == relative.end();
}

Eigen::Matrix3f parse_rotation(const std::string& text, const std::string& where) {
    Eigen::Matrix3f rotation;
    const char* position = text.data();
    const char* const end = text.data() + text.size();
    for (int i = 0; i < 9; ++i) {
        while (position != end && *position == ' ') {
            ++position;
        }
        const auto [next, error] = std::from_chars(position, end, rotation(i / 3, i % 3));
        if (error != std::errc{}) {
            throw InputError(fmt::format("{}: model_rotation \"{}\" is not nine numbers", where, text));
        }
        position = next;
    }
    const bool orthonormal =
        (rotation * rotation.transpose() - Eigen::Matrix3f::Identity()).cwiseAbs().maxCoeff() < 1e-3F;
    if (position != end || !orthonormal || rotation.determinant() < 0) {
        throw InputError(fmt::format("{}: model_rotation \"{}\" is not a rotation matrix", where, text));
    }
    return rotation;
}

int parse_cluster(const std::string& text, const std::string& where) {
    int cluster = 0;
    const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), cluster);
    if (error != std::errc{} || next != text.data() + text.size() || cluster < -1) {
        throw InputError(fmt::format("{}: duplicate_cluster \"{}\" is not a number from -1 up", where, text));
    }
    return cluster;
}

std::vector<CatalogueEntry> parse_entries(const CsvTable& table) {
    const std::array<std::pair<const char*, std::string CatalogueEntry::*>, 10> texts{
        {{"id", &CatalogueEntry::id},
         {"category", &CatalogueEntry::category},
         {"name", &CatalogueEntry::name},
         {"library", &CatalogueEntry::library},
         {"creator", &CatalogueEntry::creator},
         {"licence", &CatalogueEntry::licence},
         {"package", &CatalogueEntry::package},
         {"archive", &CatalogueEntry::archive},
         {"model", &CatalogueEntry::model},
         {"icon", &CatalogueEntry::icon}}};
    const auto rotation_column = table.column("model_rotation");
    const auto cluster_column = table.column("duplicate_cluster");
    const auto split_column = table.column("split");
    std::set<std::string> ids;
    std::vector<CatalogueEntry> entries(table.row_count());
    for (std::size_t row = 0; row < entries.size(); ++row) {
        CatalogueEntry& entry = entries[row];
        const std::string where = table.where(row);
        for (const auto& [name, member] : texts) {
            entry.*member = table.at(row, table.column(name));
        }
        if (!safe_as_file_name(entry.id)) {
            throw InputError(fmt::format("{}: id \"{}\" must be of a-z, 0-9, - and _", where, entry.id));
        }
        if (!ids.insert(entry.id).second) {
            throw InputError(fmt::format("{}: id \"{}\" is there twice", where, entry.id));
        }
        if (entry.category.empty() || entry.licence.empty() || entry.package.empty() || entry.model.empty()) {
            throw InputError(
                fmt::format("{}: category, licence, package and model of \"{}\" must not be empty", where, entry.id));
        }
        for (const auto* path : {&entry.package, &entry.archive, &entry.model, &entry.icon}) {
            if (!stays_below(*path)) {
                throw InputError(fmt::format("{}: path \"{}\" must be relative, without \"..\"", where, *path));
            }
        }
        if (const auto& text = table.at(row, rotation_column); !text.empty()) {
            entry.model_rotation = parse_rotation(text, where);
        }
        entry.duplicate_cluster = parse_cluster(table.at(row, cluster_column), where);
        try {
            entry.split = split_from_string(table.at(row, split_column));
        } catch (const InputError& error) {
            throw InputError(fmt::format("{}: {}", where, error.what()));
        }
    }
    return entries;
}

template <typename Load>
auto naming(const CatalogueEntry& entry, const Load& load) {
    try {
        return load();
    } catch (const InputError& error) {
        throw InputError(fmt::format("shape {}: {}", entry.id, error.what()));
    }
}

render::Image with_opaque_alpha(const render::Image& image) {
    if (image.channels == 4) {
        return image;
    }
    render::Image rgba(image.width, image.height, 4, 255);
    for (int y = 0; y < image.height; ++y) {
        for (int x = 0; x < image.width; ++x) {
            for (int channel = 0; channel < 3; ++channel) {
                rgba.at(x, y, channel) = image.at(x, y, image.channels == 3 ? channel : 0);
            }
        }
    }
    return rgba;
}

}  // namespace

struct ShapeCatalogue::Archives {
    std::filesystem::path root;
    std::mutex mutex;
    std::map<std::filesystem::path, std::unique_ptr<ZipArchive>> open;

    std::filesystem::path file(const CatalogueEntry& entry, const std::string& inside) const {
        std::filesystem::path path = root / entry.package / inside;
        if (!std::filesystem::exists(path)) {
            throw InputError(fmt::format("{} is missing; get the package {} with `maquette data fetch`", path.string(),
                                         entry.package));
        }
        return path;
    }

    const ZipArchive& archive(const CatalogueEntry& entry) {
        const auto path = file(entry, entry.archive);
        const std::scoped_lock lock(mutex);
        auto& slot = open[path];
        if (!slot) {
            slot = std::make_unique<ZipArchive>(path);
        }
        return *slot;
    }

    std::string member(const CatalogueEntry& entry, const std::string& name) {
        auto bytes = archive(entry).read(name);
        if (!bytes) {
            throw InputError(fmt::format("{} has no {}", entry.archive, name));
        }
        return std::move(*bytes);
    }

    render::TriangleMesh mesh(const CatalogueEntry& entry) {
        if (entry.archive.empty()) {
            return render::read_mesh(file(entry, entry.model));
        }
        const ZipArchive& zip = archive(entry);
        const auto folder = std::filesystem::path(entry.model).parent_path();
        return render::parse_obj(member(entry, entry.model), entry.model, [&](const std::string& name) {
            return zip.read((folder / name).lexically_normal().generic_string());
        });
    }
};

ShapeCatalogue::ShapeCatalogue(const std::filesystem::path& table, std::filesystem::path package_root)
    : archives_(std::make_unique<Archives>()) {
    const std::string bytes = render::read_file(table);
    entries_ = parse_entries(CsvTable(bytes, table.filename().string()));
    digest_ = render::sha256_of(bytes);
    archives_->root = std::move(package_root);
}

ShapeCatalogue::~ShapeCatalogue() = default;

render::TriangleMesh ShapeCatalogue::load_mesh(const CatalogueEntry& entry) const {
    return naming(entry, [&] {
        auto mesh = archives_->mesh(entry);
        if (entry.model_rotation) {
            mesh.transform(Eigen::Affine3f(*entry.model_rotation));
        }
        render::normalise_to_object_frame(mesh);
        return mesh;
    });
}

render::Image ShapeCatalogue::load_icon(const CatalogueEntry& entry) const {
    return naming(entry, [&] {
        if (entry.icon.empty()) {
            throw InputError("there is no icon");
        }
        const std::string bytes = entry.archive.empty() ? render::read_file(archives_->file(entry, entry.icon))
                                                        : archives_->member(entry, entry.icon);
        return with_opaque_alpha(render::decode_image(bytes, entry.icon));
    });
}

std::string to_string(Split split) {
    const auto* found = std::find_if(split_names.begin(), split_names.end(),
                                     [&](const auto& candidate) { return candidate.first == split; });
    return found->second;
}

Split split_from_string(const std::string& text) {
    std::string known;
    for (const auto& [split, name] : split_names) {
        if (text == name) {
            return split;
        }
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    throw InputError(fmt::format("split \"{}\" is not one of {}", text, known));
}

}  // namespace maquette::priors
