#pragma once

#include <cstdint>

namespace nodepvxs::client {

struct SubscriptionStats {
    uint64_t queued = 0, maxQueued = 0, limit = 0, squashedByServer = 0, squashedByClient = 0;
    // to the outbox so far; JS knows how many of them it has read
    uint64_t handed = 0;
};

} // namespace nodepvxs::client
