#include "render/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "render/error.h"

namespace maquette::render {
namespace {

class ParallelTest : public testing::Test {
protected:
    void TearDown() override { set_thread_count(0); }
};

TEST_F(ParallelTest, covers_every_item_once_in_ranges_of_the_grain) {
    for (const int threads : {1, 2, 5}) {
        set_thread_count(threads);
        for (const std::size_t count : {0U, 1U, 7U, 8U, 1001U}) {
            std::vector<std::atomic<int>> visits(count);
            std::atomic<bool> grain_kept = true;
            parallel_for(count, 4, [&](std::size_t begin, std::size_t end) {
                grain_kept = grain_kept && end > begin && end - begin <= 4 && begin % 4 == 0;
                for (std::size_t i = begin; i < end; ++i) {
                    ++visits[i];
                }
            });
            EXPECT_TRUE(grain_kept);
            for (std::size_t i = 0; i < count; ++i) {
                ASSERT_EQ(visits[i], 1) << "item " << i << " of " << count << ", threads " << threads;
            }
        }
    }
}

TEST_F(ParallelTest, takes_a_grain_of_zero_and_one_beyond_the_count) {
    std::atomic<std::size_t> items = 0;
    parallel_for(10, 0, [&](std::size_t begin, std::size_t end) { items += end - begin; });
    EXPECT_EQ(items, 10U);
    parallel_for(10, static_cast<std::size_t>(-1), [&](std::size_t begin, std::size_t end) { items += end - begin; });
    EXPECT_EQ(items, 20U);
}

TEST_F(ParallelTest, runs_on_as_many_threads_as_set) {
    set_thread_count(3);
    EXPECT_EQ(thread_count(), 3);
    std::mutex mutex;
    std::condition_variable arrival;
    std::set<std::thread::id> threads;
    parallel_for(60, 1, [&](std::size_t, std::size_t) {
        // Each waits for the others, so that no thread can do all the work on a busy machine.
        std::unique_lock lock(mutex);
        threads.insert(std::this_thread::get_id());
        arrival.notify_all();
        arrival.wait_for(lock, std::chrono::seconds(20), [&] { return threads.size() >= 3; });
    });
    EXPECT_EQ(threads.size(), 3U);
}

TEST_F(ParallelTest, uses_the_allowed_cores_until_set) {
    set_thread_count(0);
    EXPECT_GE(thread_count(), 1);
    EXPECT_LE(thread_count(), static_cast<int>(std::thread::hardware_concurrency()));
    EXPECT_THROW(set_thread_count(-1), UsageError);
}

TEST_F(ParallelTest, rethrows_the_first_failure_and_stops) {
    for (const int threads : {1, 2}) {
        set_thread_count(threads);
        std::atomic<int> calls = 0;
        try {
            parallel_for(100000, 1, [&](std::size_t begin, std::size_t) {
                ++calls;
                if (begin == 3) {
                    throw std::runtime_error("item three");
                }
                std::this_thread::sleep_for(std::chrono::microseconds(20));
            });
            FAIL() << "nothing thrown";
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "item three");
        }
        EXPECT_LT(calls, 50000);
    }
    int calls = 0;
    set_thread_count(1);
    parallel_for(3, 1, [&](std::size_t, std::size_t) { ++calls; });
    EXPECT_EQ(calls, 3) << "works again after a failure";
}

TEST_F(ParallelTest, nested_calls_stay_on_their_thread) {
    set_thread_count(2);
    std::atomic<bool> stayed = true;
    std::atomic<int> inner_items = 0;
    parallel_for(8, 1, [&](std::size_t, std::size_t) {
        const auto outer = std::this_thread::get_id();
        parallel_for(10, 3, [&](std::size_t begin, std::size_t end) {
            stayed = stayed && std::this_thread::get_id() == outer;
            inner_items += static_cast<int>(end - begin);
        });
    });
    EXPECT_TRUE(stayed);
    EXPECT_EQ(inner_items, 80);
}

}  // namespace
}  // namespace maquette::render
