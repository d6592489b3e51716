#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace maquette::recon {

/// Hands the newest of many messages from one thread to another: an unread one is replaced. The lock is held for one
/// pointer swap; the old message is destroyed outside it.
template <typename Message>
class Mailbox {
public:
    void put(std::shared_ptr<const Message> message) {
        const std::lock_guard lock(mutex_);
        newest_.swap(message);
    }

    /// The newest message since the last call; null when there is none.
    [[nodiscard]] std::shared_ptr<const Message> take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(newest_, nullptr);
    }

private:
    std::mutex mutex_;
    std::shared_ptr<const Message> newest_;
};

}  // namespace maquette::recon
