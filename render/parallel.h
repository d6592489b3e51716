#pragma once

#include <cstddef>
#include <functional>

namespace maquette::render {

/// Threads that parallel_for uses; 0 before the first set means all cores the process may run on.
void set_thread_count(int count);
int thread_count();

/// Calls body(begin, end) over disjoint ranges that cover [0, count), `grain` items or fewer at a time, from several
/// threads. The first exception a body throws is rethrown here after the others stopped. Nested calls run serially.
void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

/// The same with a number of threads of the caller's own; 0: thread_count().
void parallel_for(std::size_t count, std::size_t grain, int threads,
                  const std::function<void(std::size_t begin, std::size_t end)>& body);

}  // namespace maquette::render
