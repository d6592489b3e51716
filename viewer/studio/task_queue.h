#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace maquette::viewer {

/// Work that must not stop the window: done one after another on a thread of its own, finished on the window's.
class TaskQueue {
public:
    /// On the worker; what it returns is called by `finish` on the window's thread (may be empty).
    using Finish = std::function<void()>;
    using Work = std::function<Finish()>;

    /// `notify` is called on the worker's thread after each task; `failed` on the window's with what went wrong.
    TaskQueue(std::function<void()> notify, std::function<void(const std::string&)> failed);
    ~TaskQueue();
    TaskQueue(const TaskQueue&) = delete;
    TaskQueue& operator=(const TaskQueue&) = delete;

    /// `what` is shown while it runs. A waiting task of the same non-empty `topic` is replaced: only the newest counts.
    void add(std::string what, std::string topic, Work work);
    /// Finishes what is done. Returns whether there was anything.
    bool finish();
    /// What is being done; empty: nothing.
    [[nodiscard]] std::string activity() const;
    [[nodiscard]] bool idle() const;

private:
    struct Task {
        std::string what;
        std::string topic;
        Work work;
    };
    void worker(const std::stop_token& stop);

    std::function<void()> notify_;
    std::function<void(const std::string&)> failed_;
    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<Task> waiting_;
    std::vector<Finish> done_;
    std::string activity_;
    bool busy_ = false;
    std::jthread thread_;
};

}  // namespace maquette::viewer
