#include "viewer/studio/task_queue.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace maquette::viewer {

TaskQueue::TaskQueue(std::function<void()> notify, std::function<void(const std::string&)> failed)
    : notify_(std::move(notify)), failed_(std::move(failed)) {
    thread_ = std::jthread([this](const std::stop_token& stop) { worker(stop); });
}

TaskQueue::~TaskQueue() {
    thread_.request_stop();
    thread_.join();
}

void TaskQueue::add(std::string what, std::string topic, Work work) {
    {
        const std::lock_guard lock(mutex_);
        const auto same = std::find_if(waiting_.begin(), waiting_.end(),
                                       [&](const Task& task) { return !topic.empty() && task.topic == topic; });
        if (same != waiting_.end()) waiting_.erase(same);
        waiting_.push_back({std::move(what), std::move(topic), std::move(work)});
    }
    wake_.notify_all();
}

bool TaskQueue::finish() {
    std::vector<Finish> done;
    {
        const std::lock_guard lock(mutex_);
        done.swap(done_);
    }
    for (const Finish& finish : done) {
        if (finish) finish();
    }
    return !done.empty();
}

std::string TaskQueue::activity() const {
    const std::lock_guard lock(mutex_);
    return activity_;
}

bool TaskQueue::idle() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty() && done_.empty() && !busy_;
}

void TaskQueue::worker(const std::stop_token& stop) {
    while (true) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            if (!wake_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
            task = std::move(waiting_.front());
            waiting_.pop_front();
            activity_ = task.what;
            busy_ = true;
        }
        notify_();
        Finish finish;
        try {
            finish = task.work();
        } catch (const std::exception& error) {
            finish = [this, message = std::string(error.what())] { failed_(message); };
        }
        {
            const std::lock_guard lock(mutex_);
            done_.push_back(std::move(finish));
            activity_.clear();
            busy_ = false;
        }
        notify_();
    }
}

}  // namespace maquette::viewer
