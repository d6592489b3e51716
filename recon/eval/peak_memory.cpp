#include "recon/eval/peak_memory.h"

#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace maquette::recon {
namespace {

/// A line of /proc/self/status, kilobytes; 0 where there is none.
double status_kilobytes(const std::string& name) {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == name) {
            double value = 0;
            status >> value;
            return value;
        }
    }
    return 0;
}

}  // namespace

double peak_memory_growth(const std::function<void()>& work) {
    ::malloc_trim(0);
    // 5: the highest resident size so far is forgotten (proc(5), clear_refs).
    std::ofstream("/proc/self/clear_refs") << 5;
    const double before = status_kilobytes("VmRSS:");
    work();
    return std::max(0.0, status_kilobytes("VmHWM:") - before) / 1024;
}

}  // namespace maquette::recon
