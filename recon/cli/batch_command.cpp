#include "recon/cli/batch_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>

#include "priors/default_locations.h"
#include "recon/cli/batch_object.h"
#include "recon/cli/batch_overview.h"
#include "recon/cli/commands.h"
#include "recon/cli/device.h"
#include "recon/cli/interrupt.h"
#include "recon/cli/output_files.h"
#include "recon/cli/progress_bar.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon::cli {
namespace {

namespace fs = std::filesystem;

/// The folder's own name and place, whether it was typed as "photos", "photos/" or ".".
fs::path plain_folder(const fs::path& folder) {
    const fs::path normal = fs::absolute(folder).lexically_normal();
    return normal.has_filename() ? normal : normal.parent_path();
}

fs::path results_of(const ReconstructOptions& options) {
    fs::path results = options.out;
    if (results.empty()) {
        results = plain_folder(options.batch);
        results += "_results";
    }
    std::error_code error;
    if (fs::equivalent(results, options.batch, error)) {
        throw UsageError(
            fmt::format("--out {}: the photos are there, and the results would be taken for photos; give "
                        "another folder",
                        results.string()));
    }
    return results;
}

/// Sheet and gallery have one line for it.
std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char letter) { return letter < 0x20 || letter == 0x7F; }, ' ');
    return text;
}

std::string line_of(const gallery::GalleryObject& object) {
    return fmt::format(
        "prior {}, {}, {:.1f} s", object.prior,
        object.agreement ? fmt::format("agreement {:.2f}{}", *object.agreement, object.agreement_is_low ? " (low)" : "")
                         : "agreement not known",
        object.seconds);
}

class Batch {
public:
    Batch(const BatchSettings& settings, const std::vector<BatchItem>& items, const InterruptGuard& interrupt)
        : settings_(settings), items_(items), interrupt_(interrupt) {}

    BatchOverview run() {
        for (const BatchItem& item : items_) {
            if (interrupt_.requested()) break;
            ++reached_;
            try {
                take(item);
            } catch (const Interrupted&) {
                break;
            } catch (const std::bad_alloc&) {
                fail(item, "out of memory; lower --resolution");
            } catch (const std::exception& problem) {
                fail(item, problem.what());
            }
        }
        overview_.objects = items_.size();
        overview_.interrupted = interrupt_.requested();
        return std::move(overview_);
    }

private:
    void take(const BatchItem& item) {
        BatchObject object(settings_, item);
        const bool kept = object.is_done();
        if (!kept) object.reconstruct(interrupt_.token());
        overview_.kept += kept ? 1 : 0;
        overview_.done.push_back({object.for_gallery(), object.picture()});
        say(kept ? "kept" : "done", item,
            fmt::format("{}  {}", line_of(overview_.done.back().shown), object.mesh().string()));
    }

    void fail(const BatchItem& item, const std::string& message) {
        overview_.failures.push_back({item.name, one_line(message)});
        say("failed", item, overview_.failures.back().message);
    }

    void say(const char* outcome, const BatchItem& item, const std::string& rest) const {
        fmt::print("{}/{}  {:<6}  {}  {}\n", reached_, items_.size(), outcome, one_line(item.name), rest);
        std::fflush(stdout);
    }

    const BatchSettings& settings_;
    const std::vector<BatchItem>& items_;
    const InterruptGuard& interrupt_;
    std::size_t reached_ = 0;
    BatchOverview overview_;
};

int conclude(const BatchOverview& overview, const fs::path& results, double seconds) {
    fmt::print(stderr, "maquette: {} of {} objects in {}, {} of them done before; {}\n", overview.done.size(),
               overview.objects, duration_text(seconds), overview.kept, (results / "index.html").string());
    for (const auto& failure : overview.failures) {
        fmt::print(stderr, "maquette: failed: {}: {}\n", one_line(failure.name), failure.message);
    }
    if (overview.interrupted) {
        fmt::print(stderr, "maquette: interrupted; the same command goes on with the {} that are left\n",
                   overview.objects - overview.done.size());
        return exit_interrupted;
    }
    return overview.failures.empty() ? exit_done : exit_failed;
}

}  // namespace

int run_batch(const ReconstructOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    check_batch_options(options);
    (void)device_named(options.device);
    const fs::path results = results_of(options);
    const std::vector<BatchItem> items = find_batch_items(options.batch, results);
    KnownPriors known(priors::default_prior_library());
    BatchPriors chosen = read_batch_priors(options.batch, items, options.prior, known.library());
    check_extension(options.output, {".glb", ".obj", ".ply", ".stl", ".binvox"});
    const fs::path shell = gallery_shell();
    render::set_thread_count(options.threads);
    configure_compute(options.threads);
    const InterruptGuard interrupt;
    LoadedNetworks networks(options);
    BatchFingerprints fingerprints(networks, known.library());
    check_writable(results / "index.html");

    const BatchSettings settings{.options = options,
                                 .results = results,
                                 .priors = std::move(chosen),
                                 .objects = items.size(),
                                 .progress_bars = isatty(STDERR_FILENO) == 1,
                                 .networks = networks,
                                 .known_priors = known,
                                 .fingerprints = fingerprints};
    BatchOverview overview = Batch(settings, items, interrupt).run();
    overview.title = plain_folder(options.batch).filename().string();
    write_overview(overview, results, shell, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return conclude(overview, results, seconds);
}

}  // namespace maquette::recon::cli
