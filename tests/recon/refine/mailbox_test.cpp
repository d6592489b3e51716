#include "recon/refine/mailbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace maquette::recon {
namespace {

TEST(Mailbox, HandsOverTheNewestInOrderAmong200000) {
    constexpr int count = 200000;
    Mailbox<int> mailbox;
    std::atomic<bool> done = false;
    std::jthread writer([&] {
        for (int i = 1; i <= count; ++i) mailbox.put(std::make_shared<const int>(i));
        done = true;
    });
    int last = 0;
    int taken = 0;
    while (last < count) {
        const bool finished = done;
        const auto message = mailbox.take();
        if (message) {
            ASSERT_GT(*message, last);
            last = *message;
            ++taken;
        } else if (finished) {
            break;
        }
    }
    EXPECT_EQ(last, count);
    EXPECT_GE(taken, 1);
    EXPECT_EQ(mailbox.take(), nullptr);
}

TEST(Mailbox, KeepsOnlyTheLast) {
    Mailbox<int> mailbox;
    const auto first = std::make_shared<const int>(1);
    mailbox.put(first);
    mailbox.put(std::make_shared<const int>(2));
    EXPECT_EQ(first.use_count(), 1);
    EXPECT_EQ(*mailbox.take(), 2);
    EXPECT_EQ(mailbox.take(), nullptr);
}

}  // namespace
}  // namespace maquette::recon
