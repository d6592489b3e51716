#include "viewer/studio/task_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>

namespace maquette::viewer {
namespace {

constexpr std::chrono::seconds patience(60);

void finish_all(TaskQueue& queue) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!queue.idle()) {
        queue.finish();
        ASSERT_LT(std::chrono::steady_clock::now(), end);
        std::this_thread::yield();
    }
}

TEST(TaskQueue, FinishesInTheOrderAskedOnTheAskersThread) {
    std::atomic<int> notified = 0;
    TaskQueue queue([&] { ++notified; }, [](const std::string& message) { FAIL() << message; });
    std::vector<int> finished;
    const auto asker = std::this_thread::get_id();
    for (int i = 0; i < 1000; ++i) {
        queue.add("count", {}, [&finished, i, asker]() -> TaskQueue::Finish {
            EXPECT_NE(std::this_thread::get_id(), asker);
            return [&finished, i, asker] {
                EXPECT_EQ(std::this_thread::get_id(), asker);
                finished.push_back(i);
            };
        });
        if (i % 7 == 0) queue.finish();
    }
    finish_all(queue);
    ASSERT_EQ(finished.size(), 1000U);
    EXPECT_TRUE(std::is_sorted(finished.begin(), finished.end()));
    EXPECT_EQ(notified, 2000);
}

TEST(TaskQueue, OnlyTheNewestOfATopicThatWaitsIsDone) {
    TaskQueue queue([] {}, [](const std::string& message) { FAIL() << message; });
    std::atomic<bool> go = false;
    std::atomic<int> done = 0;
    int last = -1;
    queue.add("hold", {}, [&]() -> TaskQueue::Finish {
        while (!go) std::this_thread::yield();
        return {};
    });
    for (int i = 0; i < 50; ++i) {
        queue.add("count", "topic", [&, i]() -> TaskQueue::Finish {
            ++done;
            return [&last, i] { last = i; };
        });
    }
    go = true;
    finish_all(queue);
    EXPECT_EQ(done, 1);
    EXPECT_EQ(last, 49);
}

TEST(TaskQueue, AFailureIsToldAndTheNextTaskIsDone) {
    std::vector<std::string> failures;
    TaskQueue queue([] {}, [&](const std::string& message) { failures.push_back(message); });
    bool done = false;
    queue.add("break", {}, []() -> TaskQueue::Finish { throw std::runtime_error("no such photo"); });
    queue.add("go on", {}, [&]() -> TaskQueue::Finish { return [&done] { done = true; }; });
    finish_all(queue);
    EXPECT_EQ(failures, std::vector<std::string>{"no such photo"});
    EXPECT_TRUE(done);
}

TEST(TaskQueue, MayGoWhileTasksWait) {
    std::mt19937 random(3);
    for (int round = 0; round < 50; ++round) {
        TaskQueue queue([] {}, [](const std::string&) {});
        const auto count = random() % 10;
        for (unsigned i = 0; i < count; ++i) {
            queue.add("yield", {}, []() -> TaskQueue::Finish {
                std::this_thread::yield();
                return {};
            });
        }
    }
}

}  // namespace
}  // namespace maquette::viewer
