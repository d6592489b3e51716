#include "render/parallel.h"

#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "render/error.h"

namespace maquette::render {
namespace {

std::atomic<int> requested_threads{0};
thread_local bool inside_parallel_for = false;

int usable_cores() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    if (sched_getaffinity(0, sizeof cores, &cores) == 0) {
        return std::max(1, CPU_COUNT(&cores));
    }
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Marks the calling thread as a worker while it lives.
class NestingGuard {
public:
    NestingGuard() { inside_parallel_for = true; }
    ~NestingGuard() { inside_parallel_for = false; }
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;
};

/// Ranges handed out one at a time, so that slow ranges do not hold up a thread's share.
class RangeQueue {
public:
    RangeQueue(std::size_t count, std::size_t grain, const std::function<void(std::size_t, std::size_t)>& body)
        : count_(count), grain_(grain), body_(body) {}

    void work() {
        const NestingGuard guard;
        while (!failed_.load(std::memory_order_relaxed)) {
            const std::size_t range = next_range_.fetch_add(1, std::memory_order_relaxed);
            if (range >= range_count()) {
                return;
            }
            const std::size_t begin = range * grain_;
            try {
                body_(begin, begin + std::min(grain_, count_ - begin));
            } catch (...) {
                const std::lock_guard lock(mutex_);
                if (!first_failure_) {
                    first_failure_ = std::current_exception();
                }
                failed_.store(true, std::memory_order_relaxed);
            }
        }
    }

    [[nodiscard]] std::size_t range_count() const { return count_ / grain_ + (count_ % grain_ != 0 ? 1 : 0); }

    void rethrow_failure() const {
        if (first_failure_) {
            std::rethrow_exception(first_failure_);
        }
    }

private:
    std::size_t count_;
    std::size_t grain_;
    const std::function<void(std::size_t, std::size_t)>& body_;
    std::atomic<std::size_t> next_range_{0};
    std::atomic<bool> failed_{false};
    std::mutex mutex_;
    std::exception_ptr first_failure_;
};

}  // namespace

void set_thread_count(int count) {
    if (count < 0) {
        throw UsageError(fmt::format("thread count {} is negative; use 1 or more, or 0 for all cores", count));
    }
    requested_threads.store(count);
}

int thread_count() {
    const int requested = requested_threads.load();
    return requested > 0 ? requested : usable_cores();
}

void parallel_for(std::size_t count, std::size_t grain,
                  const std::function<void(std::size_t begin, std::size_t end)>& body) {
    parallel_for(count, grain, 0, body);
}

void parallel_for(std::size_t count, std::size_t grain, int threads,
                  const std::function<void(std::size_t begin, std::size_t end)>& body) {
    if (threads < 0) {
        throw UsageError(fmt::format("thread count {} is negative; use 1 or more, or 0 for all cores", threads));
    }
    if (count == 0) {
        return;
    }
    grain = std::clamp<std::size_t>(grain, 1, count);
    // The same ranges whatever the number of threads: a body that sums over its range then gives the same bits.
    if (inside_parallel_for) {
        for (std::size_t begin = 0; begin < count; begin += std::min(grain, count - begin)) {
            body(begin, begin + std::min(grain, count - begin));
        }
        return;
    }
    RangeQueue queue(count, grain, body);
    const std::size_t wanted =
        std::min(static_cast<std::size_t>(threads > 0 ? threads : thread_count()), queue.range_count());
    std::vector<std::thread> helpers;
    helpers.reserve(wanted - 1);
    try {
        while (helpers.size() + 1 < wanted) {
            helpers.emplace_back([&queue] { queue.work(); });
        }
    } catch (const std::system_error&) {
        // The system gives no more threads: those that started, this one at least, do all the work.
    }
    queue.work();
    for (std::thread& helper : helpers) {
        helper.join();
    }
    queue.rethrow_failure();
}

}  // namespace maquette::render
