#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include "recon/refine/flagship.h"
#include "recon/refine/refinement_network.h"
#include "recon/refine/wallace2019.h"
#include "recon/refine/weights_facts.h"
#include "render/error.h"
#include "render/parallel.h"

namespace maquette::recon {

std::unique_ptr<RefinementNetwork> load_refinement_network(const std::filesystem::path& weights) {
    const render::SafetensorsFile file = render::read_safetensors(weights);
    const std::string architecture = architecture_of(file, weights.string());
    if (architecture == wallace2019_architecture) return make_wallace2019(file, weights.string());
    if (architecture == flagship_architecture) return make_flagship(file, weights.string());
    throw InputError(fmt::format("{}: architecture '{}' is unknown to this version; known: {}, {}", weights.string(),
                                 architecture, flagship_architecture, wallace2019_architecture));
}

namespace {

/// OpenBLAS keeps threads of its own, which torch's setting does not reach: callers on several threads would wait for
/// each other at its door. Other BLAS libraries do not have the function.
void set_blas_threads(int threads) {
    using Set = void (*)(int);
    static const auto set = reinterpret_cast<Set>(::dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (set != nullptr) set(threads);
}

}  // namespace

void for_each_on_one_thread(std::size_t count, const std::function<void(std::size_t)>& work) {
    const int threads = at::get_num_threads();
    set_blas_threads(1);
    try {
        render::parallel_for(count, 1, [&](std::size_t begin, std::size_t end) {
            // The setting belongs to the thread, and so does the treatment of denormals.
            at::set_num_threads(1);
            at::globalContext().setFlushDenormal(true);
            for (std::size_t i = begin; i < end; ++i) work(i);
        });
    } catch (...) {
        at::set_num_threads(threads);
        set_blas_threads(threads);
        throw;
    }
    at::set_num_threads(threads);
    set_blas_threads(threads);
}

void configure_compute(int threads) {
    render::set_thread_count(threads);
    at::set_num_threads(render::thread_count());
    set_blas_threads(render::thread_count());
    at::globalContext().setFlushDenormal(true);
}

}  // namespace maquette::recon
