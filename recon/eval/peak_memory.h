#pragma once

#include <functional>

namespace maquette::recon {

/// How far resident memory rises above its start while `work` runs, megabytes. Linux's own count of the process, reset
/// before: memory that is kept from earlier work and used again does not show, so that the caller should hold no other
/// large buffers. 0 where the system does not say.
double peak_memory_growth(const std::function<void()>& work);

}  // namespace maquette::recon
