#pragma once

#include <cstdint>

namespace nodepvxs::client {

struct SubscriptionStats {
    uint64_t queued = 0, maxQueued = 0, limit = 0, squashedByServer = 0, squashedByClient = 0;
    // Given to the outbox so far. JS knows how many of these it has read.
    uint64_t handed = 0;
};

} // namespace nodepvxs::client
