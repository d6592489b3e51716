#pragma once

#include <nlohmann/json_fwd.hpp>

namespace maquette::recon::cli {

/// Versions of this program, its compiler and the libraries it was built with.
nlohmann::json build_versions();

/// The processor and how many threads are used.
nlohmann::json device_facts();

}  // namespace maquette::recon::cli
