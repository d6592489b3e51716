#include "recon/cli/batch_items.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <map>
#include <string_view>
#include <system_error>

#include "render/error.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> picture_extensions = {".png", ".jpg",  ".jpeg", ".webp",
                                                                ".bmp", ".tiff", ".tif"};
constexpr const char* cameras_name = "cameras.json";

bool is_picture(const fs::path& file) {
    std::string extension = file.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return std::find(picture_extensions.begin(), picture_extensions.end(), extension) != picture_extensions.end();
}

/// Sorted, hidden ones left out.
std::vector<fs::path> entries_of(const fs::path& folder) {
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (!entry->path().filename().string().starts_with('.')) entries.push_back(entry->path());
    }
    if (error) {
        throw InputError(fmt::format("--batch {}: {}; give a folder with pictures", folder.string(), error.message()));
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error);
}

bool is_folder(const fs::path& path) {
    std::error_code error;
    return fs::is_directory(path, error);
}

BatchItem item_of_folder(const fs::path& folder) {
    BatchItem item{.name = folder.filename().string()};
    for (const fs::path& entry : entries_of(folder)) {
        if (is_picture(entry) && is_file(entry)) item.photos.push_back(entry.string());
    }
    if (is_file(folder / "cameras.txt") && is_file(folder / "images.txt")) item.cameras = folder / "cameras.txt";
    for (const char* name : {"transforms.json", cameras_name}) {
        if (is_file(folder / name)) item.cameras = folder / name;
    }
    return item;
}

/// A picture whose name another object has is called by its whole file name, which nothing else in the folder has; that
/// may be what a third one is called (a.png.jpg beside a.png and a.jpg), hence the repetition.
void tell_apart(std::vector<BatchItem>& singles, const std::vector<BatchItem>& groups) {
    for (bool changed = true; changed;) {
        changed = false;
        std::map<std::string, int> uses;
        for (const BatchItem& item : groups) ++uses[item.name];
        for (const BatchItem& item : singles) ++uses[item.name];
        for (BatchItem& item : singles) {
            const std::string whole = fs::path(item.photos.front()).filename().string();
            if (uses[item.name] < 2 || item.name == whole) continue;
            item.name = whole;
            changed = true;
        }
    }
}

}  // namespace

std::vector<BatchItem> find_batch_items(const fs::path& folder, const fs::path& results) {
    std::vector<BatchItem> singles;
    std::vector<BatchItem> groups;
    for (const fs::path& entry : entries_of(folder)) {
        std::error_code error;
        if (is_folder(entry)) {
            if (fs::equivalent(entry, results, error)) continue;
            BatchItem item = item_of_folder(entry);
            if (!item.photos.empty()) groups.push_back(std::move(item));
        } else if (is_picture(entry) && is_file(entry)) {
            singles.push_back({.name = entry.stem().string(), .photos = {entry.string()}});
        }
    }
    tell_apart(singles, groups);
    std::vector<BatchItem> items = std::move(singles);
    items.insert(items.end(), std::make_move_iterator(groups.begin()), std::make_move_iterator(groups.end()));
    if (items.empty()) {
        throw InputError(
            fmt::format("--batch {}: no pictures (png, jpg, webp, bmp, tiff) in it, nor sub-folders with some; each "
                        "picture is taken "
                        "for an object, each sub-folder for several pictures of one",
                        folder.string()));
    }
    std::sort(items.begin(), items.end(), [](const BatchItem& a, const BatchItem& b) { return a.name < b.name; });
    return items;
}

}  // namespace maquette::recon::cli
